"""Which session each message of a story falls into."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol, TypeVar

from personavlm.synthesis.beats import Beat
from personavlm.synthesis.story import Story
from personavlm.synthesis.timetable import Slot

STORIES_A_SESSION = 5  # so that a session's topics stay few
TRIES = 30

Told = tuple[Story, Beat]


class Timed(Protocol):
    @property
    def weekday(self) -> str | None:
        """The only day it can be said on."""


class InBeats(Protocol):
    """What is told in several messages."""

    @property
    def beats(self) -> Sequence[Timed]: ...


S = TypeVar("S", bound=InBeats)


def place(
    stories: Sequence[S], slots: Sequence[Slot], rng: random.Random
) -> list[list[tuple[S, int]]]:
    """For each session, what is told in it: stories, each with the place of one of its beats.

    The messages of one story keep their order and fall into sessions of their own, on the right
    days of the week. A story for which there is no room is left out whole.
    """
    plan: list[list[tuple[S, int]]] = [[] for _ in slots]
    for story in stories:
        for _ in range(TRIES):
            chosen = _sessions(story, slots, plan, rng)
            if chosen is not None:
                for number, session in enumerate(chosen):
                    plan[session].append((story, number))
                break
    for told in plan:
        rng.shuffle(told)
    return plan


def _sessions(
    story: InBeats, slots: Sequence[Slot], plan: Sequence[Sequence[object]], rng: random.Random
) -> list[int] | None:
    """A session for each beat, in order; None where this try found none."""
    free = [
        place
        for place, slot in enumerate(slots)
        if len(plan[place]) < min(STORIES_A_SESSION, len(slot.times))
    ]
    if len(free) < len(story.beats):
        return None
    weekday = next((beat.weekday for beat in story.beats if beat.weekday), None)
    if weekday is None:
        return sorted(rng.sample(free, len(story.beats)))
    chosen: list[int] = []
    for beat in story.beats:
        fits = [
            place
            for place in free
            if (not chosen or place > chosen[-1])
            and (slots[place].weekday == weekday) == (beat.weekday is not None)
        ]
        if not fits:
            return None
        chosen.append(rng.choice(fits[: max(1, len(fits) // 2)]))
    return chosen
