"""A turn's picture, drawn or out of a folder: its size, its file's bytes, and what is on it."""

from __future__ import annotations

from pathlib import Path

from personavlm.errors import BadImage
from personavlm.synthesis.drawing import HEIGHT, SCALE, WIDTH, draw
from personavlm.synthesis.life import Photo, Picture


def size(picture: Picture | Photo) -> tuple[int, int]:
    """Width and height in pixels."""
    match picture:
        case Photo(width=width, height=height):
            return width, height
        case Picture():
            return WIDTH * SCALE, HEIGHT * SCALE


def encoded(picture: Picture | Photo) -> bytes:
    """The bytes of its file.

    Raises:
        BadImage: it is a photo, and its file cannot be read any more.
    """
    match picture:
        case Photo(path=path):
            try:
                return Path(path).read_bytes()
            except OSError as error:
                raise BadImage(
                    f"The picture {path} cannot be read any more ({error.strerror}). Put it back: "
                    "people were written about it."
                ) from error
        case Picture():
            return draw(picture)


def described(picture: Picture | Photo) -> str:
    """What is on it, for a reader that does not see it."""
    match picture:
        case Photo(caption=caption):
            return caption
        case Picture(thing=thing, colour=colour, count=count):
            return f"a drawing of a {colour} {thing}" + (f", {count} in number" * (count > 1))
