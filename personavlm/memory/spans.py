"""What each kind of time expression spans, worked out from the day that it is for the person.

dateparser reads dates and distances; weeks, weekends, months, seasons and "the 5th" it does not
know as spans, so those are counted here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

import dateparser

from personavlm.records import Window

Direction = Literal["past", "future"]

_YEAR_ROUND = (
    "january february march april may june july august september october november december"
)
MONTHS = _YEAR_ROUND.split()
_WEEK = "monday tuesday wednesday thursday friday saturday sunday"
WEEKDAYS = _WEEK.split()
_TO_TWELVE = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBERS = {word: number for number, word in enumerate(_TO_TWELVE.split())} | {
    "a": 1,
    "an": 1,
    "a couple of": 2,
    "couple of": 2,
    "a few": 3,
    "few": 3,
    "several": 3,
}
_ORDINALS = {
    word: number
    for number, pair in enumerate(
        ("first 1st", "second 2nd", "third 3rd", "fourth 4th", "fifth 5th"), start=1
    )
    for word in pair.split()
}
_SEASONS = {
    "spring": (3, 5),
    "summer": (6, 8),
    "autumn": (9, 11),
    "fall": (9, 11),
    "winter": (12, 2),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """Now for the person, and whether an unmarked day lies before or after it."""

    now: datetime
    direction: Direction

    @property
    def today(self) -> date:
        return self.now.date()

    def days(self, first: date, last: date | None = None) -> Window:
        """From the first minute of one day to the last minute of another."""
        zone = self.now.tzinfo
        return Window(
            datetime.combine(first, time.min, zone),
            datetime.combine(last or first, time(23, 59), zone),
        )

    def read(self, phrase: str) -> date | None:
        """A date that dateparser knows how to read."""
        found = dateparser.parse(
            phrase,
            languages=["en"],
            settings={
                "RELATIVE_BASE": self.now.replace(tzinfo=None),
                "PREFER_DATES_FROM": self.direction,
                "PREFER_DAY_OF_MONTH": "first",
                "DATE_ORDER": "DMY",
            },
        )
        return found.date() if found else None


def _month_number(name: str) -> int:
    return next(n for n, month in enumerate(MONTHS, 1) if month.startswith(name.lower()[:3]))


def _count(text: str) -> int:
    low = text.lower()
    return int(low) if low.isdigit() else NUMBERS[low]


def _month_end(first: date) -> date:
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return following - timedelta(days=1)


def _month_of(clock: Clock, name: str, year: str | None, which: str = "") -> date:
    """The first day of a named month; without a year, the nearest in the clock's direction."""
    month = _month_number(name)
    today = clock.today
    if year:
        return date(int(year), month, 1)
    if clock.direction == "past" or which == "last":
        passed = month < today.month or (month == today.month and which != "last")
        return date(today.year if passed else today.year - 1, month, 1)
    return date(today.year if month >= today.month else today.year + 1, month, 1)


