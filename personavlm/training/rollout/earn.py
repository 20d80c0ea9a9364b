"""What trajectories earn, and what there is to tell of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from personavlm.rewards.form import well_formed
from personavlm.rewards.reward import Judge, Marks, marks
from personavlm.training.rollout.rollouts import Trajectory

JUDGED_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Earnings:
    """trl's reward function. A trajectory that the judge gave no mark gets None, and so counts
    neither for its group's mean nor for the update."""

    judge: Judge | None

    __name__ = "reward"  # what trl calls it in its metrics

    def __call__(
        self,
        trajectory: Sequence[Trajectory],
        log_metric: Callable[[str, float], None],
        **_: Any,
    ) -> list[float | None]:
        with ThreadPoolExecutor(JUDGED_AT_ONCE) as threads:
            found = list(threads.map(lambda one: marks(one.told, self.judge), trajectory))
        for name, value in told_of(trajectory, found).items():
            log_metric(name, value)
        return [one.reward if one is not None else None for one in found]


def told_of(trajectories: Sequence[Trajectory], found: Sequence[Marks | None]) -> dict[str, float]:
    """Means over a batch; of each only where there is something to take a mean of."""
    marked = [one for one in found if one is not None]
    values: dict[str, list[float]] = {
        "accuracy": [one.accuracy for one in marked],
        "consistency": [one.consistency for one in marked if one.accuracy],
        "format": [float(well_formed(one.row.texts)) for one in trajectories],
        "unmarked": [float(one is None) for one in found],
        "searches": [float(one.searches) for one in trajectories],
        "evidence_found": [one.found for one in trajectories if one.found is not None],
        "finished": [float(one.finished) for one in trajectories],
    }
    return {name: fmean(each) for name, each in values.items() if each}
