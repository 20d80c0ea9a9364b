"""P-SOUPS as AlignX packages it: of two replies, the one that suits a person, on three axes.

One JSON list an axis, 600 rows each, sorted by its two opposite personas. Every row becomes two
cases, one with the fitting reply first and one with it second, since a method may have a liking for
a position. Many rows are the same (prompt, replies, persona), so distinct ones are the clusters.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

from pydantic import Field

from eval.benchmarks.files import Absent, Strict, find, json_rows
from eval.case import Benchmark, Case, Comparison

CONTEXTS = ("",)
AXES = {
    "Expertise": "student_phd",
    "Informativeness": "concise_detail",
    "Style": "friendly_unfriendly",
}
FITTING_FIRST, FITTING_SECOND = "fitting first", "fitting second"


class Feedback(Strict):
    prompt: str
    chosen: str
    rejected: str


class Pair(Strict):
    prompt: str
    chosen: str
    rejected: str
    ground_truth_persona: Annotated[str, Field(min_length=1)]
    profile: str
    feedback: Annotated[tuple[Feedback, ...], Field(alias="Pair-wise Comparative Feedback")]


def files(folder: Path, context: str = "") -> list[Path]:
    """The files of the axes that are there.

    Raises:
        Absent: none is. BadInput: an axis has two files.
    """
    found = []
    for stem in AXES.values():
        if any(folder.glob(f"{stem}*.json")):
            found.append(find(folder, f"{stem}*.json"))
    if not found:
        raise Absent(f"{folder} has none of {', '.join(f'{s}.json' for s in AXES.values())}.")
    return found


def read(folder: Path, context: str = "") -> list[Case]:
    """Two cases a row, of every axis that is there.

    Raises:
        BadInput: a file is missing or malformed; the message has file, row and reason.
    """
    cases = []
    for path in files(folder):
        axis = next(name for name, stem in AXES.items() if path.name.startswith(stem))
        for number, row in enumerate(json_rows(path, Pair), 1):
            cases += _cases(row, axis, path, number)
    return cases


def _cases(row: Pair, axis: str, path: Path, number: int) -> list[Case]:
    same = "\0".join((axis, row.prompt, row.chosen, row.rejected, row.ground_truth_persona))
    cluster = hashlib.sha256(same.encode()).hexdigest()[:16]
    orders = (
        (FITTING_FIRST, {"a": row.chosen, "b": row.rejected}, "a"),
        (FITTING_SECOND, {"a": row.rejected, "b": row.chosen}, "b"),
    )
    return [
        Case(
            Benchmark.P_SOUPS,
            id=f"{axis}/{number}/{gold}",
            context="",
            persona=row.ground_truth_persona,
            group=axis,
            task=axis,
            half=half,
            row=f"{path.name}:{number}",
            cluster=cluster,
            question=row.prompt,
            options=options,
            gold=gold,
            profile=row.profile,
            feedback=tuple(Comparison(f.prompt, f.chosen, f.rejected) for f in row.feedback),
        )
        for half, options, gold in orders
    ]
