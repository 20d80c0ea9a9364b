"""Answers that were made elsewhere, read from a file: CSV with a header, or JSON lines.

A row names its case (`case`, `question_id` or `id`) and gives the reply word for word (`reply`,
`prediction` or `p`). A run's own `cases.jsonl` is such a file, so a run can be scored again; what
failed in it fails again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.benchmarks.files import fingerprints, parsed, records, text_of
from eval.case import Answer, Case
from personavlm.errors import BadInput

CASE = ("case", "question_id", "id")
REPLY = ("reply", "prediction", "p")


@dataclass(frozen=True, slots=True)
class Predictions:
    """Looks each case up. A case that the file has nothing for counts as failed."""

    name: str
    replies: Mapping[str, str]
    settings: Mapping[str, object]
    published: tuple[str, ...] = ()

    def calls(self, cases: Sequence[Case]) -> int:
        return 0

    def answer(self, case: Case) -> Answer:
        if case.id not in self.replies:
            raise BadInput("The file of predictions has none for this case.")
        return Answer(self.replies[case.id])


def predictions(path: Path) -> Predictions:
    """The predictions of a file; the row they make is named after it.

    Raises:
        BadInput: it is missing or malformed, or has two predictions for a case.
    """
    rows = _lines(path) if path.suffix == ".jsonl" else records(path)
    replies: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        case, reply = (_field(row, names, f"{path}, row {number}") for names in (CASE, REPLY))
        if row.get("failed"):
            continue
        if case in replies:
            raise BadInput(f"{path}, row {number}: a second prediction for case {case}.")
        replies[case] = reply
    return Predictions(f"predictions {path.stem}", replies, {"predictions": fingerprints([path])})


def _lines(path: Path) -> Iterable[Any]:
    for number, line in enumerate(text_of(path).split("\n"), 1):
        if line.strip():
            yield parsed(line, f"{path}, line {number}")


def _field(row: Any, names: Sequence[str], where: str) -> str:
    found = next((name for name in names if isinstance(row, dict) and name in row), None)
    if found is None:
        raise BadInput(f"{where} has no {', '.join(names[:-1])} or {names[-1]}.")
    if not isinstance(row[found], str):
        raise BadInput(f"{where}: {found} is not text.")
    return str(row[found])
