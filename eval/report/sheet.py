"""A table as data, and the three ways it is written: Markdown, LaTeX and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

# Brackets and stars too: after the end of a row LaTeX would take them for its arguments.
ESCAPED = str.maketrans({
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "[": "{[}", "]": "{]}",
    "*": "{*}", '"': r"\textquotedbl{}",
})  # fmt: skip
PREAMBLE = r"% Needs \usepackage[T1]{fontenc}, \usepackage{booktabs} and \usepackage{longtable}."
MARKUP = str.maketrans({"|": r"\|", "<": "&lt;", "*": r"\*", "`": r"\`"})


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
    lines = [sheet.head, tuple(aligned), *(tuple(map(_marked, row)) for row in sheet.rows)]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    notes = "".join(f"\n- {_marked(note)}" for note in sheet.notes)
    return f"## {sheet.title}\n\n{table}" + (f"\n{notes}" if notes else "")


def _marked(text: str) -> str:
    return _one_line(text).translate(MARKUP)


def latex(sheets: Sequence[Sheet]) -> str:
    """Tables that go on over pages, for a document that loads booktabs and longtable."""
    return "\n\n".join((PREAMBLE, *map(_latex, sheets))) + "\n"


def _latex(sheet: Sheet) -> str:
    columns = "l" * sheet.left + "r" * (len(sheet.head) - sheet.left)
    head = " & ".join(map(_escaped, sheet.head)) + r" \\"
    rows = [
        " & ".join((*map(_escaped, row[: sheet.left]), *map(_number, row[sheet.left :]))) + r" \\"
        for row in sheet.rows
    ]
    notes = [rf"\par\noindent{{\footnotesize {_escaped(note)}\par}}" for note in sheet.notes]
    return "\n".join([
        rf"\begin{{longtable}}{{{columns}}}", rf"\caption{{{_escaped(sheet.title)}}} \\",
        r"\toprule", head, r"\midrule", r"\endfirsthead", r"\toprule", head, r"\midrule",
        r"\endhead", r"\bottomrule", r"\endlastfoot", *rows, r"\end{longtable}", *notes,
    ])  # fmt: skip


def _number(text: str) -> str:
    """With a minus where it would be a hyphen."""
    negative = text.startswith("-") and text != "-"
    return "$-$" + _escaped(text[1:]) if negative else _escaped(text)


def _escaped(text: str) -> str:
    return _one_line(text).translate(ESCAPED)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def comma_separated(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """CSV; what is missing is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return buffer.getvalue()
