"""A life written into memory and kept apart from it too, and what a search of it has to find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scripted import START, HashEncoder

from personavlm.memory.memory import Memory
from personavlm.records import MemoryType, Window

ZONE = "Europe/Lisbon"
DAY_ONE = START.replace(tzinfo=ZoneInfo(ZONE))


def at(hours: float) -> datetime:
    return DAY_ONE + timedelta(hours=hours)


class Said(NamedTuple):
    """Something said, noted, or done for a habit, at an hour from DAY_ONE."""

    hour: int
    text: str


class Talk(NamedTuple):
    """A session: its turns, and the summary of its one topic (None: it has none yet)."""

    said: list[Said]
    summary: str | None


@dataclass
class Life:
    """What was put into a memory."""

    memory: Memory
    turns: dict[int, Said] = field(default_factory=dict)
    facts: dict[int, tuple[Said, int | None]] = field(default_factory=dict)
    topics: dict[int, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    habits: dict[int, Said] = field(default_factory=dict)

    def live(self, talks: Sequence[Talk], facts: Sequence[Said], habits: Sequence[Said]) -> None:
        memory = self.memory
        with memory.database.write():
            for talk in talks:
                session = memory.turns.start_session(DAY_ONE)
                ids = []
                for said in talk.said:
                    turn = memory.turns.add(session, at(said.hour), said.text, ())
                    memory.turns.finish(turn, "ok", "done")
                    self.turns[turn] = said
                    ids.append(turn)
                if talk.summary is not None:
                    words = talk.summary.split()[:1]
                    topic = memory.knowledge.add_topic(session, talk.summary, words, ids)
                    self.topics[topic] = (talk.summary, tuple(ids))
            sources = [None, *self.turns]
            for number, said in enumerate(facts):
                source = sources[number % len(sources)]
                words = said.text.split()[:1]
                fact = memory.knowledge.add_fact(at(said.hour), said.text, words, "", source)
                self.facts[fact] = (said, source)
            for number, said in enumerate(habits):
                kept = memory.knowledge.current(MemoryType.PROCEDURAL)
                kept[f"habit {number}"] = said.text
                [id] = memory.knowledge.replace_entries(
                    MemoryType.PROCEDURAL, kept, at(said.hour), None
                )
                self.habits[id] = Said(said.hour, f"habit {number}: {said.text}")

    def expected(
        self, keywords: str, query: str, window: Window, exclude: set[str], shown: set[int]
    ) -> dict[str, float]:
        """Every memory that may be returned, and its score, by plain loops."""

        def best(text: str, words: str | None = None) -> float:
            by_query = _cosine(query, text)
            return by_query if words is None else max(by_query, _cosine(keywords, words))

        found: dict[str, float] = {}
        for id, (said, source) in self.facts.items():
            if _inside(said, window) and source not in shown:
                found[f"semantic:{id}"] = best(said.text, said.text.split()[0])
        usable = {t for t, said in self.turns.items() if t not in shown and _inside(said, window)}
        for id, (summary, turns) in self.topics.items():
            near = [
                best(self.turns[t].text) for t in usable & {*turns} if f"turn:{t}" not in exclude
            ]
            if usable & {*turns}:
                found[f"episodic:{id}"] = max([best(summary, summary.split()[0]), *near])
        for id in usable - {turn for _, turns in self.topics.values() for turn in turns}:
            found[f"turn:{id}"] = best(self.turns[id].text)
        for id, said in self.habits.items():
            if _inside(said, Window(None, window.end)):  # it holds from then on
                found[f"procedural:{id}"] = best(said.text)
        return {id: score for id, score in found.items() if id not in exclude}


def _inside(said: Said, window: Window) -> bool:
    time = at(said.hour)
    return (window.start is None or time >= window.start) and (
        window.end is None or time <= window.end
    )


def _cosine(a: str, b: str) -> float:
    first, second = HashEncoder().encode([a, b])
    return float(first @ second)
