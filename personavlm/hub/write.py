"""Small notes beside the weights, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_note(path: Path, text: str) -> None:
    """Write a text file. Where the disk is full or read-only there is no note, and no harm done."""
    partial = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".partial")
        partial = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        partial.replace(path)
    except OSError:
        if partial is not None:
            partial.unlink(missing_ok=True)
