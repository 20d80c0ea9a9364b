"""What a set of lives looks like: sizes, variety, and what its questions give away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from personavlm.synthesis.life import Life, Question

NGRAMS = (1, 2, 3)
_WORD = re.compile(r"\w+")


def _longest(question: Question) -> int:
    return max(range(len(question.options)), key=lambda place: len(question.options[place]))


def _shortest(question: Question) -> int:
    return min(range(len(question.options)), key=lambda place: len(question.options[place]))


def _like_the_question(question: Question) -> int:
    asked = set(words(question.text))
    shares = [
        len(asked & set(found)) / max(1, len(found)) for found in map(words, question.options)
    ]
    return shares.index(max(shares))


# What can be picked without any memory.
LEAKS: dict[str, Callable[[Question], int]] = {
    "first": lambda question: 0,
    "longest": _longest,
    "shortest": _shortest,
    "most like the question": _like_the_question,
}


@dataclass(slots=True)
class Measures:
    """Counts life after life; `summary` puts them together."""

    lives: int = 0
    turns: list[int] = field(default_factory=list)
    days: list[int] = field(default_factory=list)
    pictures: int = 0
    shown: int = 0
    noted: int = 0
    templates: Counter[str] = field(default_factory=Counter)
    replies: Counter[str] = field(default_factory=Counter)
    tasks: Counter[str] = field(default_factory=Counter)
    asked_words: int = 0
    answer_words: int = 0
    of_pictures: int = 0
    right: Counter[str] = field(default_factory=Counter)
    shorter_suits: int = 0
    pairs: int = 0
    _ngrams: dict[int, set[tuple[str, ...]]] = field(
        default_factory=lambda: {size: set() for size in NGRAMS}
    )
    _ngram_count: Counter[int] = field(default_factory=Counter)

    def add(self, life: Life) -> None:
        self.lives += 1
        turns = life.turns
        self.turns.append(len(turns))
        self.days.append((turns[-1].time - turns[0].time).days)
        for turn in turns:
            self.pictures += turn.picture is not None
            self.shown += any(score != 3 for score in turn.shown)
            self.noted += turn.note is not None
            self.templates.update(turn.templates)
            self.replies[turn.reply] += 1
            self._count_ngrams(words(turn.text))
        for question in life.questions:
            self._count_question(life, question)

    def summary(self) -> dict[str, Any]:
        """All figures; shares from 0 to 1."""
        turns, questions = sum(self.turns), self.tasks.total()
        return {
            "people": self.lives,
            "turns": turns,
            "turns a person": _mean(self.turns),
            "turns a person, least and most": [min(self.turns), max(self.turns)],
            "days, longest": max(self.days),
            "turns of each": self.turns,
            "days of each": self.days,
            "turns with a picture": _share(self.pictures, turns),
            "turns that show a trait": _share(self.shown, turns),
            "turns that leave a note": _share(self.noted, turns),
            "templates": len(self.templates),
            "commonest template": _share(max(self.templates.values(), default=0), turns),
            "commonest reply": _share(max(self.replies.values()), turns),
            "distinct n-grams": {
                str(n): _share(len(self._ngrams[n]), self._ngram_count[n]) for n in NGRAMS
            },
            "questions": questions,
            "questions by task": dict(sorted(self.tasks.items())),
            "words a question": _share(self.asked_words, questions),
            "words an answer": _share(self.answer_words, questions),
            "questions on pictures": _share(self.of_pictures, questions),
            "right without memory": {name: _share(self.right[name], questions) for name in LEAKS},
            "pairs of replies": self.pairs,
            "pairs in which the shorter reply suits": _share(self.shorter_suits, self.pairs),
        }

    def _count_ngrams(self, said: Sequence[str]) -> None:
        for size in NGRAMS:
            grams = [tuple(said[at : at + size]) for at in range(len(said) - size + 1)]
            self._ngrams[size].update(grams)
            self._ngram_count[size] += len(grams)

    def _count_question(self, life: Life, question: Question) -> None:
        self.tasks[question.task] += 1
        self.asked_words += len(words(question.text))
        self.answer_words += len(words(question.answer))
        self.of_pictures += any(life.turns[number].picture for number in question.evidence)
        for name, pick in LEAKS.items():
            self.right[name] += pick(question) == question.gold
        if question.replies is not None:
            self.pairs += 1
            chosen, rejected = question.replies.chosen, question.replies.rejected
            self.shorter_suits += len(chosen) < len(rejected)


def words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _mean(values: Sequence[int]) -> float:
    return round(sum(values) / max(1, len(values)), 2)


def _share(count: int, of: int) -> float:
    return round(count / max(1, of), 4)
