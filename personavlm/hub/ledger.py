"""Which files were read through and found right, so that 16 GB are not at every start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Self

from personavlm.hub.home import cache_folder
from personavlm.hub.snapshot import HubFile, Snapshot, repo_folder
from personavlm.hub.write import write_note


class Ledger:
    """The verified files of one commit. A file whose size or time changed is not verified.

    loadable: the checkpoint as a whole, with these files, was found to be one that can be loaded.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files: dict[str, list[object]] = {}
        self._loadable = False
        try:
            kept = json.loads(path.read_text("utf-8"))
            self._files, self._loadable = dict(kept["files"]), kept["loadable"] is True
        except (OSError, ValueError, KeyError, TypeError):
            pass  # none, or a damaged one: everything is verified again

    @classmethod
    def of(cls, snapshot: Snapshot) -> Self:
        return cls(
            cache_folder("verified") / repo_folder(snapshot.repo).name / f"{snapshot.commit}.json"
        )

    @property
    def loadable(self) -> bool:
        return self._loadable

    def holds(self, file: HubFile, path: Path) -> bool:
        """Whether this very file was verified against this very digest."""
        return file.name in self._files and self._files[file.name] == _row(file, path)

    def add(self, file: HubFile, path: Path) -> None:
        self._files[file.name] = _row(file, path)
        self._loadable = False
        self._write()

    def mark_loadable(self) -> None:
        self._loadable = True
        self._write()

    def _write(self) -> None:
        content = {"files": self._files, "loadable": self._loadable}
        write_note(self._path, json.dumps(content, indent=1))


def _row(file: HubFile, path: Path) -> list[object]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, file.digest]
