"""Search over a person's memories: two views each, inside a time window (paper, section 3.2).

Semantic and episodic memory are searched by keywords against keywords and by the query against the
content, and a memory's better view counts. Two things go beyond the paper: a topic is also found by
its own turns, and a turn that no topic holds yet is found by itself, so that nothing falls between
the prompt and the next consolidation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from personavlm.memory.budget import length, pictures, within_budget, within_image_budget
from personavlm.memory.database import Database, list_of, to_micros
from personavlm.memory.encode import TextEncoder, Vectors
from personavlm.memory.index import Key, VectorIndex
from personavlm.memory.knowledge import Knowledge, bounds
from personavlm.memory.records import Hit, MemoryType, Window
from personavlm.memory.turns import Turns


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one search returns (top-k of the paper, section 3.2) and its budget for episodes."""

    semantic: int = 4
    episodic: int = 2
    procedural: int = 2
    turn_characters: int = 6000  # about 1,500 tokens of dialogue, over all episodes of a search
    images: int = 4


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate and the view that found it."""

    score: float
    why: str


VIEW_NAMES: dict[Key, str] = {
    ("semantic", "keywords"): "its keywords match",
    ("semantic", "content"): "close to the question",
    ("topic", "keywords"): "its keywords match",
    ("topic", "content"): "its summary is close to the question",
    ("turn", "content"): "something said in it is close to the question",
    ("entry", "content"): "a habit or goal close to the question",
}


class Retriever:
    """Searches one person's memory."""

    def __init__(
        self,
        database: Database,
        turns: Turns,
        knowledge: Knowledge,
        index: VectorIndex,
        encoder: TextEncoder,
    ) -> None:
        self._db = database
        self._turns = turns
        self._knowledge = knowledge
        self._index = index
        self._encoder = encoder

    def search(
        self,
        keywords: str,
        query: str,
        window: Window,
        *,
        exclude: Collection[str] = (),
        shown_turns: Collection[int] = (),
        limits: Limits | None = None,
    ) -> tuple[Hit, ...]:
        """The memories inside `window` that fit best, best first.

        exclude: ids of hits that were returned before. shown_turns: turns that the prompt shows
        already, so that neither they nor what was noted from them is returned.
        """
        limits = limits or Limits()
        by_keywords, by_query = self._encoder.encode([keywords or query, query or keywords])
        span = bounds(window)
        if span[0] > span[1]:
            return ()
        asked = _Asked(by_keywords, by_query, span, frozenset(exclude), frozenset(shown_turns))
        hits = [
            *self._semantic(asked, limits.semantic),
            *self._episodic(asked, limits),
            *self._procedural(asked, limits.procedural),
        ]
        hits.sort(key=lambda hit: -hit.score)
        return within_image_budget(hits, limits.images)

    # -- one memory type each -------------------------------------------------------------------

    def _semantic(self, asked: _Asked, k: int) -> list[Hit]:
        exclude = asked.excluded("semantic") | self._noted_from(asked.shown_turns)
        matches = self._best(
            asked,
            {("semantic", "keywords"): asked.keywords, ("semantic", "content"): asked.query},
            k,
            exclude,
        )
        facts = {fact.id: fact for fact in self._knowledge.facts(list(matches))}
        turns = {
            turn.id: turn
            for turn in self._turns.get([fact.turn for fact in facts.values() if fact.turn])
        }
        return [
            Hit(
                id=f"semantic:{id}",
                type=MemoryType.SEMANTIC,
                time=facts[id].time,
                text=facts[id].content,
                why=match.why,
                score=match.score,
                keywords=facts[id].keywords,
                images=turns[source].images if (source := facts[id].turn) in turns else (),
                turns=(turns[source],) if source in turns else (),
            )
            for id, match in matches.items()
            if id in facts
        ]

    def _procedural(self, asked: _Asked, k: int) -> list[Hit]:
        matches = self._best(
            asked, {("entry", "content"): asked.query}, k, asked.excluded("procedural")
        )
        entries = {
            entry.id: entry
            for entry in self._knowledge.entries(MemoryType.PROCEDURAL, list(matches))
        }
        return [
            Hit(
                id=f"procedural:{id}",
                type=MemoryType.PROCEDURAL,
                time=entries[id].time,
                text=f"{entries[id].key}: {entries[id].value}",
                why=match.why,
                score=match.score,
            )
            for id, match in matches.items()
            if id in entries
        ]

    def _episodic(self, asked: _Asked, limits: Limits) -> list[Hit]:
        """Topics, and turns that no topic holds, ranked together: the best k of them all.

        Many turns of one topic may crowd the top, and a topic may have nothing to show inside the
        window that is not shown already. So the lists of candidates are made longer until what
        lies beyond them cannot be better than the hits.
        """
        k, reach = limits.episodic, max(8 * limits.episodic, 16)
        while True:
            skip = asked.shown_turns | asked.excluded("turn")
            near_turns = self._best(asked, {("turn", "content"): asked.query}, reach, skip)
            topics = self._best(
                asked,
                {("topic", "keywords"): asked.keywords, ("topic", "content"): asked.query},
                reach,
                asked.excluded("episodic"),
            )
            hits = self._ranked(near_turns, topics, asked, limits)
            beyond = max(
                (min(match.score for match in found.values())
                 for found in (near_turns, topics) if 0 < len(found) == reach),
                default=NOTHING.score,
            )  # fmt: skip
            if beyond == NOTHING.score or (len(hits) == k and (not k or hits[-1].score >= beyond)):
                return hits
            reach *= 4

    def _ranked(
        self,
        near_turns: Mapping[int, Match],
        topics: Mapping[int, Match],
        asked: _Asked,
        limits: Limits,
    ) -> list[Hit]:
        """The k best of these topics and of the turns that no topic holds, best first."""
        topic_of = self._knowledge.topics_of_turns(near_turns)
        seen_topics = asked.excluded("episodic")
        best: dict[tuple[str, int], Match] = {("topic", id): m for id, m in topics.items()}
        for turn, match in near_turns.items():
            topic = topic_of.get(turn)
            if topic is None:
                best["turn", turn] = match
            elif topic not in seen_topics:
                held = best.get(("topic", topic), NOTHING)
                best["topic", topic] = max(match, held, key=lambda m: m.score)
        hits: list[Hit] = []
        budget = limits.turn_characters
        for (owner, id), match in sorted(best.items(), key=lambda item: -item[1].score):
            if len(hits) == limits.episodic:
                break
            is_topic = owner == "topic"
            hit = (
                self._topic_hit(id, match, asked, budget) if is_topic else self._turn_hit(id, match)
            )
            if hit is not None:
                hits.append(hit)
                budget -= sum(length(turn) for turn in hit.turns)
        return hits

    def _topic_hit(
        self,
        id: int,
        match: Match,
        asked: _Asked,
        budget: int,
    ) -> Hit | None:
        found = self._knowledge.topics([id])
        if not found:
            return None
        topic = found[0]
        low, high = asked.span
        turns = [
            turn
            for turn in self._turns.get(topic.turns)
            if turn.id not in asked.shown_turns and low <= to_micros(turn.time) <= high
        ]
        if not turns:
            return None
        kept = tuple(turns)
        if sum(map(length, turns)) > budget:
            ids = [turn.id for turn in turns]
            near = self._index.scores(("turn", "content"), asked.query, ids)
            kept = within_budget(turns, near, budget)
        return Hit(
            id=f"episodic:{id}",
            type=MemoryType.EPISODIC,
            time=topic.start,
            end=topic.end,
            text=topic.summary,
            why=match.why,
            score=match.score,
            keywords=topic.keywords,
            images=pictures(kept),
            turns=kept,
            left_out=len(turns) - len(kept),
        )

    def _turn_hit(self, id: int, match: Match) -> Hit | None:
        found = self._turns.get([id])
        if not found:
            return None
        turn = found[0]
        return Hit(
            id=f"turn:{id}",
            type=MemoryType.EPISODIC,
            time=turn.time,
            text=turn.text,
            why=match.why.replace("something said in it", "what you said"),
            score=match.score,
            images=turn.images,
            turns=(turn,),
        )

    # -- shared ---------------------------------------------------------------------------------

    def _best(
        self, asked: _Asked, views: dict[Key, Vectors], k: int, exclude: Collection[int]
    ) -> dict[int, Match]:
        """The k best rows over some views of one owner, each by its better view."""
        best: dict[int, Match] = {}
        for key, found in self._index.search(views, asked.span, k, exclude).items():
            for id, score in found:
                if score > best.get(id, NOTHING).score:
                    best[id] = Match(score, f"{VIEW_NAMES[key]} ({score:.2f})")
        top = sorted(best.items(), key=lambda item: -item[1].score)[:k]
        return dict(top)

    def _noted_from(self, turns: Collection[int]) -> frozenset[int]:
        rows = self._db.read(
            "SELECT id FROM semantic WHERE turn_id IN (SELECT value FROM json_each(?))",
            (list_of(turns),),
        )
        return frozenset(row["id"] for row in rows)


NOTHING = Match(float("-inf"), "")


@dataclass(frozen=True, slots=True)
class _Asked:
    """One search: the two query vectors, the span of time, and what is not wanted again."""

    keywords: Vectors
    query: Vectors
    span: tuple[int, int]
    exclude: frozenset[str]
    shown_turns: frozenset[int]

    def excluded(self, kind: str) -> frozenset[int]:
        pairs = (id.split(":", 1) for id in self.exclude)
        return frozenset(int(number) for name, number in pairs if name == kind)
