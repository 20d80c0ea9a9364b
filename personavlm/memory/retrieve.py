"""Search over a person's memories: two views each, inside a time window (paper, section 3.2).

Semantic and episodic memory are searched by keywords against keywords and by the query against the
content, and a memory's better view counts. `fusion` says what makes one view better than another:
the paper's cosine alone (`PAPER`), or more evidence than that (`HYBRID`, the default). Two things
go beyond the paper: a topic is also found by its own turns, and a turn that no topic holds yet is
found by itself, so that nothing falls between the prompt and the next consolidation.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from personavlm.memory.asked import question_of
from personavlm.memory.budget import length, within_image_budget
from personavlm.memory.candidates import Asked, Looked, Skipped, first
from personavlm.memory.database import Database, list_of
from personavlm.memory.encode import TextEncoder
from personavlm.memory.fusion import HYBRID, Ranking, fuse
from personavlm.memory.hits import Hits, Limits, Match
from personavlm.memory.index import Key, VectorIndex
from personavlm.memory.knowledge import Knowledge, bounds
from personavlm.memory.rerank import Reranker, reordered
from personavlm.memory.turns import Turns
from personavlm.memory.when import Span, named_window, widened
from personavlm.records import Hit, Window

Read = Callable[[Iterator[Match], int, Callable[[Sequence[Match]], list[str]]], Iterator[Match]]

AT_ONCE = 16  # candidates that are looked up together

KEYS: dict[str, tuple[Key, ...]] = {
    "semantic": (("semantic", "keywords"), ("semantic", "content")),
    "episodic": (("topic", "keywords"), ("topic", "content"), ("turn", "content")),
    "procedural": (("entry", "content"),),
}


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search came to. window: the time it looked at; note: where that is not as asked."""

    hits: tuple[Hit, ...]
    window: Window
    note: str = ""


