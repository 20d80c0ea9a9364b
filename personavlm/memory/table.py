"""The rows of one view in memory: spans of time, sessions, vectors and words, in order of id."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from personavlm.memory.backend import IndexBackend, installed
from personavlm.memory.encode import Vectors
from personavlm.memory.lexical import Floats, Ints, Postings, damping
from personavlm.memory.lexicon import Lexicon
from personavlm.memory.nearest import Places
from personavlm.memory.vectors import Block

SPARSE = 16  # ids for one row: beyond that, a place is searched for instead of looked up


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to be searched, as columns: spans (microseconds), sessions (0: none), words, vectors.

    words: of each row, as `lexical.counted` packs them. vectors: float32, shape (rows, dimension).
    """

    ids: Sequence[int]
    starts: Sequence[int]
    ends: Sequence[int]
    sessions: Sequence[int]
    words: Sequence[bytes]
    vectors: Vectors


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


@dataclass(frozen=True, slots=True)
class Layout:
    """What follows from the columns, worked out once for all searches until a row changes.

    last_start, first_end: whether a span leaves out any row at all. places: of each id, counted
    from the first one; None where too many are missing in between. runs: 0, 1, 2... for each
    session, whose rows follow one another. damping, run_damping: of their lengths, for BM25.
    """

    last_start: int
    first_end: int
    places: Ints | None
    runs: Ints
    damping: Floats
    run_damping: Floats


