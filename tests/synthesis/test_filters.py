"""The rules: each is broken once, and says so."""

from dataclasses import replace
from datetime import timedelta

import pytest

from personavlm.synthesis.filters import FEW, Rules
from personavlm.synthesis.life import Life, Question


def with_turn(life: Life, place: int, **changes) -> Life:
    sessions = tuple(
        tuple(replace(t, **changes) if t.number == place else t for t in session)
        for session in life.sessions
    )
    return replace(life, sessions=sessions)


def asking(life: Life, **changes) -> Life:
    return replace(life, questions=(replace(life.questions[0], **changes),))


def rejected(life: Life) -> list[tuple[str, str, str]]:
    rules = Rules()
    rules.check(life)
    return [(each.what, each.rule, each.reason) for each in rules.rejections]


def test_what_the_simulator_writes_keeps_all_rules(train, test):
    rules = Rules()
    for life in [*train[:12], *test[:6]]:
        checked = rules.check(life)
        assert checked is not None and checked.life == life
        assert checked.targets and checked.trajectories
    assert rules.rejections == []
    assert rules.seen["life"] == 18 and rules.seen["target"] > 1000


def test_a_life_out_of_order_is_left_out_whole(train):
    life = train[0]
    early = life.turns[3].time - timedelta(days=1)
    rules = Rules()
    assert rules.check(with_turn(life, 4, time=early)) is None
    assert {each.rule for each in rules.rejections} == {"times are in order"}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"number": 99}, "turns are complete"),
        ({"text": " "}, "texts are plain"),
        ({"text": "See <image> here"}, "texts are plain"),
        ({"reply": "<answer>x</answer>"}, "texts are plain"),
    ],
)
def test_a_turn_that_breaks_a_rule_takes_its_life_along(train, changes, rule):
    assert rule in {found[1] for found in rejected(with_turn(train[0], 2, **changes))}


def test_sessions_need_a_gap_between_them_and_none_within(train):
    life = train[0]
    first, second, *rest = life.sessions
    joined = replace(life, sessions=((*first, *second), *rest))
    assert "a session of its own" in rejected(joined)[0][2]
    split = replace(life, sessions=(first[:1], first[1:], second, *rest))
    assert "follows too soon" in rejected(split)[0][2]
    longer = replace(life, size=len(life.turns) - 1)
    assert "at most" in rejected(longer)[0][2]


def gives_away(question: Question) -> str:
    return f"Is it {question.answer.lower()}, or what is it?"


@pytest.mark.parametrize(
    ("changes", "rule", "reason"),
    [
        (lambda q: {"evidence": ()}, "evidence exists", "no turn"),
        (lambda q: {"evidence": (9999,)}, "evidence exists", "there is no turn 9999"),
        (lambda q: {"time": q.time - timedelta(days=400)}, "evidence exists", "after the question"),
        (lambda q: {"gold": 4}, "options are sound", "none of the options"),
        (lambda q: {"options": (q.answer,) * 4}, "options are sound", "twice"),
        (lambda q: {"text": gives_away(q)}, "the answer is not in the question", "holds"),
    ],
)
def test_a_question_that_breaks_a_rule_is_left_out(train, changes, rule, reason):
    life = train[0]
    changed = asking(life, **changes(life.questions[0]))
    [(what, broken, why)] = rejected(changed)
    assert (what, broken) == ("question", rule)
    assert reason in why


def test_the_key_may_not_share_its_length(train):
    life = train[0]
    changed = asking(life, options=("one", "two", "eleven", "fourteen"), gold=0)
    [(_, rule, reason)] = rejected(changed)
    assert rule == "options are sound" and "shares its length" in reason


def test_keys_stay_even(train):
    """Of many questions with one and the same key only so many get through."""
    life = train[0]
    question = replace(life.questions[0], gold=0, options=("x", "yy", "zzz", "qqqq"))
    rules = Rules()
    checked = rules.check(replace(life, questions=(question,) * 40))
    assert checked is not None
    assert len(checked.life.questions) <= 2 * FEW
    assert {each.rule for each in rules.rejections} == {"options are balanced"}
    assert "too often" in rules.rejections[-1].reason
    for place in range(4):  # and a fair mix gets through
        options = ("x", "yy", "zzz", "qqqq")
        fair = replace(question, gold=place, options=options[place:] + options[:place])
        assert Rules().check(replace(life, questions=(fair,))).life.questions
