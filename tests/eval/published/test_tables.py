"""The published tables: whole, and marked wherever the paper contradicts itself."""

from __future__ import annotations

import math
from itertools import combinations

import pytest

from eval.benchmarks.persona_mme import ASPECTS, TASKS
from eval.case import Benchmark
from eval.published.lookup import TABLES, cells, published
from eval.published.sizes import SIZES
from eval.published.table import Cell, Column, Note, Row, Table
from eval.published.table2 import TABLE_2
from eval.scoring.groups import OVERALL

CELLS = [cell for table in TABLES for cell in table.cells()]
ACCURACIES = [
    cell
    for cell in CELLS
    if cell.value is not None and cell.column.benchmark and cell.table in ("1", "2", "4", "8")
]


def counted(cell: Cell) -> bool:
    """Whether a figure is the rounded share of some whole number of right answers."""
    assert cell.value is not None
    assert cell.column.benchmark is not None
    n = SIZES[cell.column.benchmark, cell.context][cell.column.group]
    near = cell.value * n / 100
    return any(round(100 * k / n, 2) == cell.value for k in (math.floor(near), math.ceil(near)))


def test_every_table_is_there() -> None:
    sizes = {t.number: (len(t.rows), len(t.columns)) for t in TABLES}
    assert sizes == {
        "1": (16, 8), "2": (7, 6), "4": (13, 15), "8": (12, 7), "9": (2, 4), "11": (3, 2)
    }  # fmt: skip


def test_what_the_paper_leaves_out_is_missing_not_zero() -> None:
    empty = [(c.table, c.row.model, c.column.name) for c in CELLS if c.value is None]
    assert empty == [("2", "Few-Shot", "PA 32k"), ("2", "Few-Shot", "PA 128k")]
    assert published(Benchmark.PERSONA_MME, "32k", "Alignment", "Few-Shot") == []


def test_figures_that_are_no_counts_are_marked() -> None:
    """Of the sizes that the open models' rows fit. The mean of axes is no count of anything."""
    odd = [cell for cell in ACCURACIES if cell.column.group != OVERALL and not counted(cell)]
    assert len(odd) > 50
    assert [cell.source for cell in odd if not cell.notes] == []


def test_what_is_marked_as_no_count_is_none() -> None:
    for table in TABLES:
        for note in (
            n for n in table.notes if "whole number" in n.text or n.text.startswith("Cut")
        ):
            marked = [
                cell for cell in ACCURACIES
                if cell.table == table.number and note.text in cell.notes
                and cell.column.group != OVERALL
            ]  # fmt: skip
            assert marked, note
            assert not all(map(counted, marked)), note


def test_the_sizes_are_the_only_ones_near() -> None:
    """One question more or less in any column, and the open models' rows fit no longer."""
    for (benchmark, context), sizes in SIZES.items():
        if benchmark is not Benchmark.PERSONA_MME:
            continue
        for group in (*ASPECTS.values(), *(task for task, _ in TASKS.values())):
            if group not in sizes:
                continue
            values = [
                cell.value
                for cell in cells(benchmark, context)
                if cell.column.group == group and not cell.notes and cell.value is not None
            ]
            fitting = [
                n
                for n in range(sizes[group] - 3, sizes[group] + 4)
                if all(round(100 * round(v * n / 100) / n, 2) == v for v in values)
            ]
            assert fitting == [sizes[group]], (context, group)


def test_two_tables_that_print_one_cell_differently_say_so() -> None:
    """For models whose name and setting are the same in both."""
    same = {"PersonaVLM-RL": "PersonaVLM"}
    compared = 0
    for one, other in combinations([c for c in CELLS if c.value is not None], 2):
        about = [(c.column.benchmark, c.context, c.column.group, same.get(c.row.model, c.row.model))
                 for c in (one, other)]  # fmt: skip
        if one.table == other.table or about[0] != about[1]:
            continue
        compared += 1
        assert one.value is not None and other.value is not None
        unit = 0.05 if "9" in (one.table, other.table) else 0.005
        if abs(one.value - other.value) > unit + 0.0051:
            assert one.notes or other.notes, (one.source, other.source)
    assert compared > 20


def test_the_alignment_cells_that_tables_2_and_4_print_differently() -> None:
    differing = {}
    for model in ("Qwen2.5-VL-7B", "InternVL3-8B", "InternVL3-38B", "Qwen3-30B-A3B", "PersonaVLM"):
        two, four = published(Benchmark.PERSONA_MME, "128k", "Alignment", model)
        assert (two.table, four.table) == ("2", "4")
        if two.value != four.value:
            differing[model] = (two.value, four.value)
            assert any(f"{four.value:.2f}" in note for note in two.notes)
            assert any(f"{two.value:.2f}" in note for note in four.notes)
    assert len(differing) == 4


def test_overalls_that_are_not_the_mean_of_their_axes_are_marked() -> None:
    for row in TABLE_2.rows:
        *_, expertise, informativeness, style, overall = row.cells
        assert None not in (expertise, informativeness, style, overall)
        mean = (expertise + informativeness + style) / 3  # type: ignore[operator]
        notes = [n.text for n in TABLE_2.notes if n.model == row.model and "mean" in n.text]
        assert bool(notes) == (abs(mean - overall) > 0.011), row.model  # type: ignore[operator]
        assert all(f"{mean:.2f}" in text for text in notes)


def test_slips_of_the_text_are_said_at_the_cell() -> None:
    def notes(table: str, model: str, column: str) -> str:
        return " ".join(
            note for cell in CELLS for note in cell.notes
            if (cell.table, cell.row.model, cell.column.name) == (table, model, column)
        )  # fmt: skip

    assert "9.2" in notes("9", "w/o PEM", "Style")
    assert round(44.0 - 38.3, 1) == 5.7
    assert "4.02" in notes("11", "w/o Reasoning", "Seconds")
    assert round(8.4 / 2.09, 2) == 4.02
    assert "9.40" in notes("1", "PersonaVLM-RL", "PERSONAMEM")
    assert round(47.28 - 37.88, 2) == 9.40
    assert "39.04" in notes("1", "GPT-4o", "PERSONAMEM")


def test_a_cell_names_its_source() -> None:
    [cell] = published(Benchmark.PERSONA_MME, "128k", "VDR", "Random")
    assert cell.source == "PersonaVLM, arXiv 2604.13074, Table 4: 128k, Random; VDR"
    assert published(Benchmark.PERSONA_MME, "128k", "VDR") == []


def test_a_row_has_a_cell_a_column() -> None:
    column = Column("x", None, "x")
    with pytest.raises(ValueError, match="Table 0, m: 2 cells"):
        Table("0", "t", (column,), (Row("", "", "m", (1.0, 2.0)),))


def test_which_cells_a_note_marks() -> None:
    row, column = Row("32k", "RAG", "m", (1.0,)), Column("x", None, "x")
    assert Note("n").marks(row, column)
    assert Note("n", "32k", "m", "x").marks(row, column)
    for other in (Note("n", "128k"), Note("n", model="k"), Note("n", column="y")):
        assert not other.marks(row, column)
