"""The Hub on loopback of `hub_server`, with datasets instead of models: files lie in folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import hub_server
from hub_server import HubServer


class DatasetHub(HubServer):
    """The folders `root/owner/name` are its datasets. tags: earlier commits that it still has."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._server.RequestHandlerClass = _Handler

    def paths(self, repo: str) -> list[Path]:
        return sorted(path for path in (self.root / repo).rglob("*") if path.is_file())


class _Handler(hub_server._Handler):
    """Takes a dataset's addresses for a model's, and tells of files in folders."""

    def do_GET(self) -> None:
        self.path = self.path.replace("/api/datasets/", "/api/models/", 1)
        self.path = self.path.replace("/datasets/", "/", 1)
        super().do_GET()

    def _model(self, repo: str, revision: str) -> None:
        if not self._may_see(repo, revision):
            return
        hub = self._hub
        listed: list[dict[str, Any]] = [
            hub_server.announced(path) | {"rfilename": path.relative_to(hub.root / repo).as_posix()}
            for path in hub.paths(repo)
        ]
        commit = revision if revision in hub.tags else hub.commit(repo)  # an old one is still there
        body = {"id": repo, "sha": commit, "tags": [], "siblings": listed}
        self._answer(200, json.dumps(body).encode(), {"Content-Type": "application/json"})
