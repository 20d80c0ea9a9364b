"""Intervals: whole clusters, the same draws for all, coverage; and McNemar's exact test."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from eval.made import record

from eval.scoring.bootstrap import Draws, score
from eval.scoring.groups import MACRO, MICRO, Group, groups
from eval.scoring.mcnemar import p_value
from eval.scoring.score import Record


def right(one: Record) -> bool:
    return one.robust.correct


def group(records: list[Record], name: str = MICRO) -> Group:
    return next(made for made in groups(records) if made.name == name)


def people(shares: list[float], each: int, seed: int) -> list[Record]:
    """So many questions a person, who gets each right with their own chance."""
    chance = random.Random(seed)
    return [
        record(case=f"{person}/{n}", right=chance.random() < share, cluster=str(person))
        for person, share in enumerate(shares)
        for n in range(each)
    ]


def test_the_same_seed_gives_the_same_interval_and_another_another() -> None:
    made = group(people([place / 30 for place in range(30)], 7, 1))
    clusters = [one.cluster for one in made.records]
    first = Draws.of(clusters, seed=1).interval(made, right)
    assert first == Draws.of(reversed(clusters), seed=1).interval(made, right)
    assert first != Draws.of(clusters, seed=2).interval(made, right)


def test_the_mean_of_the_resamples_is_the_score() -> None:
    made = group(people([0.1, 0.5, 0.9, 0.6, 0.3], 20, 3))
    drawn = Draws.of(one.cluster for one in made.records).scores(made, right)
    assert drawn.shape == (10_000,)
    assert drawn.mean() == pytest.approx(score(made, right), abs=0.3)


def test_people_who_differ_widen_the_interval_as_theory_says() -> None:
    """Half the people always right, half always wrong: cases do not count, people do."""
    made = group(people([0.0, 1.0] * 20, 25, 4))
    interval = Draws.of(one.cluster for one in made.records).interval(made, right)
    assert interval is not None
    by_people = 1.96 * 100 * math.sqrt(0.25 / 40)
    assert (interval[1] - interval[0]) / 2 == pytest.approx(by_people, rel=0.07)
    as_single_cases = 1.96 * 100 * math.sqrt(0.25 / 1000)
    assert (interval[1] - interval[0]) / 2 > 4 * as_single_cases


def test_about_95_of_100_intervals_hold_the_truth() -> None:
    chance = random.Random(5)
    held = 0
    for seed in range(200):
        shares = [chance.betavariate(3, 2) for _ in range(60)]  # mean 0.6
        made = group(people(shares, 5, seed))
        draws = Draws.of((one.cluster for one in made.records), seed, resamples=500)
        low, high = draws.interval(made, right) or (0, 0)
        held += low <= 60 <= high
    assert 180 <= held <= 198


def test_one_cluster_has_no_interval() -> None:
    made = group([record(case=str(n), right=n > 2) for n in range(9)])
    assert Draws.of(["0"]).interval(made, right) is None


def test_a_macro_average_leaves_out_types_that_a_resample_has_not() -> None:
    records = [record(case="a", group="x", cluster="1"),
               record(case="b", right=False, group="y", cluster="2")]  # fmt: skip
    drawn = Draws.of("12", resamples=400).scores(group(records, MACRO), right)
    assert set(np.unique(drawn)) == {0, 50, 100}, "only x, both, or only y"


@pytest.mark.parametrize(
    ("only_a", "only_b", "p"),
    [(0, 0, 1), (1, 0, 1), (5, 0, 0.0625), (0, 5, 0.0625), (10, 2, 158 / 4096), (7, 7, 1)],
)
def test_mcnemar_by_hand(only_a: int, only_b: int, p: float) -> None:
    assert p_value(only_a, only_b) == pytest.approx(p)


def test_mcnemar_of_thousands() -> None:
    assert p_value(3000, 3000) == 1
    assert 0 < p_value(2900, 3100) < 0.02
