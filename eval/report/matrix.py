"""The tables of the page: a row a method and, below it, what the paper prints for that method."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.published.lookup import TABLES, cells
from eval.published.table import SOURCE, Cell
from eval.report.lines import Line
from eval.report.sections import Made, Section, columns

DECIMALS = {table.number: table.decimals for table in TABLES}


@dataclass(frozen=True, slots=True)
class Ours:
    """A figure of a run. robust: by our scorer, where that reads replies otherwise."""

    line: Line
    robust: Line | None


@dataclass(frozen=True, slots=True)
class Theirs:
    """What the paper has for one figure: each different value once; marks: numbers of notes."""

    values: tuple[str, ...]
    source: str
    marks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PaperRow:
    """Rows of the paper that are about one method. cells: None where nothing was published."""

    label: str
    tables: tuple[str, ...]
    cells: tuple[Theirs | None, ...]


@dataclass(frozen=True, slots=True)
class OurRow:
    """A run. cells: None where it has no case of the group."""

    made: Made
    cells: tuple[Ours | None, ...]
    paper: PaperRow | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """One table. sizes: n of each group, where all runs have the same. left: rows not run here."""

    title: str
    groups: tuple[str, ...]
    sizes: tuple[int | None, ...]
    rows: tuple[OurRow, ...]
    left: tuple[PaperRow, ...]


def matrices(section: Section) -> tuple[list[Matrix], list[str]]:
    """The main table and the one of finer groups, and the notes that their marks number."""
    notes: list[str] = []
    made = [
        _matrix(section, title, groups, notes)
        for title, groups in zip(("Accuracy", "In finer groups"), columns(section), strict=True)
        if groups
    ]
    return made, notes


def _matrix(section: Section, title: str, groups: Sequence[str], notes: list[str]) -> Matrix:
    every = list(cells(section.benchmark, section.context))
    rows = tuple(_row(made, groups, every, notes) for made in section.made)
    used = {label for made in section.made for label in made.run.manifest.published}
    labels = dict.fromkeys(cell.row.label for cell in every if cell.row.label not in used)
    left = [_paper_row((label,), groups, every, notes) for label in labels]
    sizes = tuple(_size(row.cells[place] for row in rows) for place in range(len(groups)))
    return Matrix(title, tuple(groups), sizes, rows, tuple(row for row in left if row))


def _size(column: Iterable[Ours | None]) -> int | None:
    sizes = {cell.line.n for cell in column if cell}
    return sizes.pop() if len(sizes) == 1 else None


def _row(made: Made, groups: Sequence[str], every: Sequence[Cell], notes: list[str]) -> OurRow:
    main = {line.group: line for line in made.lines if not line.robust}
    robust = {line.group: line for line in made.lines if line.robust}
    own = tuple(Ours(main[name], robust.get(name)) if name in main else None for name in groups)
    return OurRow(made, own, _paper_row(made.run.manifest.published, groups, every, notes))


def _paper_row(
    labels: Sequence[str], groups: Sequence[str], every: Sequence[Cell], notes: list[str]
) -> PaperRow | None:
    """None where the paper has nothing for any of the groups."""
    printed = [
        [
            cell
            for cell in every
            if cell.row.label in labels and cell.column.group == group and cell.value is not None
        ]
        for group in groups
    ]
    there = [cell for several in printed for cell in several]
    if not there:
        return None
    names = dict.fromkeys(cell.row.label for cell in there)
    tables = dict.fromkeys(cell.table for cell in there)
    return PaperRow(
        " / ".join(names), tuple(tables), tuple(_theirs(several, notes) for several in printed)
    )


def _theirs(printed: Sequence[Cell], notes: list[str]) -> Theirs | None:
    if not printed:
        return None
    values = dict.fromkeys(f"{cell.value:.{DECIMALS[cell.table]}f}" for cell in printed)
    marks = []
    for cell in printed:
        for text in cell.notes:
            told = f"{cell.source.removeprefix(f'{SOURCE}, ')}: {text}"
            if told not in notes:
                notes.append(told)
            marks.append(notes.index(told) + 1)
    return Theirs(tuple(values), "; ".join(cell.source for cell in printed), tuple(marks))
