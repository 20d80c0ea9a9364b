"""Where lives are kept: a folder that can be filled a bit at a time, and never of two kinds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from personavlm.errors import BadInput
from personavlm.synthesis.life import Life, dump, load
from personavlm.synthesis.writer import Unusable, Unwritten, Writer

_MANIFEST = "manifest.json"


class Store:
    """The lives that one writer has written, one file a life."""

    def __init__(self, folder: Path, writer: Writer) -> None:
        """Open a folder, new or begun with the same writer.

        Raises:
            BadInput: it holds another writer's lives, or cannot be written to.
        """
        self._lives = folder / "lives"
        self._writer = writer
        manifest = folder / _MANIFEST
        settings = dict(writer.settings)
        try:
            self._lives.mkdir(parents=True, exist_ok=True)
            if not manifest.exists():
                write(manifest, json.dumps(settings, indent=1) + "\n")
            there = json.loads(manifest.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise BadInput(f"{folder} cannot be used: {error}. Name another folder.") from error
        if there != settings:
            raise BadInput(
                f"{folder} was begun with {_listed(there)}, and this would be {_listed(settings)}. "
                "Name another folder, or delete that one."
            )

    def have(self, number: int) -> Life | Unwritten:
        """A life, written if it is not there yet. May be called for several at once.

        Raises:
            BadInput: its file is no life. EngineUnavailable: the writer cannot go on.
        """
        path = self._lives / f"{number:05d}.json"
        if path.exists():
            return load(path.read_text("utf-8"), str(path))
        try:
            life = self._writer.write(number)
        except Unusable as error:
            return Unwritten(number, str(error))
        write(path, dump(life))
        return life


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(f".{path.name}.partial")
    draft.write_text(text, "utf-8")
    draft.replace(path)


def _listed(settings: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items())
