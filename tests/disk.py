"""What lies on disk: for tests of what is, or must not be, left there."""

from __future__ import annotations

from pathlib import Path


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