def _shift_month(first: date, by: int) -> date:
    index = first.year * 12 + first.month - 1 + by
    return date(index // 12, index % 12 + 1, 1)


def _weekend_of(monday: date) -> tuple[date, date]:
    return monday + timedelta(days=5), monday + timedelta(days=6)


def named_day(clock: Clock, found: re.Match[str]) -> Window | None:
    word = found["word"].lower()
    today = clock.today
    step = {"today": 0, "tonight": 0, "yesterday": -1, "tomorrow": 1}.get(word.split()[0])
    if word == "last night":
        return clock.days(today - timedelta(days=1), today)
    if word.startswith("the day"):
        step = -2 if "before" in word else 2
    if step is None:
        step = 0  # this morning, this evening
    return clock.days(today + timedelta(days=step))


def relative_unit(clock: Clock, found: re.Match[str]) -> Window | None:
    which, unit = found["which"].lower().split()[-1], found["unit"].lower()
    today = clock.today
    step = {"last": -1, "past": -1, "previous": -1, "this": 0, "next": 1, "coming": 1}[which]
    monday = today - timedelta(days=today.weekday())
    if unit == "week":
        monday += timedelta(weeks=step)
        return clock.days(monday, monday + timedelta(days=6))
    if unit == "weekend":
        return clock.days(*_weekend(clock, which, monday))
    if unit == "month":
        first = _shift_month(today.replace(day=1), step)
        return clock.days(first, _month_end(first))
    year = today.year + step
    return clock.days(date(year, 1, 1), date(year, 12, 31))


def the_weekend(clock: Clock, found: re.Match[str]) -> Window | None:
    """at the weekend"""
    monday = clock.today - timedelta(days=clock.today.weekday())
    return clock.days(*_weekend(clock, "this", monday))


def _weekend(clock: Clock, which: str, monday: date) -> tuple[date, date]:
    saturday = monday + timedelta(days=5)
    begun = clock.today >= saturday
    if which in ("last", "past", "previous") or (
        which == "this" and not begun and clock.direction == "past"
    ):
        monday -= timedelta(weeks=1)
    elif which in ("next",) or (which == "coming" and begun):
        monday += timedelta(weeks=1)
    return _weekend_of(monday)


def weekday(clock: Clock, found: re.Match[str]) -> Window | None:
    today = clock.today
    wanted = WEEKDAYS.index(found["day"].lower())
    which = (found["which"] or "").lower()
    back = (today.weekday() - wanted) % 7
    if which in ("last", "past", "previous"):
        return clock.days(today - timedelta(days=back or 7))
    ahead = (wanted - today.weekday()) % 7
    if which in ("next", "coming"):
        return clock.days(today + timedelta(days=ahead or 7))
    if which == "this":
        monday = today - timedelta(days=today.weekday())
        return clock.days(monday + timedelta(days=wanted))
    if clock.direction == "past":
        return clock.days(today - timedelta(days=back))
    return clock.days(today + timedelta(days=ahead or 7))


def ago(clock: Clock, found: re.Match[str]) -> Window | None:
    count, unit = _count(found["count"]), found["unit"].lower()
    day = clock.read(f"{count} {unit}s ago")
    if day is None:
        return None
    vague = found["count"].lower().removeprefix("a ") in ("few", "several", "couple of")
    if unit == "day":
        return clock.days(day - timedelta(days=2 * vague), day + timedelta(days=vague))
    if unit == "week":
        monday = day - timedelta(days=day.weekday())
        return clock.days(monday - timedelta(weeks=vague), monday + timedelta(days=6 + 7 * vague))
    if unit == "month":
        first = day.replace(day=1)
        return clock.days(_shift_month(first, -int(vague)), _month_end(first))
    return clock.days(date(day.year, 1, 1), date(day.year, 12, 31))


def ahead(clock: Clock, found: re.Match[str]) -> Window | None:
    day = clock.read(f"in {_count(found['count'])} {found['unit']}s")
    return clock.days(day) if day else None


def span_until_now(clock: Clock, found: re.Match[str]) -> Window | None:
    """the last three weeks"""
    back = clock.read(f"{_count(found.groupdict().get('count') or 'a')} {found['unit']}s ago")
    return clock.days(back, clock.today) if back else None


def in_month(clock: Clock, found: re.Match[str]) -> Window | None:
    groups = found.groupdict()
    which = groups.get("which") or groups.get("which2") or ""
    first = _month_of(clock, found["month"], groups["year"], which.lower())
    part = (groups.get("part") or "").lower()
    if part in ("early", "beginning", "start"):
        return clock.days(first, first.replace(day=10))
    if part in ("mid", "middle"):
        return clock.days(first.replace(day=10), first.replace(day=20))
    if part in ("late", "end"):
        return clock.days(first.replace(day=20), _month_end(first))
    return clock.days(first, _month_end(first))


def nth_in_month(clock: Clock, found: re.Match[str]) -> Window | None:
    """the second weekend of March, the last Friday in May, the first week of April"""
    first = _month_of(clock, found["month"], found["year"])
    unit, order = found["unit"].lower(), found["order"].lower()
    if unit == "week":
        start = first + timedelta(weeks=_ORDINALS.get(order, 4) - 1)
        start = _month_end(first) - timedelta(days=6) if order == "last" else start
        return clock.days(start, min(start + timedelta(days=6), _month_end(first)))
    wanted = 5 if unit == "weekend" else WEEKDAYS.index(unit)
    days = [
        first + timedelta(days=offset)
        for offset in range((_month_end(first) - first).days + 1)
        if (first + timedelta(days=offset)).weekday() == wanted
    ]
    index = -1 if order == "last" else _ORDINALS[order] - 1
    if index >= len(days):
        return None
    return clock.days(days[index], days[index] + timedelta(days=int(unit == "weekend")))


def nth(clock: Clock, found: re.Match[str]) -> Window | None:
    """on the 5th: of this month, or of the nearest one that lies in the clock's direction"""
    number = int(re.sub(r"\D", "", found["nth"]))
    first = clock.today.replace(day=1)
    step = -1 if clock.direction == "past" else 1
    for _ in range(12):
        if number <= _month_end(first).day:
            day = first.replace(day=number)
            if day == clock.today or (day < clock.today) == (clock.direction == "past"):
                return clock.days(day)
        first = _shift_month(first, step)
    return None


def around_date(clock: Clock, found: re.Match[str]) -> Window | None:
    """the weekend of the 14th of March"""
    written = written_date(clock, found)
    day = written.start.date() if written and written.start else None
    if day is None:
        number = int(re.sub(r"\D", "", found["date"]) or 0)
        day = clock.today.replace(day=number) if 0 < number <= 28 else None
    if day is None:
        return None
    monday = day - timedelta(days=day.weekday())
    if found["unit"].lower() == "week":
        return clock.days(monday, monday + timedelta(days=6))
    return clock.days(*_weekend_of(monday))


def written_date(clock: Clock, found: re.Match[str]) -> Window | None:
    phrase = re.sub(r"\b(?:the|of)\b", " ", found["date"])
    day = clock.read(" ".join(phrase.split()))
    return clock.days(day) if day else None


def whole_year(clock: Clock, found: re.Match[str]) -> Window | None:
    year = int(found["year"])
    return clock.days(date(year, 1, 1), date(year, 12, 31)) if 1900 < year < 2200 else None


def season(clock: Clock, found: re.Match[str]) -> Window | None:
    first_month, last_month = _SEASONS[found["season"].lower()]
    which, today = (found["which"] or "").lower(), clock.today
    year = int(found["year"]) if found["year"] else today.year + (1 if which == "next" else 0)
    if which == "last" or (clock.direction == "past" and not found["year"] and which != "next"):
        begun = date(year, first_month, 1) <= today
        running = begun and first_month <= today.month <= max(first_month + 2, last_month)
        year -= int(not begun or (running and which == "last"))
    first = date(year, first_month, 1)
    return clock.days(first, _month_end(_shift_month(first, 2)))
