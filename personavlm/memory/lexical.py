"""Words in common: terms of a text, postings of one view's rows, and BM25 as a share of a question.

BM25 sums, over the words of a question, how rare each is times how much a text says of it. Divided
by the most that those words could give, it is the share of the question that a text covers: 0 to 1,
whatever the question's length, so that it can be added to a cosine. Words nobody ever said tell no
row from another and are left out of that share.
"""

from __future__ import annotations

import re
import threading
from array import array
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

K1, B = 1.2, 0.75  # BM25's usual constants
_WORD = re.compile(r"[^\W_]+")
_STOP = frozenset(
    """
    a about above after again all also am an and any are as at be because been before being
    below between both but by can could d did do does doing don down during each few for from
    further had has have having he her here hers him his how i if in into is it its just ll m
    may me might mine more most must my no nor not now of off on once only or other our ours out
    over own re s same shall she should so some such t than that the their theirs them then
    there these they this those through to too under until up us ve very was we were what when
    where which while who whom whose why will with would you your yours
    """.split()  # noqa: SIM905
)
_NEGATIONS = frozenset(("don", "no", "nor", "not"))
_STEMMING = threading.Lock()  # a stemmer holds the word that it is working on


def terms(text: str) -> list[str]:
    """The words that tell a text from others: lower case, stemmed, without the most common ones."""
    words = _WORD.findall(text.lower())
    return [_stem(word) for word in words if word not in _STOP]


def shared(question: Collection[str], text: str, most: int) -> list[str]:
    """The first words of a text, as written, whose terms are among the question's; none twice."""
    found: dict[str, str] = {}
    for word in _WORD.findall(text) if question else ():
        low = word.lower()
        if low not in _STOP and (term := _stem(low)) in question and term not in found:
            found[term] = word
            if len(found) == most:
                break
    return list(found.values())


def saying(text: str) -> tuple[str, ...]:
    """What two texts have to agree in to say the same: their terms in order, and what negates.

    Cosines cannot tell: all-MiniLM-L6-v2 puts "likes walnuts" and "does not like walnuts" at 0.94,
    nearer than many a paraphrase.
    """
    words = _WORD.findall(text.lower())
    return tuple(_stem(word) for word in words if word not in _STOP or word in _NEGATIONS)


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    if not word.isalpha():
        return word  # numbers have no stem, and there are many of them
    with _STEMMING:
        stemmed: str = _stemmer().stemWord(word)
    return stemmed


@cache
def _stemmer() -> Any:
    import snowballstemmer  # type: ignore[import-untyped]

    return snowballstemmer.stemmer("english")


class Lexicon:
    """For each term, the ids of the rows that have it, and how often. Only in memory."""

    def __init__(self) -> None:
        self._postings: dict[str, tuple[array[int], array[int]]] = {}
        self._terms: dict[int, tuple[str, ...]] = {}

    def add(self, id: int, text: str) -> int:
        """Take in a row that is not there yet. Returns its length in terms."""
        counts = Counter(terms(text))
        self._terms[id] = tuple(counts)
        for term, count in counts.items():
            postings = self._postings.get(term)
            if postings is None:
                postings = self._postings[term] = (array("q"), array("H"))
            postings[0].append(id)
            postings[1].append(min(count, 0xFFFF))
        return counts.total()

    def discard(self, ids: Iterable[int]) -> None:
        """Let rows go, with every word that only they had; unknown ids are fine."""
        gone = {id: self._terms.pop(id) for id in ids if id in self._terms}
        leaving = np.fromiter(gone, np.int64, len(gone))
        for term in {term for their in gone.values() for term in their}:
            ids, often = (np.array(column) for column in self._postings.pop(term))
            kept = ~np.isin(ids, leaving)
            if kept.any():
                self._postings[term] = (
                    array("q", ids[kept].tobytes()),
                    array("H", often[kept].tobytes()),
                )

    def of(self, asked: Iterable[str]) -> tuple[Ints, Ints, Floats]:
        """The postings of the asked terms that any row has: row ids, which term, how often."""
        known = [self._postings[term] for term in asked if term in self._postings]
        if not known:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
        ids, often = zip(*known, strict=True)
        which = np.repeat(np.arange(len(known)), [len(rows) for rows in ids])
        return np.concatenate(ids, dtype=np.int64), which, np.concatenate(often, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Postings:
    """Where the terms of a question stand: the row, which of the terms, and how often.

    rows: positions, 0 to len(lengths). lengths: of each row, in terms.
    """

    rows: Ints
    which: Ints
    often: Floats
    lengths: Floats

    def coverage(self) -> Floats:
        """The share of the question that each row covers, 0 to 1."""
        count = len(self.lengths)
        if not len(self.rows):
            return np.zeros(count, np.float32)
        having = np.bincount(self.which)
        rare = np.log1p((count - having + 0.5) / (having + 0.5))
        length = self.lengths[self.rows] / max(float(self.lengths.mean()), 1.0)
        told = self.often / (self.often + K1 * (1 - B + B * length))
        covered = np.bincount(self.rows, rare[self.which] * told, count)
        shares: Floats = (covered / rare.sum()).astype(np.float32)
        return shares

    def gathered(self, groups: Ints) -> Postings:
        """The same, with all rows of a group taken as one text. groups: 0, 1, 2... of each row."""
        terms = int(self.which.max(initial=0)) + 1
        often = np.bincount(groups[self.rows] * terms + self.which, self.often)
        places = np.flatnonzero(often)
        return Postings(
            places // terms,
            places % terms,
            often[places].astype(np.float32),
            np.bincount(groups, self.lengths).astype(np.float32),
        )
