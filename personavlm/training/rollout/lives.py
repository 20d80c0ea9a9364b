"""A life as RL data has it (`user_data.json`): what was said, and what memory is to make of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from personavlm.errors import BadInput
from personavlm.personality import TRAITS
from personavlm.protocol.times import parse_time


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Noted(_Part):
    """What semantic memory keeps of a turn."""

    decision: bool
    content: str
    keywords: str = ""


class Topic(_Part):
    topic_summary: str
    keywords: str
    source_dialog_indices: list[int]


class Session(_Part):
    """profile: before it; ProceduralMemory: after it. interactions: `[{time, query}, {response},
    reasoning, [pictures]]`. big_five_personality: for each, `[{trait: {"score": 1..5}}, ...]`.
    """

    profile: dict[str, str]
    ProceduralMemory: dict[str, str] = {}
    interactions: list[list[Any]]
    big_five_personality: list[Any]
    semantic_memory: list[Noted]
    EpisodicMemory: list[Topic]

    @field_validator("semantic_memory", "big_five_personality")
    @classmethod
    def _one_each(cls, value: list[Any], info: Any) -> list[Any]:
        if len(value) != len(info.data.get("interactions", value)):
            raise ValueError("there has to be one for each interaction")
        return value


class Life(_Part):
    """profile: after the last session, where the file tells it."""

    init_profile: dict[str, str]
    sessions: list[Session]
    profile: dict[str, str] | None = None

    def profiles(self) -> Iterator[dict[str, str]]:
        """Core memory after each session."""
        for later in self.sessions[1:]:
            yield later.profile
        yield self.profile if self.profile is not None else self.sessions[-1].profile


@dataclass(frozen=True, slots=True)
class Said:
    """One exchange. shown: the Big Five scores that it shows, in the order of TRAITS."""

    time: datetime
    text: str
    reply: str
    pictures: tuple[Path, ...]
    shown: tuple[int, ...]
    noted: Noted


@dataclass(frozen=True, slots=True)
class Told:
    """One person's life. key: names its content, pictures and all."""

    life: Life
    sessions: tuple[tuple[Said, ...], ...]
    key: str


def read_life(root: Path, user: str) -> Told:
    """A person's life. root: the folder that users' folders, and all pictures, lie below.

    Raises:
        BadInput: it is missing or malformed, or leads out of that folder; with what and why.
    """
    file = _below(root, f"{user}/user_data.json")
    try:
        content = file.read_bytes()
        life = Life.model_validate_json(content)
        sessions = tuple(tuple(_said(root, each)) for each in life.sessions)
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error}.") from error
    except (ValidationError, TypeError, KeyError, IndexError, ValueError) as error:
        raise BadInput(f"{file} is no life: {error}") from error
    if not sessions or not all(sessions):
        raise BadInput(f"{file} is no life: a session has nothing in it.")
    digest = hashlib.sha256(content)
    for said in (said for session in sessions for said in session):
        for picture in said.pictures:
            digest.update(hashlib.sha256(picture.read_bytes()).digest())
    return Told(life, sessions, digest.hexdigest()[:32])


def _said(root: Path, session: Session) -> Iterator[Said]:
    for told, scores, noted in zip(
        session.interactions, session.big_five_personality, session.semantic_memory, strict=True
    ):
        asked, answered, _, pictures = told
        time = parse_time(asked["time"], UTC)
        if time is None:
            raise ValueError(f"{asked['time']!r} is no time")
        shown = {trait: int(one["score"]) for part in scores for trait, one in part.items()}
        yield Said(
            time,
            asked["query"],
            answered["response"],
            tuple(_below(root, name) for name in pictures),
            tuple(shown[trait] for trait in TRAITS),
            noted,
        )


def _below(root: Path, name: str) -> Path:
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()):
        raise BadInput(f"{name} lies outside of {root}.")
    if not path.is_file():
        raise BadInput(f"{path} is missing.")
    return path
