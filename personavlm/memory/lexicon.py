"""Which rows of a view have a term, and how often: what BM25 reads instead of the texts.

What is loaded from the database is sorted once, as arrays; what is said meanwhile is few and goes
into a dictionary. Only in memory.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from personavlm.memory.lexical import Floats, Ints, number

Numbers = NDArray[np.uint64]

FEW = 64  # rows that come at once and go into the dictionary
COUNT = np.uint64(0xFFFF)
SHIFT = np.uint64(16)


@dataclass(frozen=True, slots=True)
class Inverted:
    """Postings sorted by term: those of terms[i] are bounds[i] to bounds[i + 1]."""

    terms: Numbers
    bounds: Ints
    ids: Ints
    often: NDArray[np.uint16]

    @classmethod
    def of(cls, packed: Numbers, ids: Ints) -> Inverted:
        """packed: as `lexical.counted` does. ids: of the row that each stands in."""
        order = np.argsort(packed)
        packed = packed[order]
        numbers = packed >> SHIFT
        firsts = np.flatnonzero(np.diff(numbers, prepend=~numbers[:1]))
        bounds = np.append(firsts, len(numbers))
        return cls(numbers[firsts], bounds, ids[order], (packed & COUNT).astype(np.uint16))

    def packed(self) -> Numbers:
        """What it was made of, in its own order."""
        numbers = np.repeat(self.terms, np.diff(self.bounds))
        return numbers << SHIFT | self.often

    def without(self, leaving: Ints) -> Inverted:
        kept = ~np.isin(self.ids, leaving)
        return Inverted.of(self.packed()[kept], self.ids[kept])

    def of_terms(self, asked: Numbers) -> list[tuple[Ints, NDArray[np.uint16]]]:
        """For each term, the ids of the rows that have it, and how often."""
        firsts = self.bounds[np.searchsorted(self.terms, asked)]
        lasts = self.bounds[np.searchsorted(self.terms, asked, "right")]
        spans = [slice(*span) for span in zip(firsts.tolist(), lasts.tolist(), strict=True)]
        return [(self.ids[span], self.often[span]) for span in spans]


NOTHING = Inverted.of(np.empty(0, np.uint64), np.empty(0, np.int64))


class Lexicon:
    """The postings of all rows of a view."""

    def __init__(self) -> None:
        self._sorted = NOTHING
        self._loaded: list[tuple[Numbers, Ints]] = []  # to be sorted when they are first asked for
        self._recent: dict[int, tuple[array[int], array[int]]] = {}
        self._recent_terms: dict[int, tuple[int, ...]] = {}

    def add(self, ids: Sequence[int], words: Sequence[bytes]) -> Floats:
        """Take in rows that are not there yet. Returns the length of each, in terms."""
        packed: Numbers = np.frombuffer(b"".join(words), "<u8").astype(np.uint64, copy=False)
        row: Ints = np.repeat(np.arange(len(ids)), [len(blob) // 8 for blob in words])
        often = packed & COUNT
        if len(ids) > FEW:
            self._loaded.append((packed, np.asarray(ids, np.int64)[row]))
        else:
            numbers = (packed >> SHIFT).tolist()
            self._add_recent(numbers, [ids[place] for place in row.tolist()], often.tolist())
        return np.bincount(row, often, len(ids)).astype(np.float32)

    def _add_recent(self, numbers: list[int], ids: list[int], often: list[int]) -> None:
        terms: dict[int, list[int]] = {}
        for term, id, count in zip(numbers, ids, often, strict=True):
            postings = self._recent.setdefault(term, (array("q"), array("H")))
            postings[0].append(id)
            postings[1].append(count)
            terms.setdefault(id, []).append(term)
        self._recent_terms.update((id, tuple(their)) for id, their in terms.items())

    def discard(self, ids: Iterable[int]) -> None:
        """Let rows go, with every word that only they had; unknown ids are fine."""
        leaving = np.fromiter(ids, np.int64)
        older = self._settled()
        if np.isin(older.ids, leaving).any():
            self._sorted = older.without(leaving)
        gone = [self._recent_terms.pop(id, ()) for id in leaving.tolist()]
        for term in {term for their in gone for term in their}:
            rows, often = (np.array(column) for column in self._recent.pop(term))
            kept = ~np.isin(rows, leaving)
            if kept.any():
                self._recent[term] = (
                    array("q", rows[kept].tobytes()),
                    array("H", often[kept].tobytes()),
                )

    def of(self, asked: Iterable[str]) -> tuple[Ints, Ints, Floats]:
        """The postings of the asked terms that any row has: row ids, which term, how often."""
        numbers = _numbers(frozenset(asked))
        known = []
        older = self._settled().of_terms(numbers)
        for term, (ids, often) in zip(numbers.tolist(), older, strict=True):
            recent = self._recent.get(term)
            if recent is not None:
                ids, often = np.append(ids, recent[0]), np.append(often, recent[1])
            if len(ids):
                known.append((ids, often))
        if not known:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
        which = np.repeat(np.arange(len(known)), [len(ids) for ids, _ in known])
        rows, often = (np.concatenate(column) for column in zip(*known, strict=True))
        return rows, which, often.astype(np.float32)

    def _settled(self) -> Inverted:
        if self._loaded:
            loaded = [(self._sorted.packed(), self._sorted.ids), *self._loaded]
            packed, ids = (np.concatenate(column) for column in zip(*loaded, strict=True))
            self._sorted, self._loaded = Inverted.of(packed, ids), []
        return self._sorted


@lru_cache(maxsize=8)
def _numbers(terms: frozenset[str]) -> Numbers:
    """The numbers of a question's terms, which each view is asked for."""
    return np.array([number(term) for term in terms], np.uint64)
