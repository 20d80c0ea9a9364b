"""Tables as Markdown, LaTeX and CSV: what is in them comes out as it went in."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from eval.report.written import HOSTILE, example

from eval.report.sheet import Sheet, comma_separated, latex, markdown
from eval.report.write import report

NASTY = '50% of a_b & c^2 {x} ~ $5 #1 \\n <i> [1] * | "q"'


def sheet(*cells: str, notes: tuple[str, ...] = ()) -> Sheet:
    return Sheet("A title", ("name", "score"), (cells,), notes)


def test_latex_has_no_character_that_means_something() -> None:
    [row] = [line for line in latex([sheet(NASTY, "1")]).splitlines() if line.startswith("50")]
    assert row.endswith(r"\textquotedbl{} & 1 \\")
    bare = re.sub(r"\\text[a-z]+\{\}|\\[&%$#_{}]|\{[\[\]*]\}", "", row[: -len(r" & 1 \\")])
    assert bare == "50 of ab  c2 x  5 1 n i 1   q"


def test_a_row_of_latex_never_takes_the_next_for_an_argument() -> None:
    text = latex([Sheet("t", ("[a]", "*"), (("[b]", "1"), ("*c", "2")))])
    starts = [line[0] for line in text.splitlines() if line]
    assert "[" not in starts
    assert "*" not in starts


def test_latex_tables_are_whole_and_numbers_have_a_minus() -> None:
    text = latex([sheet("x", "-3.20"), sheet("y-z", "-", notes=("100%\nof them",))])
    for command in ("toprule", "bottomrule", "endhead"):
        assert text.count(f"\\{command}") >= 2
    assert text.count(r"\begin{longtable}{lr}") == text.count(r"\end{longtable}") == 2
    assert r"x & $-$3.20 \\" in text
    assert r"y-z & - \\" in text
    assert r"100\% of them" in text
    assert text.count("{") == text.count("}")


def test_markdown_keeps_its_columns() -> None:
    text = markdown([sheet("a|b\nc", "<b>1</b>", notes=("*all*",))])
    assert r"| a\|b c | &lt;b>1&lt;/b> |" in text
    assert r"- \*all\*" in text


def test_csv_is_read_back_as_it_was_written() -> None:
    rows = [("a,b", 'say "x"\ny', 1.5, None)]
    read = list(csv.reader(io.StringIO(comma_separated(("1", "2", "3", "4"), rows))))
    assert read == [["1", "2", "3", "4"], ["a,b", 'say "x"\ny', "1.5", ""]]


def test_ours_and_theirs_stand_in_every_table(tmp_path: Path) -> None:
    example(tmp_path)
    text = report(tmp_path, "Known to all.")
    assert text == (tmp_path / "tables.md").read_text("utf-8")
    assert "- Known to all." in text
    with (tmp_path / "tables.csv").open(newline="", encoding="utf-8") as file:
        rows = {(row["method"].split(" ")[0], row["group"]): row for row in csv.DictReader(file)}
    ours = rows["personavlm", "Overall without Alignment"]
    assert (ours["n"], ours["failed"], ours["published"]) == ("26", "1", "71.48")
    assert float(ours["score"]) == pytest.approx(100 * 24 / 26, abs=0.01)
    assert float(ours["difference"]) == pytest.approx(float(ours["score"]) - 71.48, abs=0.001)
    assert float(ours["low"]) <= float(ours["score"]) <= float(ours["high"])
    assert ours["source"].endswith("Table 1: 32k, PersonaVLM-RL (RAG); Overall")
    robust = rows["personavlm", "Overall without Alignment (robust scorer)"]
    assert float(robust["score"]) == pytest.approx(100 * 25 / 26, abs=0.01)
    assert rows["first", "Overall without Alignment"]["published"] == ""
    assert rows["full", "Memory"]["method"] == f"full {HOSTILE}"
    line = next(line for line in (tmp_path / "tables.tex").read_text().splitlines()
                if line.startswith("full ") and "& Memory &" in line)  # fmt: skip
    assert r"\textless{}/script\textgreater{}" in line
    assert line.count(" & ") == 7
