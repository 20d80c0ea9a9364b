"""Persona-MME's histories: `user_data.json`, with its pictures beside it.

Sessions are lists of `{time, user, assistant}`; some are empty. Each `<img>` in the texts stands
for the next path of `imgs`, which are relative to the benchmark's folder (`./samples/50/0/x.png`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from eval.benchmarks.files import Strict, Time, checked, json_of
from personavlm.errors import BadInput

MARK = "<img>"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn: what the person said, what was answered, and the pictures of its marks in order."""

    time: str
    user: str
    assistant: str
    images: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class History:
    """One person: what is told about them, and their sessions, oldest first, none empty."""

    profile: dict[str, Any]
    sessions: tuple[tuple[Exchange, ...], ...]


class Turn(Strict):
    time: Time
    user: str
    assistant: str


class UserData(Strict):
    profile: dict[str, Any]
    imgs: Annotated[list[str], Field(default_factory=list)]
    sessions: list[list[Turn]]


def history(path: Path) -> History:
    """The history in one `user_data.json`. Pictures are found, and not opened.

    Raises:
        BadInput: the file is missing or malformed, has another number of pictures than of marks, or
        names a picture that is not there.
    """
    data = checked(UserData, json_of(path), path, 1)
    turns = [turn for session in data.sessions for turn in session]
    marks = sum((turn.user + turn.assistant).count(MARK) for turn in turns)
    if marks != len(data.imgs):
        raise BadInput(f"{path}: {len(data.imgs)} pictures for {marks} marks {MARK}.")
    pictures = iter([_picture(name, path) for name in data.imgs])
    sessions = (tuple(_exchange(turn, pictures) for turn in session) for session in data.sessions)
    return History(data.profile, tuple(session for session in sessions if session))


def _exchange(turn: Turn, pictures: Iterator[Path]) -> Exchange:
    shown = (turn.user + turn.assistant).count(MARK)
    return Exchange(
        turn.time, turn.user, turn.assistant, tuple(next(pictures) for _ in range(shown))
    )


def _picture(name: str, path: Path) -> Path:
    """Where a picture is: below the benchmark's folder, never outside of it."""
    root = path.parents[3]  # root/samples/50/0/user_data.json
    # By its name alone: in the Hub's cache the file itself is a link to somewhere else.
    found = Path(os.path.normpath(root / name))
    if not found.is_relative_to(os.path.normpath(root)):
        raise BadInput(f"{path}: the picture {name} lies outside of {root}.")
    if not found.is_file():
        raise BadInput(f"{path}: the picture {name} is missing.")
    return found