class Retriever:
    """Searches one person's memory."""

    def __init__(
        self,
        database: Database,
        turns: Turns,
        knowledge: Knowledge,
        index: VectorIndex,
        encoder: TextEncoder,
        reranker: Reranker | None = None,
    ) -> None:
        self._db = database
        self._knowledge = knowledge
        self._index = index
        self._encoder = encoder
        self._hits = Hits(turns, knowledge)
        self._reranker = reranker

    def find(
        self,
        keywords: str,
        query: str,
        window: Window,
        *,
        now: datetime,
        exclude: Collection[str] = (),
        shown_turns: Collection[int] = (),
        limits: Limits | None = None,
        ranking: Ranking = HYBRID,
    ) -> Findings:
        """`search`, which looks around a window that holds nothing, and says what it did.

        now: what "last March" in the query goes by.
        """

        named = _named(query, window, now, ranking)
        searched = partial(self._search, keywords, query, named=named, ranking=ranking,
                           skip=Skipped.of(exclude, shown_turns),
                           limits=limits or Limits())  # fmt: skip
        if named is not None:
            note = "the question names a time: memories from around it come first"
            return Findings(searched(window=window), named, note)
        if window.open or self._holds(window):
            return Findings(searched(window=window), window)
        wider = widened(window)
        if not self._holds(wider):
            return Findings((), window)
        note = "nothing is remembered from the time asked for; this is from around it"
        return Findings(searched(window=wider), wider, note)

    def search(
        self,
        keywords: str,
        query: str,
        window: Window,
        *,
        now: datetime | None = None,
        exclude: Collection[str] = (),
        shown_turns: Collection[int] = (),
        limits: Limits | None = None,
        ranking: Ranking = HYBRID,
    ) -> tuple[Hit, ...]:
        """The memories inside `window` that fit best, best first.

        now: with it, and an open window, a time that the query names draws up what is near to it.
        exclude: ids of hits that were returned before. shown_turns: turns that the prompt shows
        already, so that neither they nor what was noted from them is returned.
        """
        named = _named(query, window, now, ranking)
        skip = Skipped.of(exclude, shown_turns)
        return self._search(keywords, query, window, named, skip, limits or Limits(), ranking)

    def _search(
        self,
        keywords: str,
        query: str,
        window: Window,
        named: Window | None,
        skip: Skipped,
        limits: Limits,
        ranking: Ranking,
    ) -> tuple[Hit, ...]:
        span = bounds(window)
        if span[0] > span[1]:
            return ()
        query, keywords = question_of(query), question_of(keywords)
        asked = Asked.of(self._encoder, keywords or query, query or keywords, ranking)
        looked = self._look(asked, span, None if named is None else bounds(named))
        read = partial(reordered, self._reranker, query or keywords)
        hits = [
            *self._semantic(looked["semantic"], asked, skip, limits.semantic, span, read),
            *self._episodic(looked["episodic"], asked, skip, limits, span, read),
            *self._procedural(looked["procedural"], asked, skip, limits.procedural, read),
        ]
        hits.sort(key=lambda hit: -hit.score)
        return within_image_budget(hits, limits.images)

    # -- one memory type each -------------------------------------------------------------------

    def _semantic(
        self, looked: Looked, asked: Asked, skip: Skipped, k: int, span: Span, read: Read
    ) -> list[Hit]:
        unwanted = skip.of_kind("semantic") | self._noted_from(skip.turns)
        matches = read((m for m in looked.best() if m.id not in unwanted), k, self._hits.told)
        if not asked.ranking.merge:
            return self._hits.facts(first(matches, k), asked.terms)
        return self._hits.merged_facts(matches, k, unwanted, asked.terms, span)

    def _procedural(
        self, looked: Looked, asked: Asked, skip: Skipped, k: int, read: Read
    ) -> list[Hit]:
        unwanted = skip.of_kind("procedural")
        matches = read((m for m in looked.best() if m.id not in unwanted), k, self._hits.told)
        return self._hits.entries(first(matches, k), asked.terms)

    def _episodic(
        self, looked: Looked, asked: Asked, skip: Skipped, limits: Limits, span: Span, read: Read
    ) -> list[Hit]:
        """Topics, and turns that no topic holds, ranked together: the best k of them all."""
        hits: list[Hit] = []
        budget = limits.turn_tokens
        near = partial(looked.scores_of, ("turn", "content"))
        shown = skip.turns | skip.of_kind("turn")
        seen = {("topic", id) for id in skip.of_kind("episodic")}
        owners = self._owners(looked.best(), shown, asked.ranking, seen)
        matches = read(owners, limits.episodic, self._hits.told)
        while batch := first(matches, limits.episodic - len(hits)):
            episodes = self._hits.episodes(batch)
            for match in batch:
                if match.owner == "turn":
                    hit = episodes.turn(match, asked.terms)
                else:
                    hit = episodes.topic(match, asked.terms, near, span, skip.turns, budget)
                if hit is not None:
                    hits.append(hit)
                    budget -= sum(map(length, hit.turns))
        return hits

    def _owners(
        self,
        matches: Iterator[Match],
        shown: Collection[int],
        ranking: Ranking,
        seen: set[tuple[str, int]],
    ) -> Iterator[Match]:
        """Each match under the topic that holds it, or as a turn that none holds; none twice."""
        while batch := first(matches, AT_ONCE):
            turns = [match.id for match in batch if match.key[0] == "turn"]
            topic_of = self._knowledge.topics_of_turns(turns)
            for match in batch:
                if match.owner == "turn":
                    if match.id in shown or (match.id in topic_of and not ranking.own_words):
                        continue
                    if match.id in topic_of:
                        match = match.under(topic_of[match.id])
                if (match.owner, match.id) not in seen:
                    seen.add((match.owner, match.id))
                    yield match

    # -- shared ---------------------------------------------------------------------------------

    def _look(self, asked: Asked, span: Span, near: Span | None) -> dict[str, Looked]:
        """The rows inside the span with their scores, by kind of memory."""
        views = [key for keys in KEYS.values() for key in keys]
        found = self._index.find({key: asked.about(key) for key in views}, span)
        scores = {
            key: fuse(rows, asked.ranking, near, follow=key[0] == "turn",
                      sessions=key in KEYS["episodic"])
            for key, rows in found.items()
        }  # fmt: skip
        return {
            kind: Looked({key: found[key] for key in keys}, {key: scores[key] for key in keys})
            for kind, keys in KEYS.items()
        }

    def _holds(self, window: Window) -> bool:
        """Whether anything was said or noted in that time."""
        span = bounds(window)
        rows = self._db.read(
            "SELECT EXISTS (SELECT 1 FROM turns WHERE state <> 'open' AND at BETWEEN ? AND ?) "
            "OR EXISTS (SELECT 1 FROM semantic WHERE at BETWEEN ? AND ?)",
            (*span, *span),
        )
        return bool(rows[0][0])

    def _noted_from(self, turns: Collection[int]) -> frozenset[int]:
        if not turns:
            return frozenset()
        rows = self._db.read(
            "SELECT id FROM semantic WHERE turn_id IN (SELECT value FROM json_each(?))",
            (list_of(turns),),
        )
        return frozenset(row["id"] for row in rows)


def _named(query: str, window: Window, now: datetime | None, ranking: Ranking) -> Window | None:
    """The time that a question names, if that is to count."""
    if now is None or not window.open or not ranking.time:
        return None
    return named_window(question_of(query), now)
