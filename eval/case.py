"""One question of a benchmark, and what a method answers to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from personavlm.records import Usage


class Benchmark(StrEnum):
    """The benchmarks of the paper, by the names that the command line takes."""

    PERSONA_MME = "persona-mme"
    PERSONAMEM = "personamem"
    P_SOUPS = "p-soups"


@dataclass(frozen=True, slots=True)
class HistoryRef:
    """Where a case's conversation is kept; it is read only by methods that need it.

    key: which of the file's conversations; empty where the file holds one. end: how many of its
    messages come before the question; None for all.
    """

    path: Path
    key: str = ""
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Which of two replies somebody preferred: feedback that a few-shot prompt may show."""

    prompt: str
    chosen: str
    rejected: str


@dataclass(frozen=True, slots=True)
class Case:
    """One multiple-choice question.

    id: unique in its benchmark and context. context: `32k` or `128k`; empty where the benchmark has
    none. persona: whose history it is about. group: the aspect, question type or axis; task: the
    finer kind. half: which of a pair this is (the aligned or the misaligned reply; A before B or B
    before A); empty where there is no pair. row: the file and row that it was made of
    (`questions_32k.csv:1` is the first); the halves of a pair share it. cluster: cases of one
    cluster are not independent, so intervals draw whole clusters. options: letter to text. gold:
    the right letter. time: as the file writes it. profile: what the benchmark tells of the person.
    """

    benchmark: Benchmark
    id: str
    context: str
    persona: str
    group: str
    task: str
    half: str
    row: str
    cluster: str
    question: str
    options: Mapping[str, str]
    gold: str
    time: str = ""
    profile: str = ""
    history: HistoryRef | None = None
    feedback: tuple[Comparison, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method replied, word for word. usage: None where no model was called.

    detail: what else the method wants kept with the case (JSON): its trace, the memories it found.
    """

    reply: str
    usage: Usage | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
