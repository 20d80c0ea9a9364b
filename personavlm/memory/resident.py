"""Exact search on a GPU, with the vectors of the people who searched last resident there.

A search needs the products of all rows of a person: sent over for each search they would take
longer than the CPU does. So a block is sent once, then only what is new in it. People are evicted
least recently used first, whole, under a cap in bytes: the model needs the device more than this.
What a cap has no room for, and what is small, is compared on the CPU.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from personavlm.memory.encode import Vectors
from personavlm.memory.nearest import Places, products
from personavlm.memory.vectors import HEADROOM, Block

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

CAP = 1 << 30  # bytes of vectors on the device: 700,000 of all-MiniLM-L6-v2
SMALL = 4096  # rows that the CPU has done with about when a device has been asked
SCRATCH = 16 << 20  # bytes that FAISS may take for itself; its own default is over a gigabyte


class Device(Protocol):
    """Holds vectors as tensors and compares them."""

    name: str
    full: type[Exception]  # what `hold` raises when the device has no room

    def hold(self, rows: int, dimension: int) -> torch.Tensor:
        """A float32 tensor of that shape on the device, not filled yet."""

    def products(self, query: Vectors, vectors: torch.Tensor) -> Vectors:
        """The dot product of each row with the query: float32, shape (rows,)."""


class Cuda:
    """The first visible GPU, by FAISS on tensors that torch holds there."""

    def __init__(self) -> None:
        import faiss
        import faiss.contrib.torch_utils
        import torch

        self.name = torch.cuda.get_device_name(0)
        self.full: type[Exception] = torch.OutOfMemoryError
        self._faiss, self._torch = faiss, torch
        self._resources = faiss.StandardGpuResources()
        self._resources.setTempMemory(SCRATCH)

    def hold(self, rows: int, dimension: int) -> torch.Tensor:
        return self._torch.empty((rows, dimension), dtype=self._torch.float32, device="cuda:0")

    def products(self, query: Vectors, vectors: torch.Tensor) -> Vectors:
        asked = self._torch.from_numpy(query[None, :]).to(vectors.device)
        metric = self._faiss.METRIC_INNER_PRODUCT
        found = self._faiss.pairwise_distance_gpu(
            self._resources, asked, vectors, metric=metric, device=0
        )
        return np.asarray(found[0].cpu().numpy(), np.float32)


@dataclass(slots=True)
class Copy:
    """A block's copy on the device: the first `size` rows of `held`, as of `version`."""

    held: torch.Tensor
    version: int
    size: int

    @property
    def bytes(self) -> int:
        return self.held.numel() * self.held.element_size()


class GpuBackend:
    """Compares on a device what is resident there, and the rest on the CPU."""

    def __init__(self, device: Device, cap: int = CAP, small: int = SMALL) -> None:
        """cap: bytes of vectors on the device. small: blocks below so many rows stay off it."""
        self._device, self._cap, self._small = device, cap, small
        self._lock = threading.Lock()  # FAISS's resources serve one thread at a time
        self._people: OrderedDict[object, dict[object, Copy]] = OrderedDict()

    @property
    def description(self) -> str:
        """What the page shows."""
        return (
            f"exact search on the GPU ({self._device.name}, up to {self._cap / (1 << 30):.1f} GiB "
            "of vectors there)"
        )

    @property
    def resident(self) -> int:
        """Bytes of vectors on the device now."""
        return sum(copy.bytes for copies in self._people.values() for copy in copies.values())

    def products(self, query: Vectors, block: Block, places: Places) -> Vectors:
        """The dot product of each of these rows with the query: float32, one a row."""
        if block.size >= self._small:
            with self._lock:
                copy = self._current(block)
                if copy is not None:
                    return self._compare(query, copy, places)
        return products(query, block.rows, places)

    def release(self, block: Block) -> None:
        """Keep no copy of this block."""
        with self._lock:
            copies = self._people.get(block.person, {})
            copies.pop(block.key, None)
            if not copies:
                self._people.pop(block.person, None)

    def _compare(self, query: Vectors, copy: Copy, places: Places) -> Vectors:
        """Scattered rows are picked from the products of the run they lie in: it takes no copy."""
        query = np.ascontiguousarray(query, np.float32)
        if isinstance(places, slice):
            first, last, _ = places.indices(copy.size)
            return self._run(query, copy, first, last)
        if not len(places):
            return np.empty(0, np.float32)
        first = int(places[0])
        return self._run(query, copy, first, int(places[-1]) + 1)[places - first]

    def _run(self, query: Vectors, copy: Copy, first: int, last: int) -> Vectors:
        if first >= last:
            return np.empty(0, np.float32)
        return self._device.products(query, copy.held[first:last])

    def _current(self, block: Block) -> Copy | None:
        """The block's copy with all that changed since; None where there is no room for it."""
        copies = self._people.setdefault(block.person, {})
        self._people.move_to_end(block.person)
        copy = copies.get(block.key)
        if copy is None or copy.version != block.version or block.size > len(copy.held):
            copies.pop(block.key, None)
            del copy  # its memory is needed for the next one
            copy = self._room_for(block)
            if copy is None:
                if not copies:
                    self._people.pop(block.person, None)
                return None
            copies[block.key] = copy
        if copy.size < block.size:
            import torch

            fresh = torch.from_numpy(block.rows[copy.size :])
            copy.held[copy.size : block.size].copy_(fresh)
            copy.size = block.size
        return copy

    def _room_for(self, block: Block) -> Copy | None:
        dimension = block.rows.shape[1]
        rows = block.size + block.size // HEADROOM
        needed = rows * dimension * 4
        own = sum(copy.bytes for copy in self._people[block.person].values())
        if own + needed > self._cap:
            return None  # nobody else's eviction would make enough room
        while self.resident + needed > self._cap:
            self._people.popitem(last=False)
        try:
            return Copy(self._device.hold(rows, dimension), block.version, 0)
        except self._device.full:
            log.warning("The GPU has no room for vectors: searching on the CPU")
            self._people.clear()
            return None
