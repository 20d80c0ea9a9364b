"""Questions about made-up memories, and what answering one costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import faiss
import numpy as np

from eval.bench.made import Vocabulary
from personavlm.memory.encode import Vectors
from personavlm.memory.memory import Memory
from personavlm.records import Window


class Spent(NamedTuple):
    """Seconds: by the clock, and of this thread's work (nobody else's load is in that)."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds: the middle, what one in a hundred exceeds, and the middle of the CPU time."""

    p50: float
    p99: float
    cpu: float

    @classmethod
    def of(cls, spent: Sequence[Spent]) -> Spread:
        wall, cpu = (np.array(seconds) * 1000 for seconds in zip(*spent, strict=True))
        parts = (*np.percentile(wall, (50, 99)), np.median(cpu))
        return cls(*(round(float(part), 3) for part in parts))


def timed(act: Callable[[], object]) -> Spent:
    started, used = time.perf_counter(), time.thread_time()
    act()
    return Spent(time.perf_counter() - started, time.thread_time() - used)


class Asker:
    """Questions about what somebody said, and the two ways to search for it."""

    def __init__(self, memory: Memory, vocabulary: Vocabulary) -> None:
        self._memory, self._vocabulary = memory, vocabulary
        self._chance = np.random.default_rng(3)
        self._turns = memory.database.read("SELECT max(id) FROM turns")[0][0]
        self.views = [table.block for table in memory.index._sync().values()]

    def question(self) -> tuple[str, str]:
        turn = int(self._chance.integers(1, self._turns + 1))
        [said] = self._memory.database.read("SELECT text FROM turns WHERE id = ?", (turn,))
        return self._vocabulary.question(said["text"], self._chance)

    def search(self, keywords: str, query: str, window: Window) -> Spent:
        """A search, without the encoder."""
        known = dict(
            zip((keywords, query), self._vocabulary.encode([keywords, query]), strict=True)
        )
        self._memory._retriever._encoder = Known(known)
        return timed(lambda: self._memory.search(keywords, query, window))

    def bare(self, query: str, threads: int = 1) -> Spent:
        """`faiss.knn` over each view."""
        vector = self._vocabulary.encode([query])
        metric = faiss.METRIC_INNER_PRODUCT
        before = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(threads)
        spent = timed(lambda: [
            faiss.knn(vector, view.rows, min(4, view.size), metric=metric) for view in self.views
        ])  # fmt: skip
        faiss.omp_set_num_threads(before)
        return spent


class Known:
    """An encoder that has been asked before."""

    name, dimension = Vocabulary.name, Vocabulary.dimension

    def __init__(self, vectors: dict[str, Vectors]) -> None:
        self._vectors = vectors

    def encode(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vectors[text] for text in texts])
