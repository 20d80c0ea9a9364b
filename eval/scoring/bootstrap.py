"""Scores in percent, and their 95% intervals by a bootstrap that draws whole clusters.

Cases of one person share a history, and equal rows are one item, so cases are not drawn one by one.
With one seed and the same clusters the draws are the same, whatever was run: two methods are
compared draw by draw (paired).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.scoring.groups import Group
from eval.scoring.score import Record

SEED = 0
RESAMPLES = 10_000
Right = Callable[[Record], bool]
Interval = tuple[float, float]


def score(group: Group, right: Right) -> float:
    """In percent."""
    return 100 * sum(sum(map(right, part)) / len(part) for part in group.parts) / len(group.parts)


@dataclass(frozen=True, slots=True)
class Draws:
    """How often each cluster is in each resample: (resamples, clusters)."""

    place: dict[str, int]
    times: NDArray[np.float64]

    @classmethod
    def of(cls, clusters: Iterable[str], seed: int = SEED, resamples: int = RESAMPLES) -> Draws:
        names = sorted(set(clusters))
        rng = np.random.default_rng(seed)
        times = rng.multinomial(len(names), [1 / len(names)] * len(names), size=resamples)
        return cls({name: place for place, name in enumerate(names)}, times.astype(np.float64))

    def scores(self, group: Group, right: Right) -> NDArray[np.float64]:
        """The group's score in each resample: (resamples,), percent.

        A part that a resample has no case of is left out of its mean; NaN where it has none at all.
        """
        shares = np.stack([self._shares(part, right) for part in group.parts])
        there = ~np.isnan(shares)
        with np.errstate(invalid="ignore"):
            means: NDArray[np.float64] = np.where(there, shares, 0).sum(axis=0) / there.sum(axis=0)
        return 100 * means

    def _shares(self, part: Iterable[Record], right: Right) -> NDArray[np.float64]:
        hits, counts = np.zeros(len(self.place)), np.zeros(len(self.place))
        for record in part:
            counts[self.place[record.cluster]] += 1
            hits[self.place[record.cluster]] += right(record)
        with np.errstate(invalid="ignore"):
            shares: NDArray[np.float64] = self.times @ hits / (self.times @ counts)
        return shares

    def interval(self, group: Group, right: Right) -> Interval | None:
        """95% of the resampled scores lie in it; None where there is one cluster only."""
        if len({record.cluster for record in group.records}) < 2:
            return None
        return middle(self.scores(group, right))


def middle(values: NDArray[np.float64]) -> Interval:
    """Between which the middle 95% of values lie."""
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
