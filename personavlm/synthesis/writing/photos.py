"""Pictures that people may show: a folder, and a JSON line with the caption of each.

`captions.jsonl` in the folder has lines like `{"file": "dog.jpg", "caption": "A dog on a beach"}`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from PIL import Image
from pydantic import BaseModel, Field, ValidationError

from personavlm.errors import BadImage, BadInput
from personavlm.synthesis.life import Photo

CAPTIONS = "captions.jsonl"
FORMATS = ("PNG", "JPEG", "WEBP")


class _Row(BaseModel):
    file: Annotated[str, Field(min_length=1)]
    caption: Annotated[str, Field(min_length=1, max_length=500)]


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture that may be shown."""

    path: Path
    caption: str

    def taken(self, turn: int) -> Photo:
        """The picture as it is shown in a turn.

        Raises:
            BadImage: its file cannot be read.
        """
        try:
            with Image.open(self.path) as image:
                image.verify()
                kind, (width, height) = image.format, image.size
        except (OSError, ValueError, SyntaxError) as error:  # the last is a damaged PNG
            raise BadImage(f"{self.path} is no picture that can be read ({error}).") from error
        if kind not in FORMATS:
            raise BadImage(f"{self.path} is {kind}; use {', '.join(FORMATS)}.")
        stem = re.sub(r"[^A-Za-z0-9]+", "-", self.path.stem).strip("-")[:40] or "photo"
        name = f"{turn:03d}-{stem}{self.path.suffix.lower()}"
        return Photo(name, str(self.path), self.caption, width, height)


@dataclass(frozen=True, slots=True)
class Album:
    """All pictures of a folder. digest: of names and captions, to tell two of them apart."""

    shots: tuple[Shot, ...]
    digest: str


def album(folder: Path | None) -> Album:
    """The pictures of a folder; none without one.

    Raises:
        BadInput: there are no captions, or they name what is not there.
    """
    if folder is None:
        return Album((), "none")
    path = folder / CAPTIONS
    try:
        lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path} cannot be read ({error}). It has to hold a line like "
            '{"file": "dog.jpg", "caption": "A dog on a beach"} for each picture.'
        ) from error
    shots = tuple(_shot(folder, path, number, line) for number, line in enumerate(lines, 1))
    if not shots:
        raise BadInput(f"{path} names no pictures.")
    told = "".join(f"{shot.path.name}\n{shot.caption}\n" for shot in shots)
    return Album(shots, hashlib.sha256(told.encode()).hexdigest()[:12])


def _shot(folder: Path, path: Path, number: int, line: str) -> Shot:
    try:
        row = _Row.model_validate_json(line)
    except ValidationError as error:
        reason = error.errors(include_url=False)[0]["msg"]
        raise BadInput(f"{path}, line {number}: {reason}.") from error
    file = (folder / row.file).resolve()
    if not file.is_relative_to(folder.resolve()) or not file.is_file():
        raise BadInput(f"{path}, line {number}: there is no file {row.file} in {folder}.")
    return Shot(file, " ".join(row.caption.split()))
