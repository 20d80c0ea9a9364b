"""A folder that is filled life by life, and takes its name only once it is whole."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from personavlm.synthesis.filters import Checked
from personavlm.synthesis.life import Life, Turn
from personavlm.synthesis.pictures import encoded
from personavlm.synthesis.told import picture_path


class Sink(Protocol):
    """Takes lives in their order. counts: rows of each category so far."""

    @property
    def counts(self) -> Counter[str]: ...

    def add(self, checked: Checked) -> None: ...

    def finish(self) -> None: ...


class Draft:
    """A folder in the making, beside the place where it is to be."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self.folder = place.with_name(f".{place.name}.partial")
        if self.folder.exists():
            shutil.rmtree(self.folder)  # of a run that was cut short
        self.folder.mkdir(parents=True)

    def publish(self) -> None:
        """Put the folder in its place, over what was there."""
        if self._place.exists():
            shutil.rmtree(self._place)
        self.folder.rename(self._place)

    def picture(self, life: Life, turn: Turn) -> None:
        """Write a turn's picture, if it has one."""
        if turn.picture is not None:
            self.bytes(picture_path(life, turn.picture), encoded(turn.picture))

    def bytes(self, path: str, content: bytes) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def json(self, path: str, value: Any) -> None:
        self.bytes(path, (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode())


class Rows:
    """A JSON list, or JSON lines, that grows; no file is held open in between."""

    def __init__(self, path: Path, listed: bool) -> None:
        self._path = path
        self._listed = listed
        self._empty = True
        path.write_text("", "utf-8")

    def add(self, rows: Iterable[Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            for row in rows:
                file.write(("[\n" if self._empty else ",\n") if self._listed else "")
                file.write(json.dumps(row, ensure_ascii=False))
                file.write("" if self._listed else "\n")
                self._empty = False

    def finish(self) -> None:
        """Close the list."""
        if self._listed:
            with self._path.open("a", encoding="utf-8") as file:
                file.write("[]\n" if self._empty else "\n]\n")
