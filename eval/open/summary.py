"""Wins, ties and losses in percent with their intervals, and how far judges agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.open.judge import Outcome
from eval.open.verdicts import Decided
from eval.report.means import Mean, mean


@dataclass(frozen=True, slots=True)
class Summary:
    """One judge on two systems. n: questions with a verdict in both orders. wins, ties, loses and
    swapped are percents of these, with intervals of draws of whole persons.

    unjudged: those without. unopposed: where only one system replied, which wins without a judge.
    swapped: whose verdict hung on the order; first, second: of these, the ones in which the reply
    in that place was preferred in both orders.
    """

    n: int
    unjudged: int
    unopposed: int
    wins: Mean
    ties: Mean
    loses: Mean
    swapped: Mean
    first: int
    second: int

    def share(self, outcome: Outcome) -> Mean:
        return {Outcome.WINS: self.wins, Outcome.TIES: self.ties, Outcome.LOSES: self.loses}[
            outcome
        ]


def summary(questions: Sequence[Decided]) -> Summary | None:
    """None where no question has a verdict."""
    judged = [one for one in questions if one.outcome is not None]
    if not judged:
        return None
    return Summary(
        len(judged),
        len(questions) - len(judged),
        sum(one.unopposed for one in judged),
        _share(judged, lambda one: one.outcome is Outcome.WINS),
        _share(judged, lambda one: one.outcome is Outcome.TIES),
        _share(judged, lambda one: one.outcome is Outcome.LOSES),
        _share(judged, lambda one: one.swapped),
        sum(one.favoured == "A" for one in judged),
        sum(one.favoured == "B" for one in judged),
    )


def _share(judged: Sequence[Decided], holds: Callable[[Decided], bool]) -> Mean:
    return mean([(one.cluster, 100.0 * holds(one)) for one in judged])


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
