"""A table as data, and the three ways it is written: Markdown, LaTeX and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

ESCAPED = str.maketrans({
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. left: how many columns, from the first, are words; the others are numbers."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    left: int = 1


def markdown(sheets: Sequence[Sheet]) -> str:
    return "\n\n".join(map(_markdown, sheets)) + "\n"


def _markdown(sheet: Sheet) -> str:
    aligned = ["---"] * sheet.left + ["---:"] * (len(sheet.head) - sheet.left)
    lines = [sheet.head, tuple(aligned), *(tuple(map(_piped, row)) for row in sheet.rows)]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    notes = "".join(f"\n- {note}" for note in sheet.notes)
    return f"## {sheet.title}\n\n{table}" + (f"\n{notes}" if notes else "")


def _piped(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


def latex(sheets: Sequence[Sheet]) -> str:
    """Tables for a document that loads booktabs."""
    return "\n\n".join(map(_latex, sheets)) + "\n"


def _latex(sheet: Sheet) -> str:
    columns = "l" * sheet.left + "r" * (len(sheet.head) - sheet.left)
    rows = [" & ".join(map(_escaped, row)) + r" \\" for row in sheet.rows]
    notes = [rf"\par\footnotesize {_escaped(note)}" for note in sheet.notes]
    return "\n".join([
        r"\begin{table}", r"\centering", rf"\caption{{{_escaped(sheet.title)}}}",
        rf"\begin{{tabular}}{{{columns}}}", r"\toprule",
        " & ".join(map(_escaped, sheet.head)) + r" \\", r"\midrule", *rows, r"\bottomrule",
        r"\end{tabular}", *notes, r"\end{table}",
    ])  # fmt: skip


def _escaped(text: str) -> str:
    return text.translate(ESCAPED)


def comma_separated(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """CSV; what is missing is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return buffer.getvalue()
