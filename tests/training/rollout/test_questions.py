"""The rows of an RL file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from training.rollout.rl_folder import DOG, USER, row, write_folder

from personavlm.errors import BadInput
from personavlm.training.rollout.questions import Question, read_questions


def test_a_question(tmp_path: Path) -> None:
    [found] = read_questions(write_folder(tmp_path, [row()]))
    assert found == Question(USER, DOG, datetime(2026, 3, 20, 10, tzinfo=UTC), "(a)", (0,))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"time": "soon"}, "line 2: 'soon' is no time"),
        ({"query": ""}, "line 2: query: "),
        ({"solution": 3}, "line 2: solution: "),
        ({"images": ["1.png"]}, "line 2: questions that come with a picture"),
    ],
)
def test_a_bad_row_says_which_and_why(tmp_path: Path, change: dict[str, Any], why: str) -> None:
    file = write_folder(tmp_path, [row(), row(**change)])
    with pytest.raises(BadInput, match=why):
        list(read_questions(file))


def test_no_file_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        list(read_questions(tmp_path / "none.jsonl"))
    with pytest.raises(BadInput, match="has no questions"):
        list(read_questions(write_folder(tmp_path, [])))
