"""The published scorers, faults and all."""

from __future__ import annotations

from pathlib import Path

import pytest
from eval.made import write_persona_mme, write_personamem

from eval.benchmarks import persona_mme, personamem
from eval.case import Answer, Case
from eval.scoring import official
from eval.scoring.score import failed, judged


@pytest.fixture
def mme(tmp_path: Path) -> Case:
    """Its right letter is c."""
    return persona_mme.read(write_persona_mme(tmp_path), "32k")[0]


@pytest.fixture
def mem(tmp_path: Path) -> Case:
    """Its right letter is c."""
    return personamem.read(write_personamem(tmp_path), "32k")[2]


@pytest.mark.parametrize(
    ("reply", "read", "right"),
    [
        ("(c)", "c", True),
        ("c", "c", True),
        ("(C). Water", "c", True),
        ("c) Water", "c", True),
        ("It is generic", "c", True),  # a fault: the last character of all
        ("Yes, you did", "d", False),
        ("The answer is c.", "", False),
        ("Answer: c.", "", False),
        ("(a) is wrong, so (c)", "a", False),
        ("I think (since it rained) it is (c)", "d", False),
        (")", "", False),  # theirs fails here
        ("", "", False),
    ],
)
def test_persona_mme(mme: Case, reply: str, read: str, right: bool) -> None:
    assert official.persona_mme(mme, reply) == (read, right)


@pytest.mark.parametrize(
    ("reply", "read", "right"),
    [
        ("<final_answer>(c)</final_answer>", "c", True),
        ("(a) and (b) are off. <final_answer> (C)", "c", True),
        ("<final_answer>(a) <final_answer>(c)", "c", True),
        ("c", "c", True),
        ("The answer is C.", "c", True),
        ("(b) or (c)", "bc", False),
        ("It is a drink", "a", False),  # a fault: an article
        ("(c) <final_answer>none of these", "c", True),  # a fault: the second chance
        ("<final_answer>(b)", "b", False),
        ("", "", False),
    ],
)
def test_personamem(mem: Case, reply: str, read: str, right: bool) -> None:
    assert official.personamem(mem, reply) == (read, right)


def test_both_scorers_judge_a_reply(mme: Case) -> None:
    record = judged(mme, Answer("(a) is wrong, so (c)"))
    assert record.official is not None
    assert (record.official.read, record.official.correct) == ("a", False)
    assert (record.robust.read, record.robust.correct) == ("c", True)
    assert record.main is record.official


def test_what_failed_is_wrong_to_both_and_has_its_reason(mme: Case) -> None:
    record = failed(mme, "out of memory")
    assert record.official is not None
    assert not record.official.correct
    assert not record.robust.correct
    assert record.failed == "out of memory"
