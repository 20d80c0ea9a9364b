"""One thing that somebody tells over days or weeks, and the question it answers."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from personavlm.synthesis.beats import Beat, Beats, capital
from personavlm.synthesis.lexicon import Subject, Value
from personavlm.synthesis.timetable import WEEKDAYS

OPTIONS = 4
UNKNOWN = (
    "not told so far",
    "unknown, for you never said",
    "that has not come up between us until now",
)
_SECOND_PERSON = {
    **{"i": "you", "me": "you", "we": "you", "us": "you", "am": "are", "myself": "yourself"},
    **{"my": "your", "our": "your", "mine": "yours"},
}
_FIRST_PERSON = re.compile(rf"\b({'|'.join(_SECOND_PERSON)})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Story:
    """Beats in their order, each for a session of its own; the question's options and its key."""

    subject: Subject
    topic: str
    keywords: tuple[str, ...]
    beats: tuple[Beat, ...]
    asked: str
    options: tuple[str, ...]
    gold: int

    @property
    def id(self) -> str:
        return self.subject.id


def option(answer: str) -> str:
    """An answer as the assistant says it: to the person, with a capital letter."""
    return capital(_FIRST_PERSON.sub(lambda word: _SECOND_PERSON[word[0].lower()], answer))


def tell(
    subject: Subject,
    name: str,
    people: Mapping[str, Sequence[str]],
    rank: int,
    place: int,
    rng: random.Random,
) -> Story:
    """A story of this subject.

    The four options all come from the subject's values and differ in length; which of them is true
    is decided by `rank` alone, its place in order of length. So a set of options tells nothing of
    the key. `place` is where the key stands.
    """
    values = list(subject.values)
    if subject.task == "LGT" and rng.random() < 0.5:
        values.append(Value("", rng.choice(UNKNOWN)))
    four = _four(values, rng)
    gold = four.pop(rank)
    rng.shuffle(four)
    friend, second = rng.sample(list(people["friend"]), 2)
    words = {
        **{"name": name, "friend": friend, "second": second, "day": rng.choice(WEEKDAYS)},
        "other": rng.choice(people["other"]),
    }
    options = [option(value.answer) for value in four]
    options.insert(place, option(gold.answer))
    return Story(
        subject,
        subject.topic.format(**words),
        tuple(word.format(**words) for word in subject.keywords),
        Beats(subject, words, rng).of(gold, four),
        rng.choice(subject.ask).format(**words),
        tuple(options),
        place,
    )


def _four(values: Sequence[Value], rng: random.Random) -> list[Value]:
    """Four values whose answers differ in length, shortest first."""
    by_length: dict[int, list[Value]] = {}
    for value in values:
        by_length.setdefault(len(option(value.answer)), []).append(value)
    lengths = sorted(rng.sample(sorted(by_length), OPTIONS))
    return [rng.choice(by_length[length]) for length in lengths]
