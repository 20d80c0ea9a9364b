"""The questions of an RL file: what is asked, of whom, and what a right answer comes to.

A line: `{"query", "time", "user", "solution", ...}`, as `personavlm synthesize --format rl` writes
them. The first prompt that is also there is not read: it is made anew from the person's memory. No
row of the published file was at hand; without these columns it cannot be asked of a memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from personavlm.errors import BadInput
from personavlm.protocol.times import parse_time


@dataclass(frozen=True, slots=True)
class Question:
    """user: the folder that holds the person's life, below that of the file. right: a key such as
    `(b)`, or what a right answer says. evidence: the turns that the answer follows from, from 0.
    """

    user: str
    text: str
    time: datetime
    right: str
    evidence: tuple[int, ...] = ()


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    query: str = Field(min_length=1)
    time: str
    user: str = Field(min_length=1)
    solution: str = Field(min_length=1)
    evidence: list[int] = []
    images: list[str] = []


def read_questions(file: Path) -> Iterator[Question]:
    """The questions of a file of JSON lines.

    Raises:
        BadInput: the file, or a line of it (the first is line 1), is not in this layout; with why.
    """
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file} cannot be read: {error}.") from error
    if not lines:
        raise BadInput(f"{file} has no questions.")
    for number, line in enumerate(lines, start=1):
        try:
            yield _question(line)
        except BadInput as error:
            raise BadInput(f"{file}, line {number}: {error}") from error


def _question(line: str) -> Question:
    try:
        row = _Row.model_validate(json.loads(line))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadInput(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
    except ValueError as error:
        raise BadInput(f"it is no JSON: {error}.") from error
    time = parse_time(row.time, UTC)
    if time is None:
        raise BadInput(f"{row.time!r} is no time.")
    if row.images:
        raise BadInput("questions that come with a picture cannot be asked yet.")
    return Question(row.user, row.query, time, row.solution, tuple(row.evidence))
