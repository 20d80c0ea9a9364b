"""Wins, ties and losses in percent with their intervals, and how far judges agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.open.judge import Outcome
from eval.open.verdicts import Decided
from eval.scoring.bootstrap import Draws, Interval, middle


@dataclass(frozen=True, slots=True)
class Share:
    """Of how many questions something holds, in percent. interval: None with one person only."""

    percent: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Summary:
    """One judge on two systems. n: questions with a verdict in both orders, which shares are of.

    unjudged: those without. unopposed: where only one system replied, which wins without a judge.
    swapped: whose verdict hung on the order; first, second: of these, the
    ones in which the reply in that place was preferred in both orders.
    """

    n: int
    unjudged: int
    unopposed: int
    wins: Share
    ties: Share
    loses: Share
    swapped: Share
    first: int
    second: int

    def share(self, outcome: Outcome) -> Share:
        return {Outcome.WINS: self.wins, Outcome.TIES: self.ties, Outcome.LOSES: self.loses}[
            outcome
        ]


def summary(questions: Sequence[Decided]) -> Summary | None:
    """None where no question has a verdict."""
    judged = [one for one in questions if one.outcome is not None]
    if not judged:
        return None
    draws = Draws.of(one.cluster for one in judged)
    return Summary(
        len(judged),
        len(questions) - len(judged),
        sum(one.unopposed for one in judged),
        _share(judged, draws, lambda one: one.outcome is Outcome.WINS),
        _share(judged, draws, lambda one: one.outcome is Outcome.TIES),
        _share(judged, draws, lambda one: one.outcome is Outcome.LOSES),
        _share(judged, draws, lambda one: one.swapped),
        sum(one.favoured == "A" for one in judged),
        sum(one.favoured == "B" for one in judged),
    )


def _share(judged: Sequence[Decided], draws: Draws, holds: Callable[[Decided], bool]) -> Share:
    """Its interval is of draws of whole persons, whose questions share a history."""
    hits, counts = np.zeros(len(draws.place)), np.zeros(len(draws.place))
    for one in judged:
        counts[draws.place[one.cluster]] += 1
        hits[draws.place[one.cluster]] += holds(one)
    percent = 100 * float(hits.sum() / counts.sum())
    if len(draws.place) < 2:
        return Share(percent, None)
    return Share(percent, middle(100 * (draws.times @ hits) / (draws.times @ counts)))


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two judges agree. n: questions that both judged; same: percent of these.

    kappa: Cohen's, agreement beyond chance; None where both always say the same one word.
    """

    a: str
    b: str
    n: int
    same: float
    kappa: float | None


def agreement(
    a: str, ours: Sequence[Decided], b: str, theirs: Sequence[Decided]
) -> Agreement | None:
    """Of two judges by their names; None where no question was put to both."""
    others = {(one.case, one.of): one.outcome for one in theirs if one.outcome is not None}
    pairs = [
        (one.outcome, others[one.case, one.of])
        for one in ours
        if one.outcome is not None and (one.case, one.of) in others and not one.unopposed
    ]
    if not pairs:
        return None
    same = 100 * sum(x is y for x, y in pairs) / len(pairs)
    return Agreement(a, b, len(pairs), same, _kappa(pairs))


def _kappa(pairs: Sequence[tuple[Outcome, Outcome]]) -> float | None:
    if len({outcome for pair in pairs for outcome in pair}) < 2:
        return None  # nothing but one word: chance alone agrees always
    from sklearn.metrics import cohen_kappa_score

    return float(cohen_kappa_score(*zip(*pairs, strict=True)))
