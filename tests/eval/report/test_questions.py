"""The questions beside a run: kept whole, read back, and missed by nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
from eval.report.written import first, people, write_run

from eval.report.questions import QUESTIONS, keep_questions, questions
from personavlm.errors import BadInput


def test_they_are_read_back_as_they_were_asked(tmp_path: Path) -> None:
    cases = people(tmp_path / "data")
    keep_questions(tmp_path, cases)
    kept = questions(tmp_path)
    assert list(kept) == [case.id for case in cases]
    for case in cases:
        one = kept[case.id]
        assert (one.question, one.options, one.time) == (case.question, case.options, case.time)


def test_written_again_they_are_the_same_bytes(tmp_path: Path) -> None:
    cases = people(tmp_path / "data")
    folder = write_run(tmp_path, cases, "first", first)
    before = (folder / QUESTIONS).read_bytes()
    keep_questions(folder, cases)
    assert (folder / QUESTIONS).read_bytes() == before


def test_a_run_without_them_has_none_and_a_damaged_file_is_named(tmp_path: Path) -> None:
    assert questions(tmp_path) == {}
    (tmp_path / QUESTIONS).write_text('{"case": "1"}\n')
    with pytest.raises(BadInput, match=r"questions\.jsonl, line 1, is damaged"):
        questions(tmp_path)
