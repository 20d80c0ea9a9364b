"""What is decided by chance and by code before a model is asked: the frame of one life."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from personavlm.synthesis.character import Traits, character
from personavlm.synthesis.decks import Deck
from personavlm.synthesis.life import Drift
from personavlm.synthesis.split import Split
from personavlm.synthesis.telling import PICTURES
from personavlm.synthesis.timetable import Slot, days, extent, timetable
from personavlm.synthesis.writing.photos import Album, Shot

TELLING = 0.5  # of the turns tell something that is asked about later, at most
ROUNDS = 4  # threads for each task, at most: more would be too many for one life
PICTURED = 0.28  # of the threads begin with a picture, besides: 34.02 % do (paper, Table 6)
FOLLOWING = 0.4  # of the other turns stay with what was said right before
OFTEN = 3  # sessions on one day of the week, for what is told weekly


@dataclass(frozen=True, slots=True)
class TaskGuide:
    """What a task needs: messages, and what is told and asked. See `tasks.toml`."""

    beats: int
    story: str
    ask: str
    weekly: bool = False
    picture: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """A thread that is to be invented. weekday: the only day it is told on."""

    id: str
    task: str
    weekday: str | None
    shot: Shot | None

    @property
    def guide(self) -> TaskGuide:
        return guides()[self.task]


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything about a life that no model decides. shots: for turns that tell nothing."""

    size: int
    days: int
    slots: tuple[Slot, ...]
    traits: Traits
    drifts: tuple[Drift, ...]
    rounds: tuple[tuple[Wanted, ...], ...]
    shots: tuple[Shot, ...]

    @property
    def turns(self) -> int:
        return sum(len(slot.times) for slot in self.slots)


@cache
def guides() -> Mapping[str, TaskGuide]:
    """By the tasks' abbreviations."""
    text = files(__package__).joinpath("tasks.toml").read_text("utf-8")
    return {task: TaskGuide(**row) for task, row in tomllib.loads(text).items()}


def frame(split: Split, number: int, seed: int, pictures: Album) -> Frame:
    """A function of what it is given alone."""
    rng = random.Random(f"{seed} {split.value} {number}")
    size, turns = extent(split, number, rng)
    traits, drifts = character(turns, rng)
    length = days(split, turns, rng)
    slots = tuple(timetable(turns, length, rng))
    deck = Deck(pictures.shots, rng) if pictures.shots else None
    rounds = tuple(_rounds(slots, turns, deck, rng))
    left = round(PICTURES * turns) - sum(w.shot is not None for each in rounds for w in each)
    shots = tuple(deck.draw() for _ in range(max(0, left))) if deck else ()
    return Frame(size, length, slots, traits, drifts, rounds, shots)


def _rounds(
    slots: Sequence[Slot], turns: int, deck: Deck[Shot] | None, rng: random.Random
) -> Iterator[tuple[Wanted, ...]]:
    """One thread of each task, then another of each, as long as there is room to tell them."""
    weekdays = [slot.weekday for slot in slots]
    often = sorted(day for day in set(weekdays) if weekdays.count(day) >= OFTEN)
    tasks = [task for task, guide in guides().items() if deck is not None or not guide.picture]
    room = int(turns * TELLING)
    for number in range(ROUNDS):
        wanted: list[Wanted] = []
        for task in rng.sample(tasks, len(tasks)):
            guide = guides()[task]
            room -= guide.beats
            if room < 0:
                break
            weekday = rng.choice(often) if guide.weekly and often else None
            pictured = guide.picture or rng.random() < PICTURED
            shot = deck.draw() if deck is not None and pictured else None
            wanted.append(Wanted(f"{task}-{number + 1}", task, weekday, shot))
        if wanted:
            yield tuple(wanted)
        if room < 0:
            return
