"""Hits made of what a search found: a memory, the turns it brings along, and why it was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from personavlm.memory.budget import length, pictures, within_budget
from personavlm.memory.database import to_micros
from personavlm.memory.index import Key, Owner
from personavlm.memory.knowledge import Knowledge
from personavlm.memory.lexical import saying, shared
from personavlm.memory.turns import Turns
from personavlm.memory.when import Span
from personavlm.records import Fact, Hit, MemoryType, Topic, Turn

MORE = 12  # facts that are read at a time, to find those that say the same


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one search returns (top-k of the paper, section 3.2) and its budget for episodes."""

    semantic: int = 4
    episodic: int = 2
    procedural: int = 2
    turn_tokens: int = 1500  # of dialogue, over all episodes of a search
    images: int = 4

    def less(self, kinds: Collection[MemoryType]) -> Limits:
        """The same, and nothing of these kinds; core memory is not searched."""
        return replace(self, **{kind.value: 0 for kind in kinds if kind is not MemoryType.CORE})


@dataclass(frozen=True, slots=True)
class Match:
    """A row that was found: its score, the view that found it, and its cosine there.

    topic: the one that holds it, where a turn was found and its topic is what counts.
    """

    row: int
    score: float
    key: Key
    cosine: float
    topic: int | None = None

    @property
    def owner(self) -> Owner:
        """What `id` is an id of."""
        return self.key[0] if self.topic is None else "topic"

    @property
    def id(self) -> int:
        return self.row if self.topic is None else self.topic

    def under(self, topic: int) -> Match:
        """The same, for the topic that holds the turn."""
        return replace(self, topic=topic)

    def why(self, asked: Collection[str], text: str) -> str:
        """In words: the view, its cosine, and the words that text and question share."""
        common = ", ".join(f"“{word}”" for word in shared(asked, text, 4))
        return f"{VIEW_NAMES[self.key]} ({self.cosine:.2f})" + (f"; has {common}" if common else "")


VIEW_NAMES: dict[Key, str] = {
    ("semantic", "keywords"): "its keywords match",
    ("semantic", "content"): "close to the question",
    ("topic", "keywords"): "its keywords match",
    ("topic", "content"): "its summary is close to the question",
    ("turn", "content"): "something said in it is close to the question",
    ("entry", "content"): "a habit or goal close to the question",
}


