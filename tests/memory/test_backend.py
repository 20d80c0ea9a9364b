"""Which backend is chosen, and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator

import faiss
import pytest

from personavlm.memory import backend
from personavlm.memory.nearest import CpuBackend
from personavlm.memory.resident import CAP, GpuBackend


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    backend.installed.cache_clear()
    yield
    backend.installed.cache_clear()


class Pretended:
    """Stands in for `Cuda`: there is no GPU here."""

    name = "a GPU that is not there"
    full: type[Exception] = MemoryError


@pytest.mark.parametrize("gpus", [0, 1])
@pytest.mark.parametrize("torch_sees_it", [False, True])
def test_the_gpu_is_used_where_faiss_and_torch_both_find_one(
    gpus: int, torch_sees_it: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faiss, "StandardGpuResources", object, raising=False)
    monkeypatch.setattr(faiss, "get_num_gpus", lambda: gpus, raising=False)
    monkeypatch.setattr("torch.cuda.is_available", lambda: torch_sees_it)
    monkeypatch.setattr("personavlm.memory.resident.Cuda", Pretended)
    chosen = backend.installed()
    assert isinstance(chosen, GpuBackend) is bool(gpus and torch_sees_it)
    assert backend.installed() is chosen, "made once"


def test_without_the_gpu_build_it_is_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(faiss, "StandardGpuResources", raising=False)
    assert isinstance(backend.installed(), CpuBackend)


def test_each_says_where_it_searches() -> None:
    assert CpuBackend().description == f"exact search on the CPU (FAISS {faiss.__version__})"
    said = GpuBackend(Pretended(), CAP).description  # type: ignore[arg-type]
    assert (
        said == "exact search on the GPU (a GPU that is not there, up to 1.0 GiB of vectors there)"
    )
