"""What compares vectors: the CPU, or a GPU where FAISS's GPU build finds one."""

from __future__ import annotations

from functools import cache
from typing import Protocol

from personavlm.memory.encode import Vectors
from personavlm.memory.nearest import CpuBackend, Places
from personavlm.memory.vectors import Block


class IndexBackend(Protocol):
    """Exact search: every product of a question with the rows that a window isolates.

    All give the same within 1e-5; they differ in where the vectors lie. Safe to use from several
    threads, as long as nobody changes the block meanwhile.
    """

    @property
    def description(self) -> str:
        """One line for people: where the search runs."""

    def products(self, query: Vectors, block: Block, places: Places) -> Vectors:
        """The dot product of each of these rows with the query: float32, shape (rows,).

        query: float32, shape (dimension,). places: a run of rows, or ascending places.
        """

    def release(self, block: Block) -> None:
        """Keep no copy of this block."""


@cache
def installed() -> IndexBackend:
    """The one that this machine and its packages allow, made once: a device has one owner."""
    import faiss

    if not hasattr(faiss, "StandardGpuResources") or faiss.get_num_gpus() == 0:
        return CpuBackend()
    import torch

    if not torch.cuda.is_available():  # torch without CUDA cannot hold vectors there
        return CpuBackend()
    from personavlm.memory.resident import Cuda, GpuBackend

    return GpuBackend(Cuda())
