"""What memory returns for a question about a life: everything that the answer needs, and more.

It stands in for the product's retrieval while training data is written: the notes and topics that
hold the answer are always among the hits, beside those that share most words with the question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from personavlm.memory.budget import within_budget
from personavlm.memory.hits import Limits
from personavlm.records import Hit, MemoryType, Turn
from personavlm.synthesis.life import Life, Question
from personavlm.synthesis.told import record, topics

AS_THE_PRODUCT = Limits()
TURNS = 6  # of a topic, at most
_WORD = re.compile(r"[^\W_]{3,}")


@dataclass(frozen=True, slots=True)
class _Kept:
    """A memory: the words that it is found by, and the turns that it rests on."""

    hit: Hit
    words: frozenset[str]
    turns: frozenset[int]


class Recall:
    """The memory that a life leaves, complete. limits: what a search of it returns."""

    def __init__(self, life: Life, limits: Limits = AS_THE_PRODUCT) -> None:
        self._limits = limits
        self._facts = list(_facts(life))
        self._topics = list(_topics(life))
        *_, habits = life.habits()
        self._habits = [_habit(number, entry, life) for number, entry in enumerate(habits.items())]

    def found(self, question: Question) -> tuple[Hit, ...]:
        """The hits of a good search for a question; the order tells nothing of the answer."""
        words = _words(" ".join((question.text, *question.keywords)))
        needed = frozenset(question.evidence)
        noted = frozenset(turn for kept in self._facts for turn in kept.turns & needed)
        facts = _best(self._within(self._facts, question), words, needed, self._limits.semantic)
        # What no note holds, the turns of its topic have to show.
        untold = needed - noted
        topics = _best(self._within(self._topics, question), words, untold, self._limits.episodic)
        habits = _best(self._habits, words, frozenset(), self._limits.procedural)
        shown = (self._shown(kept.hit, needed) for kept in topics)
        return (*(kept.hit for kept in (*habits, *facts)), *shown)

    def missed(self, question: Question) -> tuple[Hit, ...]:
        """The hits of a search that went wrong: near the question, and none with the answer."""
        words = _words(question.text)
        needed = frozenset(question.evidence)
        facts = [kept for kept in self._facts if not kept.turns & needed]
        nearest = _best(facts, words, frozenset(), self._limits.semantic)
        return tuple(kept.hit for kept in nearest)

    def _shown(self, topic: Hit, needed: frozenset[int]) -> Hit:
        """As many of its turns as there is room for, those with the answer first."""
        room = self._limits.turn_tokens // max(1, self._limits.episodic)
        turns = within_budget(topic.turns, dict.fromkeys(needed, 1.0), room)
        return replace(topic, turns=turns, left_out=len(topic.turns) - len(turns))

    def _within(self, memories: Sequence[_Kept], question: Question) -> list[_Kept]:
        since, until = question.since, question.until
        return [
            kept
            for kept in memories
            if (since is None or kept.hit.time >= since)
            and (until is None or kept.hit.time <= until)
        ]


def _best(
    memories: Sequence[_Kept], words: frozenset[str], needed: frozenset[int], count: int
) -> list[_Kept]:
    """So many memories, by time: those that are needed, the newest first, then the likest."""

    def rank(kept: _Kept) -> tuple[bool, int, str]:
        newest = kept.hit.time.isoformat()
        return bool(kept.turns & needed), 0 if kept.turns & needed else _shared(kept, words), newest

    chosen = sorted(memories, key=rank, reverse=True)[:count]
    worth = [kept for kept in chosen if kept.turns & needed or _shared(kept, words)]
    return sorted(worth, key=lambda kept: kept.hit.time)


def _shared(kept: _Kept, words: frozenset[str]) -> int:
    return len(kept.words & words)


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def _facts(life: Life) -> list[_Kept]:
    kept = []
    for place, session in enumerate(life.sessions):
        for turn in session:
            if turn.note is not None:
                hit = _hit(
                    f"semantic:{turn.number}",
                    MemoryType.SEMANTIC,
                    turn.note.content.partition(" (Image Object:")[0],
                    turn.note.keywords,
                    (record(life, place, turn),),
                )
                kept.append(_kept(hit, {turn.number}))
    return kept


def _topics(life: Life) -> list[_Kept]:
    kept = []
    for place, session in enumerate(life.sessions):
        records = tuple(record(life, place, turn) for turn in session)
        for draft in topics(life.person.name, session):
            turns = tuple(records[index] for index in draft.indices)[:TURNS]
            id = f"episodic:{turns[0].id}"
            hit = _hit(id, MemoryType.EPISODIC, draft.summary, draft.keywords, turns)
            kept.append(_kept(hit, {turn.id for turn in turns}))
    return kept


def _habit(number: int, entry: tuple[str, str], life: Life) -> _Kept:
    key, value = entry
    last = life.turns[-1]
    text = f"{key}: {value}"
    told = [turn.time for turn in life.turns if turn.change and turn.change.key == key]
    hit = Hit(
        f"procedural:{number}",
        MemoryType.PROCEDURAL,
        max(told, default=last.time),
        text,
        why="like the question",
        score=1.0,
    )
    return _kept(hit, set())


def _hit(
    id: str, type: MemoryType, text: str, keywords: tuple[str, ...], turns: tuple[Turn, ...]
) -> Hit:
    images = turns[0].images if type is MemoryType.SEMANTIC else ()
    return Hit(
        id,
        type,
        turns[0].time,
        text,
        why="like the keywords",
        score=1.0,
        keywords=keywords,
        images=images,
        turns=turns if type is MemoryType.EPISODIC else (),
        end=turns[-1].time if type is MemoryType.EPISODIC else None,
    )


def _kept(hit: Hit, turns: set[int]) -> _Kept:
    return _Kept(hit, _words(" ".join((hit.text, *hit.keywords))), frozenset(turns))
