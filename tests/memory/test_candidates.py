"""Rows in the order of their scores, across views, however many are asked for."""

from __future__ import annotations

import numpy as np
import pytest

from personavlm.memory.candidates import FEW, Looked, first
from personavlm.memory.index import Key
from personavlm.memory.table import Found

CHANCE = np.random.default_rng(5)


def found(ids: list[int]) -> Found:
    numbers, shares = np.array(ids, np.int64), np.zeros(len(ids), np.float32)
    return Found(numbers, numbers, numbers, numbers, shares, shares, shares)


@pytest.mark.parametrize("size", [0, 1, FEW, 5 * FEW])
def test_each_row_comes_once_by_its_better_view_best_first(size: int) -> None:
    content, keywords = CHANCE.random((2, size)).round(2).astype(np.float32)  # with ties
    views: tuple[Key, Key] = (("semantic", "content"), ("semantic", "keywords"))
    ids = list(range(3, size + 3))
    looked = Looked(
        dict.fromkeys(views, found(ids)), dict(zip(views, (content, keywords), strict=True))
    )
    expected = dict(zip(ids, np.maximum(content, keywords).tolist(), strict=True))
    matches = list(looked.best())
    assert {match.id: match.score for match in matches} == expected
    assert len(matches) == size
    scores = [match.score for match in matches]
    assert scores == sorted(scores, reverse=True)
    for match in matches:
        assert looked.scores[match.key][match.id - 3] == np.float32(match.score)
    assert first(looked.best(), 5) == matches[:5]


def test_scores_that_rise_or_are_alike_are_in_order_too() -> None:
    key: Key = ("turn", "content")
    size = 4 * FEW + 3
    for scores in (np.arange(size), np.zeros(size), np.arange(size) // 100):
        looked = Looked({key: found(list(range(size)))}, {key: scores.astype(np.float32)})
        expected = np.argsort(-scores, kind="stable").tolist()
        assert [match.id for match in looked.best()] == expected


def test_scores_of_some_rows() -> None:
    key: Key = ("turn", "content")
    looked = Looked({key: found([2, 5, 9])}, {key: np.array([0.5, 0.25, 1], np.float32)})
    assert looked.scores_of(key, [9, 2, 4]) == {2: 0.5, 9: 1.0}
    assert looked.scores_of(key, []) == {}
