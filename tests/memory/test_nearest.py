"""How near rows are, on the CPU: runs of rows, and scattered ones."""

from __future__ import annotations

import faiss
import numpy as np
import pytest

from personavlm.memory.nearest import CpuBackend, Places, products
from personavlm.memory.vectors import Block

RANDOM = np.random.default_rng(3)
VECTORS = RANDOM.normal(size=(50, 16)).astype(np.float32)
QUERY = RANDOM.normal(size=16).astype(np.float32)
BY_HAND = [sum(float(a) * float(b) for a, b in zip(row, QUERY, strict=True)) for row in VECTORS]


@pytest.mark.parametrize(
    "places",
    [slice(None), slice(0, 0), slice(49, 50), slice(3, 41), np.array([], np.int64),
     np.array([49]), np.array([0, 1, 2, 30, 49]), np.arange(0, 50, 2)],
    ids=str,
)  # fmt: skip
def test_each_row_has_its_product(places: Places) -> None:
    expected = np.array(BY_HAND)[places].tolist()
    assert products(QUERY, VECTORS, places).tolist() == pytest.approx(expected, rel=1e-4, abs=1e-5)
    block = Block(16, None)
    block.append(VECTORS)
    found = CpuBackend().products(QUERY, block, places)
    assert found.tolist() == pytest.approx(expected, rel=1e-4, abs=1e-5)
    assert found.dtype == np.float32


def test_the_nearest_are_those_of_a_bare_search() -> None:
    distances, order = faiss.knn(QUERY[None], VECTORS, 10, metric=faiss.METRIC_INNER_PRODUCT)
    found = products(QUERY, VECTORS)
    assert np.argsort(-found)[:10].tolist() == order[0].tolist()
    assert np.sort(found)[::-1][:10] == pytest.approx(distances[0], abs=1e-5)


def test_what_a_query_is_made_of_does_not_matter() -> None:
    assert products(QUERY.astype(np.float64), VECTORS).tolist() == pytest.approx(BY_HAND, abs=1e-4)
    assert products(np.repeat(QUERY, 2)[::2], VECTORS).tolist() == pytest.approx(BY_HAND, abs=1e-4)
