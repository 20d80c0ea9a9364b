"""A writer that needs no model: it fills templates, and knows what is true because it decided it.

Its people are simple. They say things in so many words, never lie, and change their minds in one
sentence; what a picture shows that will be asked about is named in the reply to it. A model that
does well on them has learnt the format and when to look where, which says little about real people.
Everything that is written here is marked as the simulator's.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from personavlm.synthesis.asking import questions
from personavlm.synthesis.character import character
from personavlm.synthesis.decks import Deck
from personavlm.synthesis.lexicon import Lexicon, Subject, fingerprint, lexicon
from personavlm.synthesis.life import Life, Person
from personavlm.synthesis.placing import place
from personavlm.synthesis.split import Split
from personavlm.synthesis.story import OPTIONS, Story, tell
from personavlm.synthesis.telling import Teller
from personavlm.synthesis.timetable import days, extent, timetable

SOURCE, VERSION = "simulator", 1  # to be raised when the same words give other people
STORY_SHARE = 0.55  # of the turns, at most


@dataclass(frozen=True, slots=True)
class Simulator:
    """Writes people of one split. size: of every life; None: each size in turn."""

    seed: int
    split: Split
    size: int | None = None

    @property
    def source(self) -> str:
        return SOURCE

    @property
    def settings(self) -> Mapping[str, str | int]:
        return {
            "source": SOURCE,
            "version": VERSION,
            "words": fingerprint(),
            "seed": self.seed,
            "split": self.split.value,
            **({} if self.size is None else {"size": self.size}),
        }

    def write(self, number: int) -> Life:
        """Person number so and so: a function of seed, split, size and number alone."""
        rng = random.Random(f"{self.seed} {self.split.value} {number}")
        words = lexicon(self.split)
        size, turns = extent(self.split, number, rng, self.size)
        person = _person(words, turns, rng)
        slots = timetable(turns, days(self.split, turns, rng), rng)
        placed = place(list(_stories(words, person.name, turns, rng)), slots, rng)
        plan = [[(story, story.beats[beat]) for story, beat in told] for told in placed]
        sessions = Teller(person, words, rng).sessions(slots, plan)
        asked = questions(person, sessions, plan, words, rng)
        return Life(number, self.split, SOURCE, size, person, sessions, asked)

    def stop(self) -> None:
        """Nobody takes it long."""

    def spent(self) -> None:
        """It asks nobody."""


def _person(words: Lexicon, turns: int, rng: random.Random) -> Person:
    first, last = rng.choice(words.people["first"]), rng.choice(words.people["last"])
    profile = {
        "name": f"{first} {last}",
        "age": str(rng.randint(19, 78)),
        "occupation": rng.choice(words.people["work"]),
        "home": rng.choice(words.people["town"]),
    }
    return Person(first, profile, *character(turns, rng))


def _stories(words: Lexicon, name: str, turns: int, rng: random.Random) -> Iterator[Story]:
    """One of each task, then another of each, as long as there is room to tell them."""
    by_task: dict[str, list[Subject]] = {}
    for subject in rng.sample(words.subjects, len(words.subjects)):
        by_task.setdefault(subject.task, []).append(subject)
    ranks, places = Deck(range(OPTIONS), rng), Deck(range(OPTIONS), rng)
    room = int(turns * STORY_SHARE)
    while any(by_task.values()):
        for task in rng.sample(sorted(by_task), len(by_task)):
            if not by_task[task]:
                continue
            subject = by_task[task].pop()
            story = tell(subject, name, words.people, ranks.draw(), places.draw(), rng)
            room -= len(story.beats)
            if room < 0:
                return
            yield story
