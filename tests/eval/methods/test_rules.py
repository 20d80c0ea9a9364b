"""Rules that need no model, and predictions from a file."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from eval.made import write_p_soups, write_personamem

from eval.benchmarks import p_soups, personamem
from eval.case import Benchmark, Case
from eval.methods.choose import choose, usual
from eval.methods.leaks import FIRST, LONGEST, PROFILE, SHORTEST, at_random
from eval.methods.predictions import predictions
from personavlm.errors import BadInput


@pytest.fixture
def case(tmp_path: Path) -> Case:
    options = {"a": "four", "b": "no", "c": "equal", "d": "right"}
    return replace(personamem.read(write_personamem(tmp_path), "32k")[0], options=options)


def test_rules_by_length_take_the_first_of_equals(case: Case) -> None:
    assert FIRST.answer(case).reply == "(a)"
    assert LONGEST.answer(case).reply == "(c)"
    assert SHORTEST.answer(case).reply == "(b)"
    assert LONGEST.answer(case).usage is None
    assert LONGEST.calls([case]) == 0


def test_chance_depends_on_seed_and_case_alone(case: Case) -> None:
    cases = [replace(case, id=str(number)) for number in range(2000)]
    replies = [at_random(7).answer(one).reply for one in cases]
    assert replies[::-1] == [at_random(7).answer(one).reply for one in cases[::-1]]
    assert replies != [at_random(8).answer(one).reply for one in cases]
    assert all(420 < count < 580 for count in Counter(replies).values())
    assert set(replies) == {"(a)", "(b)", "(c)", "(d)"}


@pytest.mark.parametrize(
    ("profile", "picked"),
    [
        ("High Openness, Low Agreeableness", "b"),
        ("Low Openness, Likes art", "a"),
        ("Likes art, low conscientiousness ", "a"),
        ("Dislikes people of Low Openness", "b"),
    ],
)
def test_the_profile_rule(tmp_path: Path, profile: str, picked: str) -> None:
    case = p_soups.read(write_p_soups(tmp_path))[0]
    case = replace(case, profile=profile, options={"a": "short", "b": "long one"})
    assert PROFILE.answer(case).reply == f"({picked})"


def test_methods_by_name(tmp_path: Path) -> None:
    def names(asked: list[str], benchmark: Benchmark = Benchmark.P_SOUPS) -> list[str]:
        return [method.name for method in choose(asked, benchmark, 0, None)]

    assert names(["longer", "longest", "shorter"]) == ["longest", "shortest"]
    assert names([]) == list(usual(Benchmark.P_SOUPS))
    assert "profile" not in names([], Benchmark.PERSONAMEM)
    with pytest.raises(BadInput, match="profile reads the profiles of p-soups"):
        names(["profile"], Benchmark.PERSONAMEM)
    with pytest.raises(BadInput, match="go together"):
        names(["predictions"])
    with pytest.raises(BadInput, match="go together"):
        choose(["first"], Benchmark.P_SOUPS, 0, tmp_path / "some.csv")


def test_predictions_of_either_kind(tmp_path: Path, case: Case) -> None:
    table = tmp_path / "gpt.csv"
    table.write_text('question_id,answer,p,r\nq0,a,"(b), I\nthink",\n')
    assert predictions(table).name == "predictions gpt"
    assert predictions(table).answer(case).reply == "(b), I\nthink", "not the answer column"
    lines = tmp_path / "own.jsonl"
    rows = [{"id": "q0", "prediction": "c\u2028"}, {"id": "q1", "reply": "", "failed": "timeout"}]
    lines.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n", "utf-8")
    assert predictions(lines).answer(case).reply == "c\u2028"
    with pytest.raises(BadInput, match="has none for this case"):
        predictions(lines).answer(replace(case, id="q1"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"id": "a"}', "row 1 has no reply, prediction or p"),
        ('{"reply": "a"}', "row 1 has no case, question_id or id"),
        ('{"id": "a", "p": 1}', "row 1: p is not text"),
        ('{"id": "a", "p": "b"}\n{"id": "a", "p": "c"}', "row 2: a second prediction for case a"),
        ('{"id": "a"', "line 1 is not JSON"),
        ("[]", "row 1 has no case"),
    ],
)
def test_damaged_predictions(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"p\.jsonl") as told:
        predictions(path)
    assert reason in str(told.value)
    with pytest.raises(BadInput, match="cannot be read"):
        predictions(tmp_path / "absent.csv")
