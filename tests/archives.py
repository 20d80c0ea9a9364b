"""Archives of a memory, taken apart and put together again, whole or wrong."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

Files = dict[str, bytes]


def unpacked(archive: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        return {name: file.read(name) for name in file.namelist()}


def packed(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return buffer.getvalue()


def edited(archive: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """The archive with its document changed."""
    files = unpacked(archive)
    document = json.loads(files["memory.json"])
    change(document)
    return packed({**files, "memory.json": json.dumps(document).encode()})
