"""Measures of outcomes made by hand."""

from __future__ import annotations

import pytest

from eval.skills.ask import Asked, Noted, Outcome, Scored
from eval.skills.measures import Figure, figures, gains, words_alike

TRUTH = (5.0, 3.0, 3.0, 3.0, 1.0)


def asked(right: bool, *, searched: bool = True, formed: bool = True, found: int = 1) -> Asked:
    return Asked("SIR", True, ("...",), formed, True, searched, right, evidence=2, found=found)


def said(searched: bool, right: bool) -> Asked:
    return Asked("said before", False, ("...",), True, False, searched, right)


def noted(keep: bool, kept: bool, content: str = "") -> Noted:
    return Noted("...", True, keep, kept, content, "Maya has a corgi." if keep else "")


def scored(*inferred: int | None) -> Scored:
    return Scored("...", True, inferred, (5, 3, 3, 3, 1), TRUTH)


OUTCOMES = [
    Outcome(
        0,
        (asked(True), said(False, True)),
        (noted(True, True, "Maya has a corgi"), noted(False, True, "Rain.")),
        (scored(5, 3, 3, 3, 1), scored(5, 3, 3, 3, 1)),
    ),
    Outcome(
        1,
        (asked(False, searched=False, formed=False, found=0), said(True, False)),
        (noted(True, True, "Something else entirely"), noted(True, False)),
        (scored(None, 3, 3, 3, 3),),
    ),
]


def of(found: list[Figure], name: str) -> Figure:
    return next(figure for figure in found if figure.name == name)


@pytest.mark.parametrize(
    ("name", "value", "n"),
    [
        ("replies in form, all tasks", 100 * 10 / 11, 11),
        ("answers in form", 75.0, 4),
        ("search or not, decided rightly", 50.0, 4),
        ("evidence found by the searches", 25.0, 4),
        ("right answers, from memory", 50.0, 2),
        ("right answers, from the conversation before", 50.0, 2),
        ("note or not, decided rightly", 50.0, 4),
        ("notes kept that are right (precision)", 100 / 3, 3),
        ("notes to keep that are kept (recall)", 100 / 3, 3),
        ("openness, off by", 0.0, 2),  # what could not be read is not counted
        ("neuroticism, off by", 2 / 3, 3),
    ],
)
def test_a_measure_counts_over_all_people(name: str, value: float, n: int) -> None:
    figure = of(figures(OUTCOMES), name)
    assert (figure.value, figure.n) == (pytest.approx(value), n)


def test_the_big_five_evolve_turn_by_turn() -> None:
    """From 3, the first inference counts half (Eq. 2): openness 4, neuroticism 2 of 5 and 1."""
    found = figures(OUTCOMES[:1])
    assert of(found, "Big Five after 1 turns, off by").value == pytest.approx((1 + 1) / 5)
    second = of(found, "Big Five after 2 turns, off by").value
    assert second is not None and 0 < second < 0.4
    assert of(found, "Big Five after 4 turns, off by").value is None  # it has two


def test_an_interval_holds_its_value_and_one_person_has_none_of_any_width() -> None:
    both = of(figures(OUTCOMES), "right answers, from memory")
    assert (both.low, both.high) == (0.0, 100.0)
    one = of(figures(OUTCOMES[:1]), "right answers, from memory")
    assert (one.low, one.high) == (100.0, 100.0)


def test_a_gain_is_paired_by_person() -> None:
    better = Outcome(1, (asked(True), said(False, True)), (), ())
    figure = of(gains(OUTCOMES, [better, OUTCOMES[0]]), "right answers, from memory")
    assert (figure.value, figure.low, figure.high) == (50.0, 0.0, 100.0)
    alone = of(gains(OUTCOMES, [better]), "right answers, from memory")
    assert (alone.value, alone.low) == (100.0, 100.0)  # of the person that both were asked about


def test_words_are_compared_without_case_and_order() -> None:
    assert words_alike("Maya has a corgi.", "a corgi has MAYA") == 1.0
    assert words_alike("Maya has a corgi", "Maya has a cat") == pytest.approx(0.75)
    assert words_alike("", "") == words_alike("x", "y") == 0.0
