"""The Hub on loopback of `hub_server`, with datasets instead of models."""

from __future__ import annotations

from pathlib import Path

import hub_server
from hub_server import HubServer


class DatasetHub(HubServer):
    """The folders `root/owner/name` are its datasets. tags: earlier commits that it still has."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._server.RequestHandlerClass = _Handler


class _Handler(hub_server._Handler):
    """Takes a dataset's addresses for a model's."""

    def do_GET(self) -> None:
        self.path = self.path.replace("/api/datasets/", "/api/models/", 1)
        self.path = self.path.replace("/datasets/", "/", 1)
        super().do_GET()
