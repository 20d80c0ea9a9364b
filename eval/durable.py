"""JSON lines on disk that outlive a kill, in a folder that one process writes at a time.

A line counts once its end is written. What a reader finds behind the last end is still being
written, or was when a process was killed: it is left out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from personavlm.errors import BadInput

Row = TypeVar("Row")  # a dataclass


def line(row: Any) -> bytes:
    """A dataclass as one line, with its end. pydantic's own would turn Ctrl-C into its error."""
    return json.dumps(asdict(row), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def append(file: BinaryIO, row: Any) -> None:
    """Write one more: once this returns, it outlives the process."""
    file.write(line(row))
    file.flush()


def whole_lines(path: Path) -> list[bytes]:
    """Without their ends; none where there is no file."""
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []


def drop_torn_line(path: Path) -> None:
    """Cut off what was being written when a process was killed."""
    if not path.exists():
        return
    written = path.read_bytes()
    whole = written.rfind(b"\n") + 1
    if whole < len(written):
        os.truncate(path, whole)


def rows(path: Path, kind: TypeAdapter[Row]) -> list[Row]:
    """What the whole lines of a file hold.

    Raises:
        BadInput: a line is something else.
    """
    found = []
    for number, one in enumerate(whole_lines(path), 1):
        try:
            found.append(kind.validate_json(one))
        except ValidationError as error:
            raise BadInput(f"{path}, line {number}, is damaged. Remove {path.parent}.") from error
    return found


def replace(path: Path, content: bytes | str) -> None:
    """Write a file at once or not at all."""
    draft = path.with_name(path.name + ".draft")
    with draft.open("wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Nobody else writes the folder, which is made where it is missing.

    Raises:
        BadInput: another process does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout as error:
        raise BadInput(f"Another process is writing {folder}. Wait for it to end.") from error
