"""A method's answer to a case, judged: the record that a run keeps of it, one JSON line each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from eval.case import Answer, Benchmark, Case
from eval.scoring.official import OFFICIAL
from eval.scoring.robust import robust


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one scorer read in a reply, and whether that is right."""

    read: str
    correct: bool


@dataclass(frozen=True, slots=True)
class Record:
    """One case of a run. A failed one has its reason in `failed`, and is wrong to every scorer.

    official: None where the benchmark's authors published no scorer. usage and detail: as the
    method gave them.
    """

    case: str
    benchmark: Benchmark
    context: str
    persona: str
    group: str
    task: str
    half: str
    row: str
    cluster: str
    gold: str
    reply: str
    official: Verdict | None
    robust: Verdict
    failed: str = ""
    usage: Mapping[str, float] | None = None
    detail: Mapping[str, Any] | None = None

    @property
    def main(self) -> Verdict:
        """By the scorer that published figures were made with, where there is one."""
        return self.official or self.robust


RECORD = TypeAdapter(Record)


def judged(case: Case, answer: Answer) -> Record:
    """An answer, read by both scorers."""
    official = OFFICIAL.get(case.benchmark)
    return _record(
        case,
        answer,
        Verdict(*official(case, answer.reply)) if official else None,
        Verdict(*robust(case, answer.reply)),
        failed="",
    )


def failed(case: Case, reason: str) -> Record:
    """A case that a method could not answer: wrong, and counted as failed."""
    wrong = Verdict("", False)
    official = wrong if case.benchmark in OFFICIAL else None
    return _record(case, Answer(""), official, wrong, failed=reason)


def _record(
    case: Case, answer: Answer, official: Verdict | None, ours: Verdict, failed: str
) -> Record:
    return Record(
        case.id,
        case.benchmark,
        case.context,
        case.persona,
        case.group,
        case.task,
        case.half,
        case.row,
        case.cluster,
        case.gold,
        answer.reply,
        official,
        ours,
        failed,
        asdict(answer.usage) if answer.usage else None,
        dict(answer.detail) or None,
    )
