"""The simulator's words, out of the files in `words`: those for training, or those for testing.

Every story, template and name stands in one of the two splits by hand, so what people for testing
say was never seen in training.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from personavlm.personality import TRAITS
from personavlm.synthesis.split import Split

_STORIES = ("memory", "intent", "preference", "behaviour", "relationship", "growth")
LOW, HIGH = "low", "high"


@dataclass(frozen=True, slots=True)
class Value:
    """What may be true in a story: how it is said, and how it is answered."""

    said: str
    answer: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What people may tell, and be asked about; see `words` for what each field looks like.

    tell: the first time. again: a change, a repetition or progress. decoy: the same of somebody
    else. often: it is told of one value several times, of others once. draws: a picture comes with
    it. object: the class of an object in it that is to be remembered.
    """

    id: str
    task: str
    topic: str
    values: tuple[Value, ...]
    tell: tuple[str, ...]
    again: tuple[str, ...]
    decoy: tuple[str, ...]
    reply: tuple[str, ...]
    note: str
    goal: str
    keywords: tuple[str, ...]
    ask: tuple[str, ...]
    key: str | None
    interest: str
    often: bool
    draws: str | None
    object: str | None

    @property
    def weekly(self) -> bool:
        """Whether it is told on one day of the week only."""
        return any("{day}" in text for text in self.tell)


@dataclass(frozen=True, slots=True)
class Line:
    """Small talk: what is said, what it is about, and the reply."""

    id: str
    said: str
    about: str
    reply: str


@dataclass(frozen=True, slots=True)
class Manner:
    """How one pole of a trait shows."""

    plain: tuple[str, ...]
    mild: tuple[str, ...]
    acks: tuple[str, ...]
    fits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All words of one split. manners: by trait, then LOW or HIGH. people: first, last, work..."""

    split: Split
    subjects: tuple[Subject, ...]
    asks: tuple[Line, ...]
    tells: tuple[Line, ...]
    pictures: tuple[Line, ...]
    words: Mapping[str, tuple[str, ...]]
    people: Mapping[str, tuple[str, ...]]
    manners: Mapping[str, Mapping[str, Manner]]


@cache
def lexicon(split: Split) -> Lexicon:
    """The words of a split."""
    chat, manners = _file("chat")[split], _file("manner")[split]
    return Lexicon(
        split=split,
        subjects=tuple(
            _subject(row)
            for name in _STORIES
            for row in _file(name)["subject"]
            if row["split"] == split
        ),
        asks=_lines(f"{split}/asks", chat["asks"]),
        tells=_lines(f"{split}/tells", chat["tells"]),
        pictures=_lines(f"{split}/pictures", chat["pictures"]["said"]),
        words={name: tuple(words) for name, words in chat["words"].items()},
        people={name: tuple(words) for name, words in _file("people")[split].items()},
        manners={
            trait: {pole: _manner(manners[trait][pole]) for pole in (LOW, HIGH)} for trait in TRAITS
        },
    )


def fingerprint() -> str:
    """Short name of the words as they are: another one where any of the files has changed."""
    names = (*_STORIES, "chat", "manner", "people")
    return hashlib.sha256("".join(map(_text, names)).encode()).hexdigest()[:12]


@cache
def _file(name: str) -> dict[str, Any]:
    return tomllib.loads(_text(name))


@cache
def _text(name: str) -> str:
    return files("personavlm.synthesis").joinpath("words", f"{name}.toml").read_text("utf-8")


def _subject(row: Mapping[str, Any]) -> Subject:
    return Subject(
        id=f"{row['task']}/{row['id']}",
        task=row["task"],
        topic=row["topic"],
        values=tuple(Value(v, v) if isinstance(v, str) else Value(*v) for v in row["values"]),
        tell=tuple(row["tell"]),
        again=tuple(row.get("again", ())),
        decoy=tuple(row.get("decoy", ())),
        reply=tuple(row.get("reply", ())),
        note=row["note"],
        goal=row.get("goal", ""),
        keywords=tuple(row["keywords"]),
        ask=tuple(row["ask"]),
        key=row.get("key"),
        interest=row.get("interest", ""),
        often=row.get("often", False),
        draws=row.get("draws"),
        object=row.get("object"),
    )


def _lines(name: str, rows: Sequence[Sequence[str]]) -> tuple[Line, ...]:
    return tuple(Line(f"{name}/{place}", *row) for place, row in enumerate(rows))


def _manner(row: Mapping[str, Sequence[str]]) -> Manner:
    return Manner(*(tuple(row[name]) for name in ("plain", "mild", "acks", "fits")))
