"""Two orders made one verdict, shares with their intervals, and the agreement of judges."""

from __future__ import annotations

from itertools import product

import pytest

from eval.open.judge import Outcome
from eval.open.summary import agreement, summary
from eval.open.verdicts import ONE_FAILED, Decided, Shown, Verdict, decided

W, T, L = Outcome.WINS, Outcome.TIES, Outcome.LOSES


def both(ours_first: Outcome | None, theirs_first: Outcome | None) -> Decided:
    verdicts = [
        Verdict("1", "p", "sha", Shown.OURS, ours_first, "" if ours_first else "babble"),
        Verdict("1", "p", "sha", Shown.THEIRS, theirs_first, "" if theirs_first else "silence"),
    ]
    [one] = decided(verdicts)
    assert [one] == decided(verdicts[::-1])
    return one


def test_orders_that_agree_are_the_verdict_and_others_are_swapped_ties() -> None:
    for first, second in product(Outcome, Outcome):
        one = both(first, second)
        assert one.outcome is (first if first is second else T)
        assert one.swapped == (first is not second)
    assert (both(W, L).favoured, both(L, W).favoured, both(W, T).favoured) == ("A", "B", "")


def test_without_one_of_the_orders_there_is_no_verdict() -> None:
    assert [both(None, W).outcome, both(T, None).outcome] == [None, None]
    assert [both(None, W).reason, both(T, None).reason] == ["babble", "silence"]
    assert decided([Verdict("1", "p", "sha", Shown.OURS, W, "")]) == [], "not judged yet"


def questions(*outcomes: Outcome | None, people: int = 2) -> list[Decided]:
    return [
        Decided(str(place), str(place % people), "sha", outcome)
        for place, outcome in enumerate(outcomes)
    ]


def test_shares_are_of_the_questions_with_a_verdict() -> None:
    found = summary(questions(W, W, W, T, L, None, None))
    assert found is not None
    assert (found.n, found.unjudged) == (5, 2)
    assert (found.wins.value, found.ties.value, found.loses.value) == (60, 20, 20)
    assert summary(questions(None)) is None


def test_intervals_draw_whole_persons() -> None:
    """Two persons, one with wins alone and one with losses: a resample is 0, 50 or 100."""
    found = summary(questions(*[W, L] * 20))
    assert found is not None
    assert found.wins.interval == (0, 100)
    many = summary(questions(*[W, L] * 20, people=40))
    assert many is not None
    low, high = many.wins.interval or (0, 0)
    assert 30 < low < 40
    assert 60 < high < 70
    one = summary(questions(W, L, people=1))
    assert one is not None
    assert one.wins.interval is None


def test_kappa_is_what_is_left_of_agreement_without_chance() -> None:
    """By hand: 50 cases, 35 the same; 25 and 30 say `wins`: (0.7 - 0.5) / (1 - 0.5)."""
    pairs = [(W, W)] * 20 + [(W, L)] * 5 + [(L, W)] * 10 + [(L, L)] * 15
    a, b = (questions(*column) for column in zip(*pairs, strict=True))
    found = agreement("a", a, "b", b)
    assert found is not None
    assert (found.n, found.same) == (50, 70)
    assert found.kappa == pytest.approx(0.4)


def test_agreement_is_over_what_both_judged_themselves() -> None:
    a, b = questions(W, L, None, T, W), questions(W, W, W, None)
    b.append(Decided("4", "0", "of another reply", W))
    b[1] = Decided("1", "1", "sha", L, reason=ONE_FAILED)
    a[1] = Decided("1", "1", "sha", L, reason=ONE_FAILED)
    found = agreement("a", a, "b", b)
    assert found is not None
    assert (found.n, found.same, found.kappa) == (1, 100, None)
    assert agreement("a", questions(None), "b", questions(W)) is None
