"""The tables of a section: our figures line by line, then the paper's for the same columns."""

from __future__ import annotations

from collections.abc import Sequence

from eval.published.lookup import TABLES, cells
from eval.published.table import SOURCE, Cell, Table
from eval.report.lines import Line
from eval.report.sections import Section, notes
from eval.report.sheet import Sheet

HEAD = ("method", "group", "n", "failed", "score", "95% interval", "published", "difference")
NONE = "-"


def sheets(section: Section, known: Sequence[str]) -> list[Sheet]:
    """known: what a reader has to know of all sections."""
    papers = [paper for paper in TABLES if _cells(section, paper)]
    return [_ours(section, known), *(_theirs(section, paper) for paper in papers)]


def _ours(section: Section, known: Sequence[str]) -> Sheet:
    every = [line for made in section.made for line in made.lines]
    printed = dict.fromkeys(
        f"{cell.source}: {note}" for line in every for cell in line.printed for note in cell.notes
    )
    return Sheet(
        f"{section.name}: our runs",
        HEAD,
        tuple(map(_row, every)),
        (*notes(section, known), *printed),
        left=2,
    )


def _row(line: Line) -> tuple[str, ...]:
    low_high = f"{line.interval[0]:.1f} to {line.interval[1]:.1f}" if line.interval else NONE
    return (
        line.method,
        line.name,
        str(line.n),
        str(line.failed),
        f"{line.score:.2f}",
        low_high,
        NONE if line.published is None else f"{line.published:.2f}",
        NONE if line.difference is None else f"{line.difference:+.2f}",
    )


def _cells(section: Section, paper: Table) -> list[Cell]:
    every = cells(section.benchmark, section.context)
    return [cell for cell in every if cell.table == paper.number]


def _theirs(section: Section, paper: Table) -> Sheet:
    """The paper's rows; a figure with a note bears its number."""
    kept = _cells(section, paper)
    texts = list(dict.fromkeys(note for cell in kept for note in cell.notes))
    rows: dict[str, list[str]] = {}
    for cell in kept:
        shown = NONE if cell.value is None else f"{cell.value:.{paper.decimals}f}"
        marks = ",".join(str(texts.index(note) + 1) for note in cell.notes)
        rows.setdefault(cell.row.label, []).append(f"{shown} [{marks}]" if marks else shown)
    return Sheet(
        f"{section.name}: {SOURCE}, Table {paper.number}",
        ("published row", *dict.fromkeys(cell.column.name for cell in kept)),
        tuple((label, *shown) for label, shown in rows.items()),
        tuple(f"[{number}] {text}" for number, text in enumerate(texts, 1)),
    )
