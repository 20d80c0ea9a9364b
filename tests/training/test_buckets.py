"""Conversations of about one length and one kind are read together, in an order that is seeded."""

from __future__ import annotations

import random
from collections import Counter

import pytest

pytest.importorskip("torch", reason="the extra `cpu` is not installed")

from personavlm.training.buckets import Buckets

BLOCK = 8
RNG = random.Random(1)
LENGTHS = [RNG.randrange(50, 16_384) for _ in range(1_003)]
PICTURED = [RNG.random() < 0.15 for _ in LENGTHS]


def order(epoch: int, seed: int = 0) -> list[int]:
    buckets = Buckets(LENGTHS, PICTURED, BLOCK, seed)
    buckets.set_epoch(epoch)
    found = list(buckets)
    assert len(buckets) == len(found)
    return found


def blocks(places: list[int]) -> list[list[int]]:
    return [places[start : start + BLOCK] for start in range(0, len(places), BLOCK)]


def test_everything_comes_and_little_comes_twice() -> None:
    counts = Counter(order(0))
    assert counts.keys() == set(range(len(LENGTHS)))
    assert sum(counts.values()) - len(LENGTHS) < 2 * BLOCK
    assert len(order(0)) % BLOCK == 0


def test_a_block_is_of_one_kind() -> None:
    kinds = [{PICTURED[place] for place in block} for block in blocks(order(0))]
    assert all(len(kind) == 1 for kind in kinds)
    assert {True} in kinds and {False} in kinds


def test_padding_is_little() -> None:
    def padded(places: list[int]) -> float:
        """Share of a padded batch that is padding."""
        longest = sum(max(LENGTHS[p] for p in block) * len(block) for block in blocks(places))
        return 1 - sum(LENGTHS[place] for place in places) / longest

    assert padded(order(0)) < 0.05
    assert padded(RNG.sample(range(len(LENGTHS)), len(LENGTHS) // BLOCK * BLOCK)) > 0.3


def test_the_order_follows_from_seed_and_epoch() -> None:
    assert order(0) == order(0)
    assert order(0) != order(1) and order(0) != order(0, seed=1)
    lengths = [LENGTHS[block[0]] for block in blocks(order(0))]
    assert lengths != sorted(lengths), "short and long blocks come in a random order"


def test_fewer_than_a_block() -> None:
    assert Counter(Buckets([5, 6], [False, False], 4, 0)).keys() == {0, 1}
    assert len(Buckets([5, 6], [False, True], 4, 0)) == 8
