"""What memory holds and what a reply reports, as plain frozen values.

Times are aware datetimes in the person's own zone. Ids are those of the database rows; a hit's id
names its kind too ("semantic:12"), so that it can be shown, followed and excluded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal

from personavlm.vision.base import Box


class MemoryType(StrEnum):
    """The paper's four memory types (section 3.1)."""

    CORE = "core"
    SEMANTIC = "semantic"
    EPISODIC = "episodic"
    PROCEDURAL = "procedural"


@dataclass(frozen=True, slots=True)
class Image:
    """A stored picture: content-addressed, metadata stripped, bounded in size (pixels)."""

    hash: str
    width: int
    height: int
    path: Path


@dataclass(frozen=True, slots=True)
class Usage:
    """What a reply cost. Tokens as the engine counts them; seconds of wall clock."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.seconds + other.seconds,
        )


@dataclass(frozen=True, slots=True)
class Window:
    """A closed span of time; None leaves that side open."""

    start: datetime | None = None
    end: datetime | None = None

    @property
    def open(self) -> bool:
        return self.start is None and self.end is None


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange. `reply` is None while, or because, no reply was finished."""

    id: int
    session: int
    time: datetime
    text: str
    images: tuple[Image, ...] = ()
    reply: str | None = None
    state: Literal["open", "done", "stopped", "failed"] = "done"


@dataclass(frozen=True, slots=True)
class Fact:
    """Semantic memory: one fact or preference, with the turn it came from.

    superseded: when a newer fact replaced it; None while it holds.
    """

    id: int
    time: datetime
    content: str
    keywords: tuple[str, ...]
    reason: str
    turn: int | None
    edited: bool = False
    superseded: datetime | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """Episodic memory: a topic of one session, and the turns that belong to it."""

    id: int
    session: int
    start: datetime
    end: datetime
    summary: str
    keywords: tuple[str, ...]
    turns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """Core or procedural memory: one key and its value, since `time`; superseded ones are kept.

    `session` is the one it was drawn from; None where the person set it.
    """

    id: int
    type: Literal[MemoryType.CORE, MemoryType.PROCEDURAL]
    key: str
    value: str
    time: datetime
    superseded: datetime | None = None
    session: int | None = None


@dataclass(frozen=True, slots=True)
class Crop:
    """One view of an object: the part of a picture that shows it.

    `box` is where the object is in `source`; the crop may show some more around it. `turn` is the
    exchange that the picture was sent in, `fact` the one that the view was noted with; None where
    the person pointed the object out, and then `note` is theirs.
    """

    id: int
    image: Image
    source: Image
    box: Box
    time: datetime
    note: str
    turn: int | None = None
    fact: int | None = None


@dataclass(frozen=True, slots=True)
class Object:
    """Something that can be recognised in pictures: what the person calls it, what it is, and its
    views, oldest first."""

    id: int
    name: str
    category: str
    crops: tuple[Crop, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A memory that a search returned. `turns` are the exchanges an episodic hit brings along.

    `object` is there where a picture was searched with and looks like it, with the view of it that
    is meant.
    """

    id: str
    type: MemoryType
    time: datetime
    text: str
    why: str
    score: float
    keywords: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    turns: tuple[Turn, ...] = ()
    end: datetime | None = None
    left_out: int = 0  # turns of the topic that did not fit the budget
    pictures_left_out: int = 0  # that did not fit it
    object: Object | None = None

    @property
    def tells(self) -> tuple[str, ...]:
        """Its id, and that of the fact which the view of an object was noted with."""
        views = self.object.crops if self.object else ()
        return (self.id, *(f"semantic:{view.fact}" for view in views if view.fact is not None))


@dataclass(frozen=True, slots=True)
class Thought:
    """What the model thought in one step, and for how long (seconds)."""

    text: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Retrieval:
    """One search of memory: what was asked, and what came back.

    Without keywords, the pictures of the message alone were searched with, which happens unasked.
    """

    keywords: str
    start: datetime | None
    end: datetime | None
    hits: tuple[Hit, ...]
    note: str = ""  # e.g. that the same search had been made already
    seconds: float = 0.0

    @property
    def asked(self) -> bool:
        """Whether the model asked for it."""
        return bool(self.keywords)


TraceStep = Thought | Retrieval


@dataclass(frozen=True, slots=True)
class ThoughtDelta:
    """A piece of a thought, as it is being generated."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerDelta:
    """A piece of the answer, as it is being generated."""

    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished reply; the turn is on disk by the time this is seen (`turn` is its id).

    answered_by: the engine, with the weights and prompts that it ran.
    """

    text: str
    trace: tuple[TraceStep, ...] = ()
    usage: Usage = field(default_factory=Usage)
    turn: int | None = None
    answered_by: str = ""

    @property
    def hits(self) -> tuple[Hit, ...]:
        return tuple(h for step in self.trace if isinstance(step, Retrieval) for h in step.hits)


Event = ThoughtDelta | Thought | Retrieval | AnswerDelta | Reply


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the update stage made of a turn or of a session: one line for each task that ran."""

    kind: Literal["personality", "semantic", "episodic", "procedural", "core"]
    text: str  # what was saved, or why nothing was
    saved: bool
    turn: int | None = None
    session: int | None = None
    memory_ids: tuple[str, ...] = ()
