"""Times as the prompts and the model write them."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from personavlm.records import Window

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_OPEN = frozenset({"", "null", "none", "nil", "n/a", "na", "any", "unknown", "undefined", "-"})

_DATE = (
    r"(?P<year>[0-9]{4})(?:(?P<sep>[-/.])(?P<month>[0-9]{1,2})(?:(?P=sep)(?P<day>[0-9]{1,2}))?)?"
)
_CLOCK = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{1,2})(?::(?P<second>[0-9]{1,2})(?:[.,][0-9]+)?)?"
    r"(?:\s*(?P<half>[ap])\.?m\b\.?)?\s*(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?(?![0-9])"
)
_WEEKDAY = r"\(?(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?\)?"
_TIME = re.compile(
    rf"(?<![0-9]){_DATE}(?![0-9])(?:(?:\s*,?\s*{_WEEKDAY}\s*,?)?(?:\s*T\s*|\s*,?\s+(?:at\s+)?){_CLOCK})?",
    re.IGNORECASE,
)
_ANY_CLOCK = re.compile(r"[0-9]:[0-9]")


def format_time(t: datetime) -> str:
    """`t` as it stands in its own zone, e.g. "2024-09-23 20:08 (Monday)"; English everywhere."""
    return f"{format_minute(t)} ({_WEEKDAYS[t.weekday()]})"


def format_minute(t: datetime) -> str:
    """`t` to the minute, e.g. "2024-09-23 20:08": what a retrieval request carries."""
    # Not strftime: it does not pad years below 1000 on every platform.
    return f"{t.year:04d}-{t.month:02d}-{t.day:02d} {t.hour:02d}:{t.minute:02d}"


def parse_time(text: str, zone: tzinfo) -> datetime | None:
    """The moment that `text` names, in `zone`; the first one if it names a longer span.

    Reads what models write for `YYYY-MM-DD HH:MM`: with a weekday, seconds, an offset, "T",
    slashes or dots; a day, a month or a year alone. None when there is no date to be read.
    """
    span = _parse_span(text, zone)
    return span[0] if span else None


def parse_window(start: str, end: str, zone: tzinfo) -> tuple[Window, str | None]:
    """The closed window between two times as the model wrote them, and a problem if there is one.

    An end reaches to the last microsecond of what it names: a minute, or a whole day. "null" and
    the like leave a side open; so does what cannot be read, which is told. A reversed pair is put
    in order, which is told too.
    """
    problems = []
    spans: list[tuple[datetime, datetime] | None] = []
    for name, text in (("start_time", start), ("end_time", end)):
        cleaned = text.strip().strip("\"'“”‘’`").strip()
        span = None
        if cleaned.casefold() not in _OPEN:
            span = _parse_span(cleaned, zone)
            if span is None:
                problems.append(f"{name} {cleaned[:40]!r} is not a time; that side was left open")
        spans.append(span)
    first, last = spans
    if first and last and first[0] > last[1]:
        first, last = last, first
        problems.append("start_time was after end_time; they were swapped")
    window = Window(first[0] if first else None, last[1] if last else None)
    return window, "; ".join(problems) or None


def _parse_span(text: str, zone: tzinfo) -> tuple[datetime, datetime] | None:
    """The first and the last moment of what `text` names."""
    found = _TIME.search(text)
    if found is None:
        return None
    if found["hour"] is None and _ANY_CLOCK.search(text, found.end()):
        return None  # a clock time that makes no sense is not the whole day
    try:
        return _span(found, zone)
    except (ValueError, OverflowError):  # month 13, 25 o'clock, an offset off the calendar
        return None


def _span(found: re.Match[str], zone: tzinfo) -> tuple[datetime, datetime]:
    year, month, day = int(found["year"]), int(found["month"] or 1), int(found["day"] or 1)
    if found["hour"] is None:
        begin = datetime(year, month, day, tzinfo=zone)
        last_month = month if found["month"] else 12
        last_day = day if found["day"] else calendar.monthrange(year, last_month)[1]
        return begin, datetime(year, last_month, last_day, 23, 59, 59, 999_999, tzinfo=zone)
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("no such hour on a twelve-hour clock")
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    midnight_after = (hour, minute, second) == (24, 0, 0)
    begin = datetime(year, month, day, 0 if midnight_after else hour, minute, second)
    if midnight_after:
        begin += timedelta(days=1)
    begin = _in_zone(begin, found["offset"], zone)
    # The prompts show minutes, so a bound means its whole minute even if seconds were added.
    return begin, begin.replace(second=59, microsecond=999_999)


def _in_zone(naive: datetime, offset: str | None, zone: tzinfo) -> datetime:
    """`naive` in `zone`, moved there first when the text carried an offset of its own."""
    if offset is None:
        return naive.replace(tzinfo=zone)
    if offset in "Zz":
        return naive.replace(tzinfo=UTC).astimezone(zone)
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    shift = timedelta(minutes=-minutes if offset[0] == "-" else minutes)
    return naive.replace(tzinfo=timezone(shift)).astimezone(zone)
