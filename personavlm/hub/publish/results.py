"""Figures of an evaluation for a card, with which of them are the published model's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ValidationError

from personavlm.errors import BadInput
from personavlm.hub.publish.card import MISSING

SUMMARY = "summary.json"  # what an evaluation writes into its folder
OVERALL = "overall"  # how the groups begin that are over all cases
THIS = "this model"
SOURCE = re.compile(r"(?<=: )[^()]+(?=\))")  # of `personavlm (transformers: runs/sft/model)`


class Figure(BaseModel):
    """One row of a summary; in percent, None where there is no figure."""

    benchmark: str
    context: str = ""
    method: str
    group: str
    n: int
    score: float | None
    low: float | None = None
    high: float | None = None
    published: float | None = None

    @property
    def shown(self) -> str:
        if self.score is None:
            return MISSING
        known = self.low is not None and self.high is not None
        return f"{self.score:.2f}" + (f" ({self.low:.2f} to {self.high:.2f})" if known else "")


class Summary(BaseModel):
    rows: list[Figure]


def read_results(results: Path, folder: Path) -> list[tuple[str, ...]]:
    """Rows of benchmark, method, group, cases, result and published figure.

    They are those over all cases of a benchmark; all rows, if the summary has none such.
    results: a folder with a summary of runs. folder: of the model; rows of runs that were given
    this very folder are said to be its own. Where there is none, a row says that it is missing.

    Raises:
        BadInput: there is no summary, or it cannot be read.
    """
    path = results / SUMMARY
    try:
        figures = Summary.model_validate_json(path.read_text("utf-8")).rows
    except FileNotFoundError as error:
        raise BadInput(f"{results} has no {SUMMARY}: name the --out of an eval/run.py.") from error
    except (OSError, ValidationError) as error:
        raise BadInput(f"{path} cannot be read ({str(error).splitlines()[0]}).") from error
    rows = list(_rows(figures, folder.resolve()))
    if not any(THIS in row[1] for row in rows):
        rows.insert(0, ("all", THIS, "", "", MISSING, ""))
    return rows


def _rows(figures: list[Figure], folder: Path) -> Iterator[tuple[str, ...]]:
    overall = [one for one in figures if one.group.casefold().startswith(OVERALL)]
    for figure in overall or figures:
        yield (
            f"{figure.benchmark} {figure.context}".strip(),
            SOURCE.sub(lambda found: _named(found[0], folder), figure.method),
            figure.group,
            str(figure.n),
            figure.shown,
            "" if figure.published is None else f"{figure.published:.2f}",
        )


def _named(source: str, folder: Path) -> str:
    """A model in a row: this one, or as it was named; of an absolute path the last name alone."""
    path = Path(source).expanduser()
    if path.resolve() == folder:
        return THIS
    return path.name if path.is_absolute() else source
