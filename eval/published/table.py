"""The shape of a published table: cells as printed, what each column measures, and what is off.

A cell that the paper leaves empty is None. A note marks a cell, a row or a column that contradicts
the paper itself, or that cannot be compared as it stands; the reports show it with the figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eval.case import Benchmark

SOURCE = "PersonaVLM, arXiv 2604.13074"

# What notes of several tables say.
NOT_ALL = (
    "The row's percentages are no whole numbers of the questions that the other rows fit, so it "
    "was scored on some of them only; the paper does not say so."
)
CUT = "Cut at the second decimal where other cells are rounded: {} of {} is {}."


@dataclass(frozen=True, slots=True)
class Column:
    """What a column measures. context: where it is always the same one; None if the row has it.

    benchmark: None for what is no accuracy (tokens, seconds).
    """

    name: str
    benchmark: Benchmark | None
    group: str
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line. setting: how the history was given (`full context`, `RAG`), where that is said."""

    context: str
    setting: str
    model: str
    cells: tuple[float | None, ...]

    @property
    def label(self) -> str:
        return f"{self.model} ({self.setting})" if self.setting else self.model


@dataclass(frozen=True, slots=True)
class Note:
    """What is off. Empty context, model or column: it holds for all of them.

    model: or a row's label, where one model has two rows.
    """

    text: str
    context: str = ""
    model: str = ""
    column: str = ""

    def marks(self, row: Row, column: Column) -> bool:
        return (
            self.context in ("", row.context)
            and self.model in ("", row.model, row.label)
            and self.column in ("", column.name)
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure, and where it is from. value: None where the paper has none."""

    table: str
    row: Row
    column: Column
    value: float | None
    notes: tuple[str, ...]

    @property
    def context(self) -> str:
        return self.row.context if self.column.context is None else self.column.context

    @property
    def source(self) -> str:
        where = ", ".join(filter(None, (self.row.context, self.row.label)))
        return f"{SOURCE}, Table {self.table}: {where}; {self.column.name}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the paper. decimals: how many its figures are printed with."""

    number: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[Note, ...] = ()
    decimals: int = 2

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise ValueError(f"Table {self.number}, {row.label}: {len(row.cells)} cells")

    def cells(self) -> Iterator[Cell]:
        for row in self.rows:
            for column, value in zip(self.columns, row.cells, strict=True):
                notes = tuple(note.text for note in self.notes if note.marks(row, column))
                yield Cell(self.number, row, column, value, notes)