class Table:
    """The vectors and words of one view with their spans, sorted by id.

    Columns that a search hands out are never written again: a change makes new ones.
    """

    COLUMNS = ("_ids", "_starts", "_ends", "_sessions", "_lengths")

    def __init__(
        self, dimension: int, backend: IndexBackend | None = None, person: object = None
    ) -> None:
        self.size = 0
        self.words = Lexicon()
        self.block = Block(dimension, person)
        self._backend = backend or installed()
        self._ids = np.empty(64, np.int64)
        self._starts = np.empty(64, np.int64)
        self._ends = np.empty(64, np.int64)
        self._sessions = np.empty(64, np.int64)
        self._lengths = np.empty(64, np.float32)
        self._layout: Layout | None = None

    def reserve(self, more: int) -> None:
        """Make room for so many more rows."""
        self.block.reserve(more)
        self._grow(self.size + more)

    def add(self, rows: Rows) -> None:
        """Take in rows, replacing any with the same id."""
        if not len(rows.ids):
            return
        self.discard(rows.ids)
        before, needed = self.size, self.size + len(rows.ids)
        self._grow(needed)
        fresh = slice(before, needed)
        self._ids[fresh] = rows.ids
        self._starts[fresh] = rows.starts
        self._ends[fresh] = rows.ends
        self._sessions[fresh] = rows.sessions
        self._lengths[fresh] = self.words.add(rows.ids, rows.words)
        self.block.append(rows.vectors)
        self.size, self._layout = needed, None
        ids = self._ids[max(0, before - 1) : needed]
        if (ids[1:] < ids[:-1]).any():
            first = int(np.searchsorted(self._ids[:before], self._ids[fresh].min()))
            self._rearrange(first, first + np.argsort(self._ids[first:needed]))

    def discard(self, ids: Collection[int]) -> None:
        """Drop rows by id; unknown ids are fine."""
        if not self.size or not len(ids) or min(ids) > self._ids[self.size - 1]:
            return
        asked = np.unique(np.fromiter(ids, np.int64, len(ids)))
        places = np.searchsorted(self._ids[: self.size], asked)
        known = places < self.size
        known[known] = self._ids[places[known]] == asked[known]
        if not known.any():
            return
        gone = places[known]
        self.words.discard(asked[known])
        first = int(gone[0])
        self._rearrange(first, np.setdiff1d(np.arange(first, self.size), gone))

    def release(self) -> None:
        """Let go of what a device holds of this table."""
        self._backend.release(self.block)

    def find(
        self, query: Vectors, terms: Collection[str], low: int, high: int, sessions: bool = True
    ) -> Found:
        """How each row that meets [low, high] answers to a question.

        query: float32, shape (dimension,), unit length. terms: of the question; none: no words.
        sessions: whether rows have sessions; if not, none of those covers anything.
        """
        layout = self._laid_out()
        rows = self._isolate(layout, low, high)
        covered, together = self._coverage(layout, terms, rows, sessions)
        return Found(
            ids=self._ids[: self.size][rows],
            starts=self._starts[: self.size][rows],
            ends=self._ends[: self.size][rows],
            sessions=self._sessions[: self.size][rows],
            cosines=self._backend.products(query, self.block, rows),
            covered=covered,
            session_covered=together,
        )

    def _coverage(
        self, layout: Layout, terms: Collection[str], rows: Places, sessions: bool
    ) -> tuple[Floats, Floats]:
        """The share of the terms that each row covers, and its session."""
        ids, which, often = self.words.of(terms)
        if not len(ids):
            nothing = np.zeros(self.size, np.float32)[rows]
            return nothing, nothing
        places = self._places(layout, ids)
        postings = Postings(places, which, often, layout.damping)
        covered = postings.coverage()[rows]
        if not sessions:
            return covered, np.zeros_like(covered)
        gathered = postings.gathered(layout.runs, layout.run_damping)
        return covered, gathered.coverage()[layout.runs[rows]]

    def _isolate(self, layout: Layout, low: int, high: int) -> Places:
        """The rows whose span meets [low, high]; as a slice where they lie together (no copy)."""
        if layout.last_start <= high and layout.first_end >= low:
            return slice(0, self.size)
        inside = (self._starts[: self.size] <= high) & (self._ends[: self.size] >= low)
        rows = np.flatnonzero(inside)
        if len(rows) == 0:
            return slice(0, 0)
        if rows[-1] - rows[0] + 1 == len(rows):
            return slice(int(rows[0]), int(rows[-1]) + 1)
        return rows

    def _places(self, layout: Layout, ids: Ints) -> Ints:
        if layout.places is None:
            return np.searchsorted(self._ids[: self.size], ids)
        places: Ints = layout.places[ids - self._ids[0]]
        return places

    def _laid_out(self) -> Layout:
        if self._layout is None:
            ids, sessions = self._ids[: self.size], self._sessions[: self.size]
            lengths: Floats = self._lengths[: self.size]
            runs = np.zeros(self.size, np.int64)
            np.cumsum(sessions[1:] != sessions[:-1], out=runs[1:])
            self._layout = Layout(
                last_start=int(self._starts[: self.size].max()) if self.size else 0,
                first_end=int(self._ends[: self.size].min()) if self.size else 0,
                places=_inverse(ids),
                runs=runs,
                damping=damping(lengths),
                run_damping=damping(np.bincount(runs, lengths).astype(np.float32)),
            )
        return self._layout

    def _rearrange(self, first: int, places: NDArray[np.int64]) -> None:
        """Keep, from row `first` on, only those at these places, in that order."""
        kept = np.concatenate([np.arange(first), places])
        for name in self.COLUMNS:
            setattr(self, name, getattr(self, name)[kept])
        self.block.rearrange(first, places)
        self._backend.release(self.block)  # nor does a deleted vector linger on a device
        self.size, self._layout = len(kept), None

    def _grow(self, needed: int) -> None:
        if needed <= len(self._ids):
            return
        for name in self.COLUMNS:
            old = getattr(self, name)
            new = np.empty(max(needed, 2 * len(old)), old.dtype)
            new[: self.size] = old[: self.size]
            setattr(self, name, new)


def _inverse(ids: Ints) -> Ints | None:
    """The place of each id, counted from the first; None where it would be mostly gaps."""
    if not len(ids) or int(ids[-1]) - int(ids[0]) >= SPARSE * len(ids):
        return None
    places = np.zeros(int(ids[-1]) - int(ids[0]) + 1, np.int64)
    places[ids - ids[0]] = np.arange(len(ids))
    return places
