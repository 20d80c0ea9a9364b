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

from personavlm.personality import HIGHEST, LOWEST, NEUTRAL, TRAITS
from personavlm.synthesis.asking import questions
from personavlm.synthesis.decks import Deck
from personavlm.synthesis.lexicon import Lexicon, Subject, fingerprint, lexicon
from personavlm.synthesis.life import Drift, Life, Person
from personavlm.synthesis.placing import place
from personavlm.synthesis.split import Split
from personavlm.synthesis.story import OPTIONS, Story, tell
from personavlm.synthesis.telling import Teller
from personavlm.synthesis.timetable import timetable

SOURCE, VERSION = "simulator", 1  # to be raised when the same words give other people
TURNS = {50: (20, 50), 100: (51, 100), 200: (101, 200), 500: (201, 500)}  # by a life's size
SIZES = {Split.TRAIN: (50, 100), Split.TEST: (50, 100, 200, 500)}  # one after another
DAYS = {Split.TRAIN: 31, Split.TEST: 90}  # at most (paper, section 4 and appendix C)
STORY_SHARE = 0.55  # of the turns, at most
DRIFTING, FAR = 0.5, 1.5  # of the people one trait moves, and so far
SCORES = (1.0, 1.5, 2.0, 3.0, 4.0, 4.5, 5.0)


@dataclass(frozen=True, slots=True)
class Simulator:
    """Writes people of one split."""

    seed: int
    split: Split

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
        }

    def write(self, number: int) -> Life:
        """Person number so and so: a function of seed, split and number alone."""
        rng = random.Random(f"{self.seed} {self.split.value} {number}")
        words = lexicon(self.split)
        sizes = SIZES[self.split]
        size = sizes[number % len(sizes)]
        turns = rng.randint(*TURNS[size])
        person = _person(words, turns, rng)
        days = rng.randint(max(7, turns // 8), DAYS[self.split])
        slots = timetable(turns, days, rng)
        plan = place(list(_stories(words, person.name, turns, rng)), slots, rng)
        sessions = Teller(person, words, rng).sessions(slots, plan)
        asked = questions(person, sessions, plan, words, rng)
        return Life(number, self.split, SOURCE, size, person, sessions, asked)


def _person(words: Lexicon, turns: int, rng: random.Random) -> Person:
    """Somebody with at least one trait at its end; one trait of every second person drifts."""
    first, last = rng.choice(words.people["first"]), rng.choice(words.people["last"])
    profile = {
        "name": f"{first} {last}",
        "age": str(rng.randint(19, 78)),
        "occupation": rng.choice(words.people["work"]),
        "home": rng.choice(words.people["town"]),
    }
    scores = [rng.choice(SCORES) for _ in TRAITS]
    scores[rng.randrange(len(TRAITS))] = rng.choice((LOWEST, HIGHEST))
    drifts: tuple[Drift, ...] = ()
    if rng.random() < DRIFTING:
        moving = rng.randrange(len(TRAITS))
        begin = rng.randrange(turns // 4, turns // 2)
        far = -FAR if scores[moving] > NEUTRAL else FAR
        drifts = (Drift(TRAITS[moving], begin, begin + turns // 4, scores[moving] + far),)
    o, c, e, a, n = scores
    return Person(first, profile, (o, c, e, a, n), drifts)


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
