"""How near rows are, by whichever build of FAISS is installed."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import faiss
import numpy as np
import pytest

from personavlm.memory import nearest as module
from personavlm.memory.nearest import products

RANDOM = np.random.default_rng(3)
VECTORS = RANDOM.normal(size=(50, 16)).astype(np.float32)
QUERY = RANDOM.normal(size=16).astype(np.float32)
BY_HAND = [sum(float(a) * float(b) for a, b in zip(row, QUERY, strict=True)) for row in VECTORS]


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    module._gpu.cache_clear()
    yield
    module._gpu.cache_clear()


def test_each_row_has_its_product() -> None:
    assert products(QUERY, VECTORS).tolist() == pytest.approx(BY_HAND, rel=1e-4, abs=1e-5)
    assert products(QUERY, VECTORS[:0]).shape == (0,)


@pytest.mark.parametrize("gpus", [0, 1])
def test_the_gpu_build_is_used_where_it_finds_a_gpu(
    gpus: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No GPU here: the GPU's half of FAISS is stood in for by the CPU's."""
    calls: list[Any] = []

    def on_the_gpu(resources: Any, queries: Any, rows: Any, *, metric: int) -> Any:
        calls.append(resources)
        distances, order = faiss.knn(queries, rows, len(rows), metric=metric)
        return np.take_along_axis(distances, np.argsort(order), axis=1)

    monkeypatch.setattr(faiss, "StandardGpuResources", SimpleNamespace, raising=False)
    monkeypatch.setattr(faiss, "get_num_gpus", lambda: gpus, raising=False)
    monkeypatch.setattr(faiss, "pairwise_distance_gpu", on_the_gpu, raising=False)
    for _ in range(2):
        assert products(QUERY, VECTORS).tolist() == pytest.approx(BY_HAND, rel=1e-4, abs=1e-5)
    assert len(calls) == 2 * gpus
    assert len({id(resources) for resources in calls}) == gpus  # made once, kept
