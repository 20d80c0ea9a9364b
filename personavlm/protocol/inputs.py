"""The typed fields from which each task's prompt is rendered.

Neural engines read the rendered messages; the embedded engine reads these. One dataclass a task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from personavlm.personality import BigFive
from personavlm.records import Image, Retrieval, Turn


class Task(StrEnum):
    """The seven things the model is asked to do (paper, Figs. 16-22, and the plain answer)."""

    REASON = "reason"
    ANSWER = "answer"
    PERSONALITY = "personality"
    SEMANTIC = "semantic"
    EPISODIC = "episodic"
    PROCEDURAL = "procedural"
    CORE = "core"


@dataclass(frozen=True, slots=True)
class Query:
    """What the person just sent."""

    text: str
    time: datetime
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class ReasonInputs:
    """Think, then retrieve or answer. `retrieved` grows by one with each step of a trajectory.

    `thoughts[i]` is the thought that led to `retrieved[i]`, empty if the model did not ask for it.
    With `may_retrieve` off, the step has to answer; with `must_retrieve` on, it has to search.
    """

    profile: Mapping[str, str]
    personality: BigFive
    dialogue: tuple[Turn, ...]
    query: Query
    retrieved: tuple[Retrieval, ...] = ()
    thoughts: tuple[str, ...] = ()
    may_retrieve: bool = True
    must_retrieve: bool = False


@dataclass(frozen=True, slots=True)
class AnswerInputs:
    """Answer at once from one retrieval: the mode without reasoning."""

    profile: Mapping[str, str]
    personality: BigFive
    dialogue: tuple[Turn, ...]
    query: Query
    retrieved: Retrieval


@dataclass(frozen=True, slots=True)
class TurnInputs:
    """For the tasks that run after every turn: personality and semantic memory."""

    profile: Mapping[str, str]
    dialogue: tuple[Turn, ...]  # the turns before this one
    query: Query


@dataclass(frozen=True, slots=True)
class SessionInputs:
    """For the tasks that run when a session ends: episodic, procedural and core memory.

    `habits` are the current procedural entries.
    """

    profile: Mapping[str, str]
    dialogue: tuple[Turn, ...]  # all turns of the session, oldest first
    habits: Mapping[str, str]


Inputs = ReasonInputs | AnswerInputs | TurnInputs | SessionInputs
