"""The rows of one view in memory: spans of time, sessions, vectors and words, in order of id."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from personavlm.memory.encode import Vectors
from personavlm.memory.lexical import Floats, Ints, Lexicon, Postings
from personavlm.memory.nearest import products


@dataclass(frozen=True, slots=True)
class Row:
    """A row to be searched: its span (microseconds), its session (0: none), and its text."""

    id: int
    low: int
    high: int
    session: int
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a view inside a span of time, in order of id, and how each meets a question.

    cosines: of the vectors. covered: the share of the question's words that the row has.
    session_covered: the share that all rows of its session have together.
    """

    ids: Ints
    starts: Ints
    ends: Ints
    sessions: Ints
    cosines: Floats
    covered: Floats
    session_covered: Floats


class Table:
    """The vectors and words of one view with their spans, sorted by id."""

    COLUMNS = ("_ids", "_starts", "_ends", "_sessions", "_lengths", "_vectors")

    def __init__(self, dimension: int) -> None:
        self.size = 0
        self.words = Lexicon()
        self._ids = np.empty(64, np.int64)
        self._starts = np.empty(64, np.int64)
        self._ends = np.empty(64, np.int64)
        self._sessions = np.empty(64, np.int64)
        self._lengths = np.empty(64, np.float32)
        self._vectors = np.empty((64, dimension), np.float32)

    def add(self, rows: Sequence[Row], vectors: Vectors) -> None:
        """Take in rows, replacing any with the same id."""
        if not rows:
            return
        self.discard([row.id for row in rows])
        needed = self.size + len(rows)
        if needed > len(self._ids):
            self._grow(max(needed, 2 * len(self._ids)))
        fresh = slice(self.size, needed)
        self._ids[fresh] = [row.id for row in rows]
        self._starts[fresh] = [row.low for row in rows]
        self._ends[fresh] = [row.high for row in rows]
        self._sessions[fresh] = [row.session for row in rows]
        self._lengths[fresh] = [self.words.add(row.id, row.text) for row in rows]
        self._vectors[fresh] = vectors
        self.size = needed
        if np.any(np.diff(self._ids[max(0, fresh.start - 1) : needed]) < 0):
            order = np.argsort(self._ids[:needed])
            for name in self.COLUMNS:
                column = getattr(self, name)
                column[:needed] = column[order]

    def discard(self, ids: Collection[int]) -> None:
        """Drop rows by id; unknown ids are fine."""
        keep = ~np.isin(self._ids[: self.size], np.fromiter(ids, np.int64, len(ids)))
        kept = int(keep.sum())
        if kept == self.size:
            return
        self.words.discard(ids)
        for name in self.COLUMNS:
            rows = getattr(self, name)
            rows[:kept] = rows[: self.size][keep]
        self._vectors[kept : self.size] = 0  # a deleted vector does not linger in memory
        self.size = kept

    def find(
        self, query: Vectors, terms: Collection[str], low: int, high: int, sessions: bool = True
    ) -> Found:
        """How each row that meets [low, high] answers to a question.

        query: float32, shape (dimension,), unit length. terms: of the question; none: no words.
        sessions: whether rows have sessions; if not, none of those covers anything.
        """
        rows = self._isolate(low, high)
        ids, which, often = self.words.of(terms)
        postings = Postings(self._positions(ids), which, often, self._lengths[: self.size])
        covered = postings.coverage()[rows]
        together = np.zeros_like(covered)
        if sessions and len(ids):
            runs = self._runs()
            together = postings.gathered(runs).coverage()[runs[rows]]
        return Found(
            ids=self._ids[rows].copy(),
            starts=self._starts[rows].copy(),
            ends=self._ends[rows].copy(),
            sessions=self._sessions[rows].copy(),
            cosines=products(query, self._vectors[rows]),
            covered=covered,
            session_covered=together,
        )

    def _positions(self, ids: Ints) -> Ints:
        first, last = self._ids[0], self._ids[self.size - 1]
        if last - first + 1 == self.size:  # none is missing in between
            positions: Ints = ids - first
            return positions
        return np.searchsorted(self._ids[: self.size], ids)

    def _runs(self) -> Ints:
        """0, 1, 2... for each session: its rows follow one another."""
        sessions = self._sessions[: self.size]
        runs = np.zeros(self.size, np.int64)
        np.cumsum(sessions[1:] != sessions[:-1], out=runs[1:])
        return runs

    def _isolate(self, low: int, high: int) -> slice | NDArray[np.int64]:
        """The rows whose span meets [low, high]; as a slice where they lie together (no copy)."""
        inside = (self._starts[: self.size] <= high) & (self._ends[: self.size] >= low)
        rows = np.flatnonzero(inside)
        if len(rows) == 0:
            return slice(0, 0)
        if rows[-1] - rows[0] + 1 == len(rows):
            return slice(int(rows[0]), int(rows[-1]) + 1)
        return rows

    def _grow(self, capacity: int) -> None:
        for name in self.COLUMNS:
            old = getattr(self, name)
            new = np.empty((capacity, *old.shape[1:]), old.dtype)
            new[: self.size] = old[: self.size]
            setattr(self, name, new)
