"""The questions that a life answers, and the way to each answer from memory alone."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta

from personavlm.protocol import format_time, parse_window
from personavlm.records import Hit
from personavlm.synthesis.asking import ALIGNED, TONED
from personavlm.synthesis.decks import Deck
from personavlm.synthesis.life import Lacking, Life, Question, Replies, Turn, Worked
from personavlm.synthesis.pictures import described
from personavlm.synthesis.recall import Recall
from personavlm.synthesis.story import OPTIONS
from personavlm.synthesis.trajectories import LETTERS
from personavlm.synthesis.writer import Unusable
from personavlm.synthesis.writing.asker import Asker
from personavlm.synthesis.writing.dialogue import entries, manner
from personavlm.synthesis.writing.pieces import Pieces
from personavlm.synthesis.writing.prompted import prompt
from personavlm.synthesis.writing.shapes import AnswerShape, QuestionShape, SearchShape
from personavlm.synthesis.writing.threads import Thread

RANKS = ("shortest", "second shortest", "second longest", "longest")
ROOM = 1_200  # tokens
NO_REPLIES = "null"
REPLIES = '{"suits": "...", "clashes": "..."}'


@dataclass(frozen=True, slots=True)
class Place:
    """Where the right option is to stand: in the order of lengths, and in the list."""

    rank: int
    gold: int


class Questioner:
    """Asks about one person, once all has been told. `life` has no questions yet."""

    def __init__(self, asker: Asker, pieces: Pieces, life: Life, rng: random.Random) -> None:
        self._asker = asker
        self._pieces = pieces
        self._life = life
        self._rng = rng
        *_, self._profile = life.profiles()
        last = life.turns[-1]
        self._character = manner(life.person.traits_at(last.number))
        self._time = (last.time + timedelta(days=rng.randint(1, 3))).replace(
            hour=10, minute=rng.randrange(60)
        )

    def about(self, threads: Sequence[Thread]) -> Iterator[Question | Lacking]:
        """A question on each thread that was told, or why there is none.

        Raises:
            EngineUnavailable: the model cannot be asked.
        """
        recall = Recall(self._life)
        ranks, golds = Deck(range(OPTIONS), self._rng), Deck(range(OPTIONS), self._rng)
        for thread in threads:
            told = [turn for turn in self._life.turns if turn.topic == thread.id]
            place = Place(ranks.draw(), golds.draw())
            toned = thread.wanted.task in TONED and self._rng.random() < ALIGNED
            if not told:
                continue  # there was no room for it
            try:
                yield self._answered(self._question(thread, told, place, toned), recall)
            except Unusable as error:
                yield Lacking(thread.id, str(error))

    def _question(
        self, thread: Thread, told: Sequence[Turn], place: Place, toned: bool
    ) -> Question:
        person = self._life.person
        asked = prompt(
            "question",
            name=person.name,
            days=(self._time - self._life.turns[0].time).days,
            told=shown(told),
            today=format_time(self._time),
            topic=thread.topic,
            ask=thread.wanted.guide.ask,
            rank=RANKS[place.rank],
            replies=REPLIES if toned else NO_REPLIES,
            manner=prompt("manner", name=person.name, character=self._character) if toned else "",
        )
        numbers = {turn.number for turn in told}
        found = self._asker.ask(
            self._pieces,
            f"question {thread.id}",
            asked,
            QuestionShape,
            ROOM,
            lambda shape: _require(shape, numbers, toned),
        )
        options = list(found.wrong)
        options.insert(place.gold, found.right)
        evidence = tuple(sorted(set(found.evidence)))
        replies = Replies(found.replies.suits, found.replies.clashes) if found.replies else None
        return Question(
            thread.wanted.task,
            thread.topic,
            thread.id,
            found.question,
            self._time,
            tuple(options),
            place.gold,
            evidence,
            thread.keywords,
            self._key(found.right, evidence),
            replies=replies if toned else None,
        )

    def _key(self, right: str, evidence: Sequence[int]) -> str | None:
        """The entry of core memory that says the answer in so many words, if evidence set it."""
        for number in evidence:
            change = self._life.turns[number].change
            if change is not None and change.memory == "profile":
                value = self._profile.get(change.key, "")
                if value == change.value and right.casefold() in value.casefold():
                    return change.key
        return None

    def _answered(self, question: Question, recall: Recall) -> Question:
        """The question with the way to its answer: a search, unless core memory is enough."""
        thought = ""
        hits: tuple[Hit, ...] = ()
        if question.key is None:
            search = self._search(question)
            window, _ = parse_window(search.start or "null", search.end or "null", UTC)
            question = replace(
                question,
                keywords=tuple(search.keywords),
                since=window.start,
                until=window.end,
            )
            thought, hits = search.thought, recall.found(question)
        asked = prompt(
            "answer",
            name=self._life.person.name,
            character=self._character,
            profile=entries(self._profile),
            today=format_time(question.time),
            question=question.text,
            options=listed(question.options),
            memory=_remembered(hits, searched=question.key is None),
        )
        piece = f"answer {question.subject}"
        found = self._asker.ask(self._pieces, piece, asked, AnswerShape, ROOM)
        choice = None if found.option == "none" else LETTERS.index(found.option)
        return replace(question, worked=Worked(thought, found.thought, choice, found.reply))

    def _search(self, question: Question) -> SearchShape:
        asked = prompt(
            "search",
            name=self._life.person.name,
            profile=entries(self._profile),
            today=format_time(question.time),
            question=question.text,
        )
        return self._asker.ask(self._pieces, f"search {question.subject}", asked, SearchShape, ROOM)


def _require(shape: QuestionShape, numbers: set[int], toned: bool) -> None:
    """
    Raises:
        ValueError: the question cannot be used, whatever it says.
    """
    if strangers := sorted(set(shape.evidence) - numbers):
        raise ValueError(f"message {strangers[0]} is none of those above")
    options = [shape.right, *shape.wrong]
    if len({text.casefold() for text in options}) < len(options):
        raise ValueError("an option stands there twice")
    if any(len(text) == len(shape.right) for text in shape.wrong):
        raise ValueError("a wrong option is exactly as long as the right one")
    if toned and shape.replies is None:
        raise ValueError("the two replies are missing")


def shown(turns: Sequence[Turn]) -> str:
    """Turns as they are quoted to a model, by their numbers."""
    return "\n".join(
        f"[{turn.number}] {format_time(turn.time)}\nUser: {turn.text}"
        + (f"\n(Picture: {described(turn.picture)})" if turn.picture else "")
        + f"\nAssistant: {turn.reply}"
        for turn in turns
    )


def listed(options: Sequence[str]) -> str:
    return "\n".join(f"({x}) {text}" for x, text in zip(LETTERS, options, strict=True))


def _remembered(hits: Sequence[Hit], searched: bool) -> str:
    if not searched:
        return "Nothing was looked up: what is in your head is enough."
    found = [
        "\n".join(
            [
                f"- {hit.type.value}, {format_time(hit.time)}: {hit.text}",
                *(
                    f"    {format_time(turn.time)} User: {turn.text} / Assistant: {turn.reply}"
                    for turn in hit.turns
                ),
            ]
        )
        for hit in hits
    ]
    return "What your memory returned:\n" + ("\n".join(found) or "nothing")
