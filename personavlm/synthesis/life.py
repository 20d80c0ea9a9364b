"""One made-up life: who somebody is, what they said and when, and what is true by construction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from personavlm.errors import BadInput
from personavlm.personality import TRAITS, BigFive
from personavlm.protocol import merge_entries
from personavlm.synthesis.split import Split

Kept = Literal["profile", "habit"]

MAX_HABITS = 5  # entries of procedural memory (paper, Fig. 19)


@dataclass(frozen=True, slots=True)
class Drift:
    """A trait that moves to another score, evenly between two turns."""

    trait: str
    first: int
    last: int
    score: float


@dataclass(frozen=True, slots=True)
class Person:
    """profile: what is known of them before the first turn. traits: true scores then, 1..5."""

    name: str
    profile: Mapping[str, str]
    traits: tuple[float, float, float, float, float]
    drifts: tuple[Drift, ...] = ()

    def traits_at(self, turn: int) -> BigFive:
        """The true scores at a turn."""
        scores = dict(zip(TRAITS, self.traits, strict=True))
        for drift in self.drifts:
            share = (turn - drift.first) / max(1, drift.last - drift.first)
            way = drift.score - scores[drift.trait]
            scores[drift.trait] += way * min(1.0, max(0.0, share))
        return BigFive(**scores)


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn picture; `file` is relative to the life's folder of pictures."""

    file: str
    thing: str
    colour: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture out of somebody's folder. path: where it is read from. width, height: in pixels."""

    file: str
    path: str
    caption: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Note:
    """What semantic memory should keep of a turn."""

    content: str
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What a turn changes in core memory ("profile") or in procedural memory ("habit").

    before: the value that it replaces, None where the key is new.
    """

    memory: Kept
    key: str
    value: str
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange, and what is true of it.

    number: its place in the life, from 0. topic: which of the session's topics it belongs to.
    about: what it tells, in one sentence in the third person. shown: the Big Five scores that its
    words show, 3 where they show nothing. templates: those that the person's words were made from,
    if they were. why: why it leaves a note, or none, if the writer says so.
    """

    number: int
    time: datetime
    text: str
    reply: str
    topic: str
    about: str
    keywords: tuple[str, ...]
    shown: tuple[int, int, int, int, int]
    templates: tuple[str, ...]
    picture: Picture | Photo | None = None
    note: Note | None = None
    change: Change | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Replies:
    """Two replies to a question: one suits the person, the other suits their opposite."""

    chosen: str
    rejected: str


@dataclass(frozen=True, slots=True)
class Worked:
    """How a model answered that saw the question and what memory returned, and nothing else.

    search: what it thought before it looked, empty where core memory was enough. choice: the place
    of the option it took, None where it took none. reply: its answer in words.
    """

    search: str
    thought: str
    choice: int | None
    reply: str


@dataclass(frozen=True, slots=True)
class Question:
    """What may be asked once all has been said; `gold` is the place of the right option.

    task: abbreviation of one of Persona-MME's. evidence: the turns that the answer follows from.
    key: of the entry in core memory that holds the answer, if one does. since, until: when it was
    told, if the question says so. replies: for the personality's alignment, where it is asked.
    worked: the way to the answer, where a model went it; else templates tell it.
    """

    task: str
    topic: str
    subject: str
    text: str
    time: datetime
    options: tuple[str, ...]
    gold: int
    evidence: tuple[int, ...]
    keywords: tuple[str, ...]
    key: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    replies: Replies | None = None
    worked: Worked | None = None

    @property
    def answer(self) -> str:
        return self.options[self.gold]


@dataclass(frozen=True, slots=True)
class Lacking:
    """A question that was to be there, and why the writer has none."""

    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Life:
    """size: the most turns there may be. sessions: turns, oldest first, an hour and more between.

    source: what wrote it; readers must be able to tell made-up people from real ones.
    """

    number: int
    split: Split
    source: str
    size: int
    person: Person
    sessions: tuple[tuple[Turn, ...], ...]
    questions: tuple[Question, ...]
    lacking: tuple[Lacking, ...] = ()

    @property
    def turns(self) -> tuple[Turn, ...]:
        return tuple(turn for session in self.sessions for turn in session)

    def profiles(self) -> Iterator[dict[str, str]]:
        """Core memory before the first session, and after each."""
        return self._entries("profile", dict(self.person.profile), None)

    def habits(self) -> Iterator[dict[str, str]]:
        """Procedural memory before the first session, and after each."""
        return self._entries("habit", {}, MAX_HABITS)

    def _entries(
        self, memory: Kept, current: dict[str, str], limit: int | None
    ) -> Iterator[dict[str, str]]:
        yield current
        for session in self.sessions:
            changes = [turn.change for turn in session if turn.change is not None]
            new = {change.key: change.value for change in changes if change.memory == memory}
            current = merge_entries(current, new, limit=limit)
            yield current


_LIFE = TypeAdapter(Life)


def dump(life: Life) -> str:
    """A life as one JSON document."""
    return _LIFE.dump_json(life, indent=1).decode() + "\n"


def load(text: str, where: str) -> Life:
    """The life in a JSON document.

    Raises:
        BadInput: it is none; the message says where.
    """
    try:
        return _LIFE.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "the document"
        raise BadInput(f"{where} is no life: {field}: {first['msg']}. Delete it.") from error
