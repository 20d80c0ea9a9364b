"""The small pieces of JSON that a model is asked for.

Lengths are what the grammars of the update tasks leave room for (personavlm.protocol.grammars), so
that what is written here can be learnt.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from personavlm.personality import TRAITS
from personavlm.protocol import inert, quote_field


def _plain(text: str) -> str:
    if inert(text) != text:
        raise ValueError("tags in angle brackets may not stand in it")
    return text


def _begun(text: str) -> str:
    if not text[0].isalnum():
        raise ValueError("it has to begin with a letter or a digit")
    return text


def _one_line(value: object) -> object:
    return quote_field(value) if isinstance(value, str) else value


Text = Annotated[str, Field(min_length=1, max_length=4_000), AfterValidator(_plain)]
Line = Annotated[str, BeforeValidator(_one_line), Field(min_length=1), AfterValidator(_plain)]
Short = Annotated[Line, Field(max_length=80), AfterValidator(_begun)]
Sentence = Annotated[Line, Field(max_length=300), AfterValidator(_begun)]
Key = Annotated[Line, Field(pattern=r"^[^\W\d_][\w '/-]{0,39}$")]
Keywords = Annotated[
    list[Annotated[Short, Field(max_length=40)]], Field(min_length=1, max_length=3)
]
Score = Annotated[int, Field(ge=1, le=5)]


class Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class PersonShape(Shape):
    """Who somebody is. more: what else is known of them from the start."""

    name: Short
    age: Annotated[int, Field(ge=16, le=99)]
    occupation: Short
    home: Short
    role: Annotated[Line, Field(max_length=900)]
    more: Annotated[dict[Key, Sentence], Field(max_length=4)] = {}


class ThreadShape(Shape):
    """What is told over time. beats: what is told each time, in the third person."""

    task: str
    topic: Short
    keywords: Keywords
    beats: Annotated[list[Sentence], Field(min_length=1, max_length=4)]


class ThreadsShape(Shape):
    threads: list[ThreadShape]


class NoteShape(Shape):
    content: Annotated[Line, Field(max_length=330), AfterValidator(_begun)]
    keywords: Keywords


class ChangeShape(Shape):
    memory: Literal["profile", "habit"]
    key: Key
    value: Sentence


class ShownShape(Shape):
    """Scores that a message shows; 3 where it shows nothing."""

    openness: Score = 3
    conscientiousness: Score = 3
    extraversion: Score = 3
    agreeableness: Score = 3
    neuroticism: Score = 3

    @property
    def scores(self) -> tuple[int, int, int, int, int]:
        o, c, e, a, n = (getattr(self, trait) for trait in TRAITS)
        return o, c, e, a, n


class TurnShape(Shape):
    user: Text
    assistant: Text
    about: Sentence
    keywords: Keywords
    shows: ShownShape = ShownShape()
    why: Sentence
    note: NoteShape | None = None
    change: ChangeShape | None = None


class SessionShape(Shape):
    turns: list[TurnShape]


class RepliesShape(Shape):
    suits: Text
    clashes: Text


class QuestionShape(Shape):
    question: Text
    right: Line
    wrong: Annotated[list[Line], Field(min_length=3, max_length=3)]
    evidence: Annotated[list[int], Field(min_length=1)]
    replies: RepliesShape | None = None


class SearchShape(Shape):
    """What to look for. start, end: `YYYY-MM-DD HH:MM`, or null."""

    thought: Text
    keywords: Annotated[list[Short], Field(min_length=1, max_length=6)]
    start: str | None = None
    end: str | None = None


class AnswerShape(Shape):
    thought: Text
    option: Literal["a", "b", "c", "d", "none"]
    reply: Text


class RightShape(Shape):
    """Which options are right, by the letters, according to what was shown."""

    right: list[Literal["a", "b", "c", "d"]]


class ConsistentShape(Shape):
    consistent: bool
    why: Line
