"""Records on disk, one JSON line each, that outlive a kill; beside them, what they are records of.

The twin of `eval.journal` for records of another kind than a case's.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from eval.benchmarks.files import json_of
from personavlm.errors import BadInput

Row = TypeVar("Row")  # a dataclass
ABOUT, ROWS = "judgement.json", "verdicts.jsonl"
COMMIT = "commit"  # may differ between two parts of one run


class Lines(Generic[Row]):
    """Open for writing. rows: what was there when it was opened."""

    def __init__(self, rows: tuple[Row, ...], file: BinaryIO) -> None:
        self.rows = rows
        self._file = file

    def append(self, row: Row) -> None:
        """Keep one more: once this returns, it outlives the process."""
        self._file.write(line(row))
        self._file.flush()


def line(row: Any) -> bytes:
    return json.dumps(asdict(row), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


@contextmanager
def opened(
    folder: Path, about: Mapping[str, Any], kind: TypeAdapter[Row], stays: Callable[[Row], bool]
) -> Iterator[Lines[Row]]:
    """Start in a folder, or go on with the same.

    about: what the records are of (JSON): with anything else they are not continued. stays: which
    of those that are there are kept; the others are made anew.

    Raises:
        BadInput: the folder holds something else, is in use by another process, or is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=0):
            _claim(folder, about)
            rows = tuple(filter(stays, rows_of(folder, kind)))
            rewrite(folder, rows)  # without a line that was cut off, too
            with (folder / ROWS).open("ab") as file:
                yield Lines(rows, file)
                os.fsync(file.fileno())
    except Timeout as error:
        raise BadInput(f"Another process is writing {folder}. Wait for it to end.") from error


def rows_of(folder: Path, kind: TypeAdapter[Row]) -> tuple[Row, ...]:
    """The records of a folder, without a line that is still being written.

    Raises:
        BadInput: it is damaged.
    """
    path = folder / ROWS
    written = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    rows = []
    for number, one in enumerate(written, 1):
        try:
            rows.append(kind.validate_json(one))
        except ValidationError as error:
            raise BadInput(f"{path}, line {number}, is damaged. Remove {folder}.") from error
    return tuple(rows)


def rewrite(folder: Path, rows: Sequence[Row]) -> None:
    """All records at once, in this order, or none of them."""
    _replace(folder / ROWS, b"".join(map(line, rows)))


def _claim(folder: Path, about: Mapping[str, Any]) -> None:
    path = folder / ABOUT
    wanted = json.dumps(dict(about), ensure_ascii=False, indent=1)
    if not path.exists():
        _replace(path, wanted.encode() + b"\n")
        return
    old, new = json_of(path), json.loads(wanted)
    names = [name for name in {**old, **new} if name != COMMIT and old.get(name) != new.get(name)]
    if names:
        raise BadInput(
            f"{folder} holds other verdicts: {', '.join(names)} differ. Give another --out, or "
            "remove it."
        )


def _replace(path: Path, data: bytes) -> None:
    draft = path.with_name(path.name + ".draft")
    draft.write_bytes(data)
    draft.replace(path)