class Hits:
    """Reads from the database what matches stand for."""

    def __init__(self, turns: Turns, knowledge: Knowledge) -> None:
        self._turns = turns
        self._knowledge = knowledge

    def told(self, matches: Sequence[Match]) -> list[str]:
        """What each match says, in one text; what is gone meanwhile says nothing."""
        ids: dict[Owner, list[int]] = defaultdict(list)
        for match in matches:
            ids[match.owner].append(match.id)
        texts: dict[tuple[Owner, int], str] = {}
        for fact in self._knowledge.facts(ids["semantic"]):
            texts["semantic", fact.id] = fact.content
        for entry in self._knowledge.entries(MemoryType.PROCEDURAL, ids["entry"]):
            texts["entry", entry.id] = f"{entry.key}: {entry.value}"
        for turn in self._turns.get(ids["turn"]):
            texts["turn", turn.id] = turn.text
        for topic in self._knowledge.topics(ids["topic"]):
            texts["topic", topic.id] = _told(topic.summary, self._turns.get(topic.turns))
        return [texts.get((match.owner, match.id), "") for match in matches]

    def facts(self, matches: Sequence[Match], asked: Collection[str]) -> list[Hit]:
        """One hit a match, with the turn that the fact was noted from."""
        found = self._knowledge.facts([m.id for m in matches])
        return self._fact_hits(matches, {fact.id: fact for fact in found}, asked)

    def _fact_hits(
        self, matches: Sequence[Match], facts: Mapping[int, Fact], asked: Collection[str]
    ) -> list[Hit]:
        sources = [fact.turn for fact in facts.values() if fact.turn]
        turns = {turn.id: turn for turn in self._turns.get(sources)}
        views = self._knowledge.views(facts)
        return [
            Hit(
                id=f"semantic:{fact.id}",
                type=MemoryType.SEMANTIC,
                time=fact.time,
                end=fact.superseded,
                text=fact.content,
                why=match.why(asked, fact.content),
                score=match.score,
                keywords=fact.keywords,
                images=views.get(fact.id) or pictures(brought),
                turns=brought,
            )
            for match in matches
            if (fact := facts.get(match.id)) is not None
            for brought in [(turns[fact.turn],) if fact.turn in turns else ()]
        ]

    def merged_facts(
        self,
        matches: Iterator[Match],
        k: int,
        unwanted: Collection[int],
        asked: Collection[str],
        span: Span,
    ) -> list[Hit]:
        """The k best facts; what says the same is one hit, the newest, that tells the older dates.

        What says the same as an unwanted fact is not wanted either. A fact that was replaced comes
        right after the one that replaced it, if that is from the same span.
        """
        shown = self._knowledge.facts(list(unwanted)) if unwanted else []
        known = {saying(fact.content) for fact in shown}
        groups: dict[tuple[str, ...], list[Fact]] = {}
        best: dict[tuple[str, ...], Match] = {}
        while len(groups) < k and (batch := list(islice(matches, MORE))):
            facts = {fact.id: fact for fact in self._knowledge.facts([m.id for m in batch])}
            for match in batch:
                fact = facts.get(match.id)
                said = () if fact is None else saying(fact.content)
                if fact is None or said in known or (said not in groups and len(groups) == k):
                    continue
                groups.setdefault(said, []).append(fact)
                best.setdefault(said, match)
        newest = {said: max(group, key=lambda fact: fact.time) for said, group in groups.items()}
        facts = {fact.id: fact for fact in newest.values()}
        found = [replace(best[said], row=newest[said].id) for said in groups]
        ordered = self._led_by_successors(found, facts, unwanted, span)[:k]
        older = {
            f"semantic:{newest[said].id}": sorted(
                {fact.time.date() for fact in group} - {newest[said].time.date()}
            )
            for said, group in groups.items()
        }
        return [
            replace(hit, why=f"{hit.why}; also noted on {', '.join(map(str, dates))}")
            if (dates := older.get(hit.id)) else hit
            for hit in self._fact_hits(ordered, facts, asked)
        ]  # fmt: skip

    def _led_by_successors(
        self,
        found: Sequence[Match],
        facts: dict[int, Fact],
        unwanted: Collection[int],
        span: Span,
    ) -> list[Match]:
        """The matches, with what replaced them before them; adds those facts to `facts`."""
        if not any(fact.superseded for fact in facts.values()):
            return list(found)
        leads = self._knowledge.successors(facts)
        wanted = set(leads.values()) - set(unwanted) - facts.keys()
        for fact in self._knowledge.facts(sorted(wanted)):
            if span[0] <= to_micros(fact.time) <= span[1]:
                facts[fact.id] = fact
        ordered: dict[int, Match] = {}
        for match in found:
            lead = leads.get(match.id)
            if lead in facts:
                ordered.setdefault(lead, replace(match, row=lead))
            ordered.setdefault(match.id, match)
        return list(ordered.values())

    def entries(self, matches: Sequence[Match], asked: Collection[str]) -> list[Hit]:
        found = self._knowledge.entries(MemoryType.PROCEDURAL, [m.id for m in matches])
        entries = {entry.id: entry for entry in found}
        return [
            Hit(
                id=f"procedural:{entry.id}",
                type=MemoryType.PROCEDURAL,
                time=entry.time,
                text=(text := f"{entry.key}: {entry.value}"),
                why=match.why(asked, text),
                score=match.score,
            )
            for match in matches
            if (entry := entries.get(match.id)) is not None
        ]

    def episodes(self, matches: Sequence[Match]) -> Episodes:
        """What topics, and turns that no topic holds, bring along."""
        found = self._knowledge.topics([m.id for m in matches if m.owner == "topic"])
        turns = self._turns.get(
            [
                *(turn for topic in found for turn in topic.turns),
                *(match.id for match in matches if match.owner == "turn"),
            ]
        )
        return Episodes({topic.id: topic for topic in found}, {turn.id: turn for turn in turns})


@dataclass(frozen=True, slots=True)
class Episodes:
    """Topics and turns that were read together."""

    topics: Mapping[int, Topic]
    turns: Mapping[int, Turn]  # by time

    def turn(self, match: Match, asked: Collection[str]) -> Hit | None:
        turn = self.turns.get(match.id)
        if turn is None:
            return None
        return Hit(
            id=f"turn:{turn.id}",
            type=MemoryType.EPISODIC,
            time=turn.time,
            text=turn.text,
            why=match.why(asked, turn.text).replace("something said in it", "what you said"),
            score=match.score,
            images=turn.images,
            turns=(turn,),
        )

    def topic(
        self,
        match: Match,
        asked: Collection[str],
        near: Callable[[Collection[int]], Mapping[int, float]],
        span: Span,
        shown: Collection[int],
        budget: int,
    ) -> Hit | None:
        """A topic with those of its turns inside the span that are not shown yet and fit.

        near: gives how near turns are to the question. None if no turn is left to show.
        """
        topic = self.topics.get(match.id)
        if topic is None:
            return None
        low, high = span
        own = set(topic.turns)
        turns = [
            turn
            for id, turn in self.turns.items()
            if id in own and id not in shown and low <= to_micros(turn.time) <= high
        ]
        if not turns:
            return None
        kept = tuple(turns)
        if sum(map(length, turns)) > budget:
            kept = within_budget(turns, near(topic.turns), budget)
        return Hit(
            id=f"episodic:{topic.id}",
            type=MemoryType.EPISODIC,
            time=topic.start,
            end=topic.end,
            text=topic.summary,
            why=match.why(asked, _told(topic.summary, kept)),
            score=match.score,
            keywords=topic.keywords,
            images=pictures(kept),
            turns=kept,
            left_out=len(turns) - len(kept),
        )


def _told(summary: str, turns: Sequence[Turn]) -> str:
    return " ".join([summary, *(turn.text for turn in turns)])
