"""A mean over cases and its 95% interval, by a bootstrap that draws whole persons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from eval.scoring.bootstrap import Draws, Interval, middle

ENOUGH = 10  # persons or items, for a bootstrap of them to say much


@dataclass(frozen=True, slots=True)
class Mean:
    """interval: None where there is one person only."""

    value: float
    interval: Interval | None


def too_few(clusters: Iterable[str], unit: str) -> list[str]:
    """A remark, where there are so few that their intervals cannot be relied on."""
    there = len(set(clusters))
    if not 1 < there < ENOUGH:
        return []
    return [
        f"Only {there} {unit}: resamples of so few understate what is uncertain, and an interval "
        "without width is no certainty."
    ]


def mean(values: Sequence[tuple[str, float]]) -> Mean:
    """Of at least one value, each with its cluster: those of one person are drawn together."""
    draws = Draws.of(cluster for cluster, _ in values)
    value = fmean(value for _, value in values)
    if len(draws.place) < 2:
        return Mean(value, None)
    sums, counts = np.zeros(len(draws.place)), np.zeros(len(draws.place))
    for cluster, each in values:
        sums[draws.place[cluster]] += each
        counts[draws.place[cluster]] += 1
    return Mean(value, middle((draws.times @ sums) / (draws.times @ counts)))
