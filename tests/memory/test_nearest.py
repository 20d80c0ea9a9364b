"""Nearest neighbours, by whichever build of FAISS is installed."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import faiss
import numpy as np
import pytest

from personavlm.memory import nearest as module
from personavlm.memory.nearest import nearest

RANDOM = np.random.default_rng(3)
VECTORS = RANDOM.normal(size=(50, 16)).astype(np.float32)
QUERY = RANDOM.normal(size=16).astype(np.float32)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    module._gpu.cache_clear()
    yield
    module._gpu.cache_clear()


def test_the_largest_products_come_first() -> None:
    products = VECTORS @ QUERY
    found = nearest(QUERY, VECTORS, 7)
    assert [row for row, _ in found] == np.argsort(-products)[:7].tolist()
    assert [score for _, score in found] == pytest.approx(np.sort(products)[::-1][:7].tolist())


@pytest.mark.parametrize("gpus", [0, 1])
def test_the_gpu_build_is_used_where_it_finds_a_gpu(
    gpus: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No GPU here: the GPU's half of FAISS is stood in for by the CPU's."""
    calls: list[Any] = []

    def knn_gpu(resources: Any, *arguments: Any, **named: Any) -> Any:
        calls.append(resources)
        return faiss.knn(*arguments, **named)

    monkeypatch.setattr(faiss, "StandardGpuResources", SimpleNamespace, raising=False)
    monkeypatch.setattr(faiss, "get_num_gpus", lambda: gpus, raising=False)
    monkeypatch.setattr(faiss, "knn_gpu", knn_gpu, raising=False)
    first, second = nearest(QUERY, VECTORS, 3), nearest(QUERY, VECTORS, 3)
    assert first == second
    assert len(calls) == 2 * gpus
    assert len({id(resources) for resources in calls}) == gpus  # made once, kept
