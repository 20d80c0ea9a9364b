"""What a folder of runs comes to: summary.json, and the tables beside the published figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock

from eval.case import Benchmark
from eval.journal import Run
from eval.published.lookup import TABLES, cells
from eval.published.table import SOURCE, Table
from eval.report.lines import Line, lines, other_sizes, remarks, runs
from eval.report.sheet import Sheet, comma_separated, latex, markdown
from eval.scoring.bootstrap import RESAMPLES, SEED
from eval.scoring.official import OFFICIAL

HEAD = ("method", "group", "n", "failed", "score", "95% interval", "published", "difference")
NONE = "-"
Made = Sequence[tuple[Run, Sequence[Line]]]


def report(out: Path, *notes: str) -> str:
    """Write the report of every complete run below a folder into it; returns it as Markdown.

    notes: what a reader has to know of all of them.

    Raises:
        BadInput: a run is damaged.
    """
    with FileLock(out / ".lock"):  # processes may make different runs of one folder
        found = runs(out)
        made = [(run, lines(run)) for run in found if run.complete]
        sheets = _sheets(made, [run for run in found if not run.complete], notes)
        text = markdown(sheets)
        _write(out / "summary.json", json.dumps({"rows": summary(made)}, indent=1) + "\n")
        _write(out / "tables.md", text)
        _write(out / "tables.tex", latex(sheets))
        _write(out / "tables.csv", table(made))
    return text


def summary(made: Made) -> list[dict[str, Any]]:
    """One row a figure, in percent; `published` is null where the paper has none."""
    return [
        {
            "benchmark": line.benchmark.value,
            "context": line.context,
            "method": line.method,
            "group": line.group,
            "n": line.n,
            "score": round(line.score, 2),
            "low": _rounded(line, 0),
            "high": _rounded(line, 1),
            "published": line.published,
        }
        for _, figures in made
        for line in figures
    ]


def _rounded(line: Line, side: int) -> float | None:
    return None if line.interval is None else round(line.interval[side], 2)


def table(made: Made) -> str:
    """The CSV: what the summary has, with failures, the difference and where it was published."""
    head = ("benchmark", "context", "method", "group", "n", "failed", "score", "low", "high",
            "published", "difference", "source")  # fmt: skip
    rows = []
    for _, figures in made:
        for line in figures:
            rows.append((
                line.benchmark, line.context, line.method, line.group, line.n, line.failed,
                f"{line.score:.2f}", _rounded(line, 0), _rounded(line, 1), line.published,
                None if line.difference is None else f"{line.difference:.2f}",
                line.printed[0].source if line.printed else None,
            ))  # fmt: skip
    return comma_separated(head, rows)


def _sheets(made: Made, unfinished: Sequence[Run], known: Sequence[str]) -> list[Sheet]:
    """For each benchmark and context: our figures, then the paper's rows for the same columns."""
    every = [run.manifest for run in (*(run for run, _ in made), *unfinished)]
    sheets = []
    for benchmark, context in sorted({(told.benchmark, told.context) for told in every}):
        about = (benchmark, context)
        kept = [(run, figures) for run, figures in made if _about(run) == about]
        left = [run for run in unfinished if _about(run) == about]
        sheets.append(_ours(*about, kept, left, known))
        sheets += [_theirs(paper, *about) for paper in TABLES if _has(paper, *about)]
    return sheets


def _about(run: Run) -> tuple[Benchmark, str]:
    return run.manifest.benchmark, run.manifest.context


def _ours(
    benchmark: Benchmark,
    context: str,
    made: Made,
    unfinished: Sequence[Run],
    known: Sequence[str],
) -> Sheet:
    unit = "items" if benchmark is Benchmark.P_SOUPS else "persons"
    notes = [
        *known,
        f"Scores in percent. Intervals: 95% of {RESAMPLES:,} bootstrap resamples (seed {SEED}), "
        f"which draw whole {unit}, the same for all methods; none where there is one only.",
        *(["No scorer was published for this benchmark; replies are read by ours."]
          if benchmark not in OFFICIAL else []),
        *dict.fromkeys(note for run, _ in made for note in other_sizes(run)),
        *(remark for run, _ in made for remark in remarks(run)),
        *(f"{run.manifest.method}: not complete, {len(run.records)} of {run.manifest.cases}: left "
          "out." for run in unfinished),
        *dict.fromkeys(f"{cell.source}: {note}" for _, figures in made for line in figures
                       for cell in line.printed for note in cell.notes),
    ]  # fmt: skip
    if len({(run.manifest.code, *run.manifest.data.values()) for run, _ in made}) > 1:
        notes.append("These runs were made from different files or by different code.")
    rows = tuple(_row(line) for _, figures in made for line in figures)
    name = f"{benchmark} {context}".strip()
    return Sheet(f"{name}: our runs", HEAD, rows, tuple(notes), left=2)


def _row(line: Line) -> tuple[str, ...]:
    low_high = f"{line.interval[0]:.1f} to {line.interval[1]:.1f}" if line.interval else NONE
    return (
        line.method,
        line.group,
        str(line.n),
        str(line.failed),
        f"{line.score:.2f}",
        low_high,
        NONE if line.published is None else f"{line.published:.2f}",
        NONE if line.difference is None else f"{line.difference:+.2f}",
    )


def _has(paper: Table, benchmark: Benchmark, context: str) -> bool:
    return any(cell.table == paper.number for cell in cells(benchmark, context))


def _theirs(paper: Table, benchmark: Benchmark, context: str) -> Sheet:
    """The paper's rows; a figure with a note bears its number."""
    kept = [cell for cell in cells(benchmark, context) if cell.table == paper.number]
    texts = list(dict.fromkeys(note for cell in kept for note in cell.notes))
    rows: dict[str, list[str]] = {}
    for cell in kept:
        shown = NONE if cell.value is None else f"{cell.value:.{paper.decimals}f}"
        marks = ",".join(str(texts.index(note) + 1) for note in cell.notes)
        rows.setdefault(cell.row.label, []).append(f"{shown} [{marks}]" if marks else shown)
    head = ("published row", *dict.fromkeys(cell.column.name for cell in kept))
    name = f"{benchmark} {context}".strip()
    return Sheet(
        f"{name}: {SOURCE}, Table {paper.number}",
        head,
        tuple((label, *shown) for label, shown in rows.items()),
        tuple(f"[{number}] {text}" for number, text in enumerate(texts, 1)),
    )


def _write(path: Path, text: str) -> None:
    """At once or not at all."""
    draft = path.with_name(path.name + ".draft")
    draft.write_text(text, "utf-8")
    draft.replace(path)
