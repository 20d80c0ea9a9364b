"""The cases of the runs, packed into the page in parts that a browser unpacks when it needs them.

A run with its traces can be tens of megabytes. Each part is JSON, compressed and in base64: for
each run a list of its cases, their details some at a time, and for each set of questions these.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from eval.journal import Run
from eval.report.cost import tokens
from eval.report.questions import questions
from eval.scoring.groups import groups
from eval.scoring.score import Record, Verdict

TOGETHER = 50  # cases whose details are one part
ASKED = "asked-"


@dataclass(frozen=True, slots=True)
class Part:
    """What one script element of the page holds."""

    name: str
    packed: str


def packed(value: object) -> str:
    """JSON, gzip, base64; what is no number is null, as JSON has no word for it."""
    return base64.b64encode(
        gzip.compress(to_json(value, inf_nan_mode="null"), compresslevel=6, mtime=0)
    ).decode()


def parts(out: Path, listed: Iterable[tuple[str, Run]]) -> tuple[list[dict[str, Any]], list[Part]]:
    """What the page has to know of each run to find its parts, and the parts.

    listed: complete runs, each with the name of the section that its cases are listed under.
    """
    about: list[dict[str, Any]] = []
    made: list[Part] = []
    asked: dict[str, str] = {}  # what is packed, by the name of its part
    for number, (section, run) in enumerate(listed):
        held = questions(run.folder)
        text = packed(held) if held else ""
        about.append({
            "key": key(out, run.folder),
            "section": section,
            "method": run.manifest.method,
            "groups": [group.name for group in groups(run.records)],
            "part": f"run-{number}",
            "together": TOGETHER,
            "asked": asked.setdefault(text, f"{ASKED}{len(asked)}") if text else None,
        })  # fmt: skip
        made += _of_run(run, f"run-{number}")
    made += [Part(name, text) for text, name in asked.items()]
    return about, made


def key(out: Path, folder: Path) -> str:
    """What links call what is in a folder."""
    return folder.relative_to(out).as_posix()


def in_parts(name: str, details: Sequence[object]) -> Iterator[Part]:
    """Details of cases, some at a time, in the order of the list that they belong to."""
    for first in range(0, len(details), TOGETHER):
        yield Part(f"{name}-{first // TOGETHER}", packed(details[first : first + TOGETHER]))


def _of_run(run: Run, name: str) -> Iterator[Part]:
    within: dict[str, list[int]] = {record.case: [] for record in run.records}
    for place, group in enumerate(groups(run.records)):
        for record in group.records:
            within[record.case].append(place)
    yield Part(name, packed([_row(record, within[record.case]) for record in run.records]))
    yield from in_parts(name, list(map(_detail, run.records)))


def _row(record: Record, within: Sequence[int]) -> dict[str, Any]:
    """What a list shows of a case, and is filtered by. in: the groups that it is in, by number."""
    return {
        "case": record.case,
        "persona": record.persona,
        "kind": " · ".join(filter(None, (record.group, record.task, record.half))),
        "gold": record.gold,
        "reply": record.reply,
        "failed": record.failed,
        "official": _verdict(record.official),
        "robust": _verdict(record.robust),
        "tokens": tokens(record.usage),
        "seconds": _seconds(record),
        "in": within,
    }


def _verdict(verdict: Verdict | None) -> dict[str, Any] | None:
    return None if verdict is None else {"read": verdict.read, "correct": verdict.correct}


def _seconds(record: Record) -> float | None:
    """From the question to the reply, or else what the engine took."""
    measured = (record.detail or {}).get("seconds")
    return measured if measured is not None else (record.usage or {}).get("seconds")


def _detail(record: Record) -> dict[str, Any]:
    return {
        "row": record.row,
        "cluster": record.cluster,
        "usage": record.usage,
        "detail": record.detail or {},
    }
