"""What the paper prints for a figure of ours."""

from __future__ import annotations

from collections.abc import Iterator

from eval.case import Benchmark
from eval.published.ablations import TABLE_8, TABLE_9
from eval.published.efficiency import TABLE_11
from eval.published.table import Cell
from eval.published.table1 import TABLE_1
from eval.published.table2 import TABLE_2
from eval.published.table4 import TABLE_4

TABLES = (TABLE_1, TABLE_2, TABLE_4, TABLE_8, TABLE_9, TABLE_11)


def cells(benchmark: Benchmark, context: str) -> Iterator[Cell]:
    """Every cell about a benchmark at a context length, table by table, those left empty too."""
    for table in TABLES:
        for cell in table.cells():
            if (cell.column.benchmark, cell.context) == (benchmark, context):
                yield cell


def published(benchmark: Benchmark, context: str, group: str, *labels: str) -> list[Cell]:
    """What the paper prints for one figure of a row of its: often nothing, sometimes twice.

    labels: what its tables call the row, which is not the same in all of them.
    """
    return [
        cell
        for cell in cells(benchmark, context)
        if cell.row.label in labels and cell.column.group == group and cell.value is not None
    ]
