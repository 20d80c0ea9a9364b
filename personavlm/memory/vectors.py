"""The vectors of one table in memory, in the order of its rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from personavlm.memory.encode import Vectors

HEADROOM = 8  # a full block grows by this fraction: copying millions of vectors takes a while


class Block:
    """Vectors that grow at their end, and what a copy of them elsewhere has to know of changes.

    key: tells this block from every other. person: the same for all blocks of one person.
    version: another number once rows were moved or dropped; new ones at the end leave it.
    """

    def __init__(self, dimension: int, person: object) -> None:
        self.key, self.person = object(), person
        self.version = 0
        self.size = 0
        self._room = np.empty((64, dimension), np.float32)

    @property
    def rows(self) -> Vectors:
        """All vectors: float32, shape (size, dimension); valid until the block is changed."""
        return self._room[: self.size]

    def reserve(self, more: int) -> None:
        """Make room for so many more vectors, and some besides: it takes none until it is used."""
        needed = self.size + more
        if needed > len(self._room):
            room = np.empty((needed + needed // HEADROOM, self._room.shape[1]), np.float32)
            room[: self.size] = self.rows
            self._room = room

    def append(self, vectors: Vectors) -> None:
        self.reserve(len(vectors))
        self._room[self.size : self.size + len(vectors)] = vectors
        self.size += len(vectors)

    def rearrange(self, first: int, places: NDArray[np.int64]) -> None:
        """Keep, from row `first` on, only those at these places, in that order."""
        kept = first + len(places)
        self._room[first:kept] = self._room[places]
        self._room[kept : self.size] = 0  # a deleted vector does not linger in memory
        self.size = kept
        self.version += 1
