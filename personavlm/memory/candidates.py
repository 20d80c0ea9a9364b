"""What a search works on: the question, what is not wanted again, the rows with their scores."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, islice

import numpy as np

from personavlm.memory.encode import TextEncoder, Vectors
from personavlm.memory.fusion import Ranking
from personavlm.memory.hits import Match
from personavlm.memory.index import Key
from personavlm.memory.lexical import Floats, terms
from personavlm.memory.table import Found

FEW = 64  # rows that are sorted before more are asked for


@dataclass(frozen=True, slots=True)
class Asked:
    """One question in both forms, as vectors and as terms."""

    keywords: tuple[Vectors, frozenset[str]]
    query: tuple[Vectors, frozenset[str]]
    ranking: Ranking

    @classmethod
    def of(cls, encoder: TextEncoder, keywords: str, query: str, ranking: Ranking) -> Asked:
        vectors = encoder.encode([keywords, query])
        words = [frozenset(terms(text)) if ranking.lexical else frozenset[str]()
                 for text in (keywords, query)]  # fmt: skip
        return cls((vectors[0], words[0]), (vectors[1], words[1]), ranking)

    @property
    def terms(self) -> frozenset[str]:
        return self.keywords[1] | self.query[1]

    def about(self, key: Key) -> tuple[Vectors, frozenset[str]]:
        return self.keywords if key[1] == "keywords" else self.query


@dataclass(frozen=True, slots=True)
class Skipped:
    """What is not wanted again: ids of hits, and turns that the prompt shows."""

    ids: Mapping[str, frozenset[int]]
    turns: frozenset[int]

    @classmethod
    def of(cls, exclude: Iterable[str], turns: Iterable[int]) -> Skipped:
        ids: dict[str, frozenset[int]] = {}
        for id in exclude:
            kind, number = id.split(":", 1)
            ids[kind] = ids.get(kind, frozenset()) | {int(number)}
        return cls(ids, frozenset(turns))

    def of_kind(self, kind: str) -> frozenset[int]:
        return self.ids.get(kind, frozenset())


@dataclass(frozen=True, slots=True)
class Looked:
    """The rows of some views, with their scores."""

    found: Mapping[Key, Found]
    scores: Mapping[Key, Floats]

    def best(self) -> Iterator[Match]:
        """All rows, best first; a row that two views hold comes once, by its better one."""
        keys = list(self.found)
        scores = np.concatenate([self.scores[key] for key in keys])
        starts = list(accumulate((len(self.scores[key]) for key in keys), initial=0))
        seen: set[tuple[str, int]] = set()
        for place in _descending(scores):
            view = bisect(starts, place) - 1
            key, row = keys[view], place - starts[view]
            match = Match(
                int(self.found[key].ids[row]),
                float(scores[place]),
                key,
                float(self.found[key].cosines[row]),
            )
            if (key[0], match.id) not in seen:
                seen.add((key[0], match.id))
                yield match

    def scores_of(self, key: Key, ids: Collection[int]) -> dict[int, float]:
        """The scores of these rows of one view; ids that were not found are left out."""
        found, scores = self.found[key].ids, self.scores[key]
        return {
            id: float(scores[row])
            for id in ids
            if (row := int(np.searchsorted(found, id))) < len(found) and found[row] == id
        }


def _descending(scores: Floats) -> Iterator[int]:
    """Places of the scores, the highest first.

    Hardly ever more than the first few are asked for, so only those are sorted at once: all that
    reach the lowest of FEW maxima, each of every FEWth score.
    """
    bound = -np.inf
    if len(scores) > 2 * FEW:
        bound = scores[: len(scores) // FEW * FEW].reshape(-1, FEW).max(axis=0).min()
    top = np.flatnonzero(scores >= bound)
    yield from top[np.argsort(-scores[top], kind="stable")].tolist()
    if len(top) < len(scores):
        rest = np.flatnonzero(scores < bound)
        yield from rest[np.argsort(-scores[rest], kind="stable")].tolist()


def first(matches: Iterator[Match], k: int) -> list[Match]:
    """The next k matches, or as many as are left."""
    return list(islice(matches, k))
