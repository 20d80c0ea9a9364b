"""Reading benchmark files: whatever is wrong with one, the error names file, row and reason."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from personavlm.errors import BadInput

Row = TypeVar("Row", bound=BaseModel)


class Absent(BadInput):
    """A benchmark, or a part of it, is not in the folder that was named."""


class Strict(BaseModel):
    """A row of a file: columns that nothing here reads are allowed, and left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=False)


def _real(text: str) -> str:
    try:
        datetime.strptime(text[:16], "%Y-%m-%d %H:%M")
    except ValueError as error:
        raise ValueError(f"{text!r} is no time") from error
    return text


# `2024-09-23 20:08`; a weekday in brackets may follow.
Time = Annotated[str, AfterValidator(_real)]


def find(folder: Path, *patterns: str) -> Path:
    """The one file in a folder that fits the first pattern that any fits.

    Raises:
        Absent: there is none. BadInput: there is more than one, or no such folder.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder} is not a folder. Name the one that holds the benchmark.")
    for pattern in patterns:
        found = sorted(folder.glob(pattern))
        if len(found) > 1:
            names = ", ".join(path.name for path in found)
            raise BadInput(f"{folder} has more than one {pattern}: {names}. Leave one.")
        if found:
            return found[0]
    raise Absent(f"{folder} has no {patterns[0]}.")


def text_of(path: Path) -> str:
    """A file's text.

    Raises:
        BadInput: it cannot be read, or is not UTF-8.
    """
    with reading(path):
        return path.read_text("utf-8-sig")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """While a file is read as text.

    Raises:
        BadInput: it cannot be read, or is not UTF-8.
    """
    try:
        yield
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text ({error.reason}).") from error


def json_of(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        BadInput: it cannot be read, or is not JSON.
    """
    return parsed(text_of(path), str(path))


def parsed(text: str, where: str) -> Any:
    """What a JSON text holds.

    Raises:
        BadInput: it is not JSON.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(f"{where} is not JSON: {error.msg}, line {error.lineno}.") from error
    except (ValueError, RecursionError) as error:  # a number, or a nesting, without end
        raise BadInput(f"{where} is not JSON that can be read: {error}.") from error


def json_rows(path: Path, kind: type[Row]) -> list[Row]:
    """The rows of a JSON file that is a list of objects.

    Raises:
        BadInput: it is no such list, or a row does not fit.
    """
    listed = json_of(path)
    if not isinstance(listed, list):
        raise BadInput(f"{path} should hold a list, and holds {type(listed).__name__}.")
    return [checked(kind, row, path, number) for number, row in enumerate(listed, 1)]


def csv_rows(path: Path, kind: type[Row]) -> list[Row]:
    """The rows of a CSV file with a header.

    Raises:
        BadInput: it cannot be read, a column is missing, or a row does not fit.
    """
    return [checked(kind, row, path, number) for number, row in enumerate(records(path), 1)]


def records(path: Path) -> Iterator[dict[str, str]]:
    """A CSV file's rows, by column; a row that is cut short or too long is an error.

    Raises:
        BadInput: it cannot be read, or a row has another number of cells than the header.
    """
    reader = csv.DictReader(io.StringIO(text_of(path), newline=""), strict=True)
    try:
        for number, row in enumerate(reader, 1):
            if None in row or None in row.values():
                raise BadInput(f"{path}, row {number}: not as many cells as the header has.")
            yield row
    except csv.Error as error:
        raise BadInput(f"{path}, line {reader.line_num}: not CSV ({error}).") from error


def checked(kind: type[Row], row: object, path: Path, number: int) -> Row:
    """One row, as its kind says it should be.

    Raises:
        BadInput: it is not; the message has file, row, field and reason.
    """
    try:
        return kind.model_validate(row)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "the row"
        raise BadInput(f"{path}, row {number}: {field}: {first['msg']}.") from error


def fingerprints(paths: Sequence[Path]) -> dict[str, str]:
    """SHA-256 of each file, by name: which data a run was made of."""
    return {path.name: fingerprint(path) for path in sorted(paths)}


def fingerprint(path: Path) -> str:
    """SHA-256 of a file; one that is as it was is not read again.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        state = path.stat()
        return _fingerprint(path, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error


@cache
def _fingerprint(path: Path, changed: int, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
