"""The published comparison, and that it is held against nothing else."""

from __future__ import annotations

import pytest

from eval.published.figure5 import FIGURE_5, QUESTIONS, versus


@pytest.mark.parametrize("one", FIGURE_5)
def test_every_figure_is_a_whole_number_of_questions(one: object) -> None:
    known = [value for value in (one.wins, one.ties, one.loses) if value is not None]
    assert all((value * QUESTIONS / 100).is_integer() for value in known)
    assert sum(known) == (100 if len(known) == 3 else 92.5)


def test_what_cannot_be_told_is_left_empty_and_said() -> None:
    qwen = versus("Qwen2.5-VL-7B (full context)", "Qwen2.5-VL-7B")
    assert qwen is not None
    assert (qwen.ties, qwen.loses) == (None, None)
    assert "2.5 and 5.0" in qwen.note
    assert all(one.note for one in FIGURE_5)


def test_a_comparison_that_is_not_published_has_no_figures() -> None:
    assert versus() is None
    assert versus("InternVL3-38B", "Qwen2.5-VL-7B (RAG)") is None
