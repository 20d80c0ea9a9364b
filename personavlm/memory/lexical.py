"""Words in common: terms of a text, postings of one view's rows, and BM25 as a share of a question.

BM25 sums, over the words of a question, how rare each is times how much a text says of it. Divided
by the most that those words could give, it is the share of the question that a text covers: 0 to 1,
whatever the question's length, so that it can be added to a cosine. Words nobody ever said tell no
row from another and are left out of that share.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
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
    lowered = text.lower()
    # A stem begins as its word does; stemming may change the last letter.
    likely = {term for term in question if term[:-1] in lowered}
    initials = {term[0] for term in likely}
    most = min(most, len(likely))
    for match in _WORD.finditer(text) if most else ():
        word = match[0]
        low = word.lower()
        if low[0] in initials and low not in _STOP:
            term = _stem(low)
            if term in question and term not in found:
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


def counted(text: str) -> bytes:
    """The terms of a text and how often it has each, packed to be stored: 8 bytes a term.

    The upper 48 bits are the term's number, the lower 16 how often it is there.
    """
    counts = Counter(terms(text))
    packed = [number(term) << 16 | min(often, 0xFFFF) for term, often in counts.items()]
    return np.array(packed, "<u8").tobytes()


@lru_cache(maxsize=50_000)
def number(term: str) -> int:
    """A term as 48 bits, the same in every process.

    Among a hundred thousand terms, one in three billion has another's number: no dictionary has to
    be kept, and none has to forget a word that was deleted.
    """
    return int.from_bytes(blake2b(term.encode(), digest_size=6).digest(), "big")


def damping(lengths: Floats) -> Floats:
    """How much BM25 makes of a text's length. lengths: of each text, in terms."""
    average = max(float(lengths.mean()), 1.0) if len(lengths) else 1.0
    return (K1 * (1 - B + B * lengths / average)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Postings:
    """Where the terms of a question stand: the row, which of the terms, and how often.

    rows: positions, 0 to len(damping). damping: of each row's length.
    """

    rows: Ints
    which: Ints
    often: Floats
    damping: Floats

    def coverage(self) -> Floats:
        """The share of the question that each row covers, 0 to 1."""
        count = len(self.damping)
        if not len(self.rows):
            return np.zeros(count, np.float32)
        having = np.bincount(self.which)
        rare = np.log1p((count - having + 0.5) / (having + 0.5))
        told = self.often / (self.often + self.damping[self.rows])
        covered = np.bincount(self.rows, (rare / rare.sum())[self.which] * told, count)
        shares: Floats = covered.astype(np.float32)
        return shares

    def gathered(self, groups: Ints, damping: Floats) -> Postings:
        """The same, with all rows of a group taken as one text.

        groups: 0, 1, 2... of each row. damping: of each group's length.
        """
        terms = int(self.which.max(initial=0)) + 1
        often = np.bincount(groups[self.rows] * terms + self.which, self.often)
        places = np.flatnonzero(often)
        return Postings(places // terms, places % terms, often[places].astype(np.float32), damping)
