"""When a made-up person talks: sessions over weeks, hours apart, their turns minutes apart."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from personavlm.synthesis.split import Split

FIRST_DAY, LAST_DAY = datetime(2024, 1, 8, tzinfo=UTC), datetime(2024, 9, 30, tzinfo=UTC)
NOON, EVENING = 12, 18  # o'clock; far enough apart for two sessions on one day
MINUTES = (1, 5)  # between two turns of a session
TURNS = {50: (20, 50), 100: (51, 100), 200: (101, 200), 500: (201, 500)}  # by a life's size
SIZES = {Split.TRAIN: (50, 100), Split.TEST: (50, 100, 200, 500)}  # one after another
DAYS = {Split.TRAIN: 31, Split.TEST: 90}  # at most (paper, section 4 and appendix C)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Slot:
    """A session to be: when each of its turns is."""

    times: tuple[datetime, ...]

    @property
    def weekday(self) -> str:
        return WEEKDAYS[self.times[0].weekday()]


def extent(
    split: Split, number: int, rng: random.Random, size: int | None = None
) -> tuple[int, int]:
    """A life's size, that is the most turns it may have, and how many it has."""
    size = size or SIZES[split][number % len(SIZES[split])]
    return size, rng.randint(*TURNS[size])


def days(split: Split, turns: int, rng: random.Random) -> int:
    """Over how many days so many turns are spread."""
    return rng.randint(max(7, turns // 8), DAYS[split])


def timetable(turns: int, days: int, rng: random.Random) -> list[Slot]:
    """Sessions with so many turns in all, within so many days, oldest first."""
    lengths = _lengths(turns, days, rng)
    begin = FIRST_DAY + timedelta(days=rng.randrange((LAST_DAY - FIRST_DAY).days - days))
    places = [(day, hour) for day in range(days) for hour in (NOON, EVENING, EVENING)]
    chosen: set[tuple[int, int]] = set()
    while len(chosen) < len(lengths):
        chosen.add(rng.choice(places))
    return [
        _slot(begin + timedelta(days=day, hours=hour), length, rng)
        for (day, hour), length in zip(sorted(chosen), lengths, strict=True)
    ]


def _lengths(turns: int, days: int, rng: random.Random) -> list[int]:
    """Sessions of three turns and more, few enough for the days."""
    usual = max(4, min(14, 2 * turns // days))
    lengths: list[int] = []
    while sum(lengths) < turns:
        lengths.append(rng.randint(max(3, usual - 3), usual + 3))
    lengths[-1] -= sum(lengths) - turns
    return [length for length in lengths if length]


def _slot(begin: datetime, turns: int, rng: random.Random) -> Slot:
    time = begin + timedelta(minutes=rng.randrange(90))
    times = []
    for _ in range(turns):
        times.append(time)
        time += timedelta(minutes=rng.randint(*MINUTES))
    return Slot(tuple(times))
