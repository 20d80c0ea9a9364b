"""What a folder of runs comes to: summary.json, tables, plots and one page, in the same folder."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock

from eval.durable import replace
from eval.report.comparison import comparison
from eval.report.lines import Line, runs
from eval.report.sections import Section, sections
from eval.report.sheet import comma_separated, latex, markdown
from eval.report.tables import sheets

LIBRARIES = ("matplotlib", "jinja2")
PLOTS = "plots"


def report(out: Path, *notes: str) -> str:
    """Write the report of every complete run below a folder into it; returns it as Markdown.

    notes: what a reader has to know of all of them.

    Raises:
        BadInput: a run is damaged.
    """
    with FileLock(out / ".lock"):  # processes may make different runs of one folder
        found = sections(runs(out))
        made = [sheet for section in found for sheet in sheets(section, notes)]
        text = markdown(made)
        replace(out / "summary.json", json.dumps({"rows": summary(found)}, indent=1) + "\n")
        replace(out / "tables.md", text)
        replace(out / "tables.tex", latex(made))
        replace(out / "tables.csv", table(found))
        _illustrate(out, found, notes)
    return text


def refresh(out: Path, *notes: str) -> None:
    """Write plots and page of a folder anew, after Table 11 or Fig. 5 were made.

    Raises:
        BadInput: a run is damaged.
    """
    with FileLock(out / ".lock"):
        _illustrate(out, sections(runs(out)), notes)


def _illustrate(out: Path, found: Sequence[Section], notes: Sequence[str]) -> None:
    """Plots and page, for which an installation may lack the libraries."""
    if not all(map(importlib.util.find_spec, LIBRARIES)):
        print("No plots and no report.html: they need pip install '.[eval]'.", file=sys.stderr)
        return
    from eval.report.page import page
    from eval.report.plots import plots

    judged = comparison(out)
    drawn = plots(found, judged, out / PLOTS)
    replace(out / "report.html", page(out, found, judged, notes, drawn))


def summary(found: Sequence[Section]) -> list[dict[str, Any]]:
    """One row a figure, in percent; `published` is null where the paper has none."""
    return [
        {
            "benchmark": line.benchmark.value,
            "context": line.context,
            "method": line.method,
            "group": line.name,
            "n": line.n,
            "score": round(line.score, 2),
            "low": _rounded(line, 0),
            "high": _rounded(line, 1),
            "published": line.published,
        }
        for line in _lines(found)
    ]


def _lines(found: Sequence[Section]) -> list[Line]:
    return [line for section in found for made in section.made for line in made.lines]


def _rounded(line: Line, side: int) -> float | None:
    return None if line.interval is None else round(line.interval[side], 2)


def table(found: Sequence[Section]) -> str:
    """The CSV: what the summary has, with failures, the difference and where it was published."""
    head = ("benchmark", "context", "method", "group", "n", "failed", "score", "low", "high",
            "published", "difference", "source")  # fmt: skip
    rows = [
        (
            line.benchmark, line.context, line.method, line.name, line.n, line.failed,
            f"{line.score:.2f}", _rounded(line, 0), _rounded(line, 1), line.published,
            None if line.difference is None else f"{line.difference:.2f}",
            line.printed[0].source if line.printed else None,
        )
        for line in _lines(found)
    ]  # fmt: skip
    return comma_separated(head, rows)
