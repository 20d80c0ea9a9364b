"""What lies on disk: for tests of what is, or must not be, left there."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image as Pillow

SECRET = "xylophone-7481"


def files_with(folder: Path, secret: str) -> list[str]:
    """The files that hold a text, the database's own files included."""
    return [
        path.name
        for path in sorted(folder.rglob("*"))
        if path.is_file() and secret.encode() in path.read_bytes()
    ]


def picture_files(folder: Path) -> list[str]:
    """The pictures of all people in a data folder, and whatever else lies beside them."""
    return sorted(path.name for path in folder.rglob("images/*"))


def red() -> bytes:
    """A small red PNG."""
    buffer = io.BytesIO()
    Pillow.new("RGB", (20, 20), "red").save(buffer, "PNG")
    return buffer.getvalue()
