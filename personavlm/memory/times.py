"""Time expressions in a message, as windows of time in the person's own zone.

Phrases are first found by their shape, because searching free text for dates takes "may" and
"second" for dates too; what each spans is worked out in `spans`, with dateparser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from personavlm.memory import spans
from personavlm.memory.spans import Clock, Direction
from personavlm.records import Window

_MONTH = "(?:" + "|".join(f"{m}|{m[:3]}" if m != "may" else m for m in spans.MONTHS) + ")"
_DAY = "(?:" + "|".join(spans.WEEKDAYS) + ")"
_COUNT = r"(?:\d+|" + "|".join(sorted(spans.NUMBERS, key=len, reverse=True)) + ")"
_ORD = r"(?:first|second|third|fourth|fifth|last|1st|2nd|3rd|4th|5th)"
_NTH = r"\d{1,2}(?:st|nd|rd|th)"
_PART = r"(?:\s+(?:morning|afternoon|evening|night))?"


@dataclass(frozen=True, slots=True)
class Mention:
    """A time expression: its words, where they are in the (plain) text, and what they span."""

    text: str
    start: int
    end: int
    window: Window


def plain(text: str) -> str:
    """Straight apostrophes and single spaces, so that one pattern fits all ways of typing."""
    return re.sub(r"\s+", " ", text.replace("’", "'").replace("‘", "'")).strip()


# Questions about what is to come; a day they name is the next one, not the last one.
_AHEAD = re.compile(
    r"\b(?:am i|are we|will|'ll|going to|should i|shall|do (?:i|we) have|upcoming|planned|"
    r"plans?)\b",
    re.IGNORECASE,
)

_Maker = Callable[[Clock, re.Match[str]], Window | None]


def mentions(text: str, now: datetime, direction: Direction = "past") -> tuple[Mention, ...]:
    """The time expressions of a text, in their order; none overlaps another.

    `direction` says where a day lies that the words leave open ("on Sunday", "in March"): before
    `now` in a question about the past, after it in a plan.
    """
    clock = Clock(now, direction)
    found: list[Mention] = []
    for mention in _every(plain(text), clock):
        if all(mention.end <= other.start or mention.start >= other.end for other in found):
            found.append(mention)
    return tuple(sorted(found, key=lambda mention: mention.start))


def asked_window(text: str, now: datetime) -> Window | None:
    """The span of the past that a message asks about; None if it names none.

    Days to come are no window: what was said about them was said before.
    """
    windows = [
        window for window in asked_spans(text, now) if window.start is None or window.start <= now
    ]
    if not windows:
        return None
    starts = [window.start for window in windows if window.start is not None]
    ends = [window.end for window in windows if window.end is not None]
    asked = Window(
        min(starts) if len(starts) == len(windows) else None,
        max(ends) if len(ends) == len(windows) else None,
    )
    return None if asked.open else asked


def asked_spans(text: str, now: datetime) -> tuple[Window, ...]:
    """All the times that a question names, of the past and to come."""
    direction: Direction = "future" if _AHEAD.search(plain(text)) else "past"
    return tuple(mention.window for mention in mentions(text, now, direction))


def overlap(one: Window, other: Window) -> bool:
    """Whether two spans share a moment."""
    after = one.start is not None and other.end is not None and one.start > other.end
    before = one.end is not None and other.start is not None and one.end < other.start
    return not (after or before)


def _every(text: str, clock: Clock) -> Iterator[Mention]:
    for pattern, make in _PATTERNS:
        for found in pattern.finditer(text):
            window = make(clock, found)
            if window is not None:
                yield Mention(found[0], found.start(), found.end(), window)


def _bounded(clock: Clock, found: re.Match[str]) -> Window | None:
    """since X, before X, between X and Y"""
    how = found["how"].lower()
    windows = [m.window for m in mentions(found["rest"], clock.now, clock.direction)]
    if not windows:
        return None
    if how in ("between", "from"):
        return Window(windows[0].start, windows[1].end) if len(windows) > 1 else None
    if how == "before":
        return Window(None, windows[0].start)
    return Window(windows[0].start, clock.days(clock.today).end)


def _compiled(*table: tuple[str, _Maker]) -> tuple[tuple[re.Pattern[str], _Maker], ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), make) for pattern, make in table)


_YEAR = r"(?:,?\s+(?P<year>(?:19|20)\d\d))?"
_IN_YEAR = r"(?:,?\s+(?:of\s+|in\s+)?(?P<year>(?:19|20)\d\d))?"
_POINT = (
    rf"(?:(?:the\s+)?(?:{_NTH}|\d{{1,2}})(?:\s+of)?\s+{_MONTH}\b(?:,?\s+(?:19|20)\d\d)?"
    rf"|{_MONTH}\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?\b(?!\s*(?:%|km|k\b|:))(?:,?\s+(?:19|"
    rf"20)\d\d)?"
    r"|\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4})"
)

# In the order in which they claim words: the more particular first.
_PATTERNS = _compiled(
    (
        r"\b(?P<how>between|from)\s+"
        r"(?P<rest>[\w ]{2,40}?\s+(?:and|to|until|till)\s+[\w ]{2,30})",
        _bounded,
    ),
    (
        rf"\b(?P<how>since|(?<!day )before)\s+(?P<rest>(?:last\s+|the\s+)?(?:{_POINT}|{_NTH}|"
        rf"{_MONTH}\b|{_DAY}\b|yesterday|(?:week|month|year|weekend)\b))",
        _bounded,
    ),
    (
        rf"\b(?:on\s+)?(?:the\s+)?(?P<order>{_ORD})\s+(?P<unit>weekend|week|{_DAY})\s+(?:of|in)\s+"
        rf"(?P<month>{_MONTH})\b{_IN_YEAR}",
        spans.nth_in_month,
    ),
    (
        rf"\b(?:(?:on|over|during|in)\s+)?the\s+(?P<unit>weekend|week)\s+(?:of|around|starting|"
        rf"beginning)\s+(?P<date>{_POINT}|the\s+{_NTH})",
        spans.around_date,
    ),
    (rf"\b(?:on\s+|by\s+)?(?:{_DAY},?\s+)?(?P<date>{_POINT})", spans.written_date),
    (
        rf"\b(?:in\s+|at\s+)?(?:the\s+)?(?P<part>early|mid|late|beginning|start|middle|end)"
        rf"(?:\s+of|-|\s+in)?\s*(?P<which>last|this|next)?\s*(?P<month>{_MONTH})\b{_IN_YEAR}",
        spans.in_month,
    ),
    (
        rf"\b(?:(?:in|during|of|by|for|throughout|until)\s+(?:(?P<which>last|this|next)\s+)?|"
        rf"(?P<which2>last|this|next)\s+)(?P<month>{_MONTH})\b{_IN_YEAR}",
        spans.in_month,
    ),
    (
        rf"\b(?P<word>the\s+day\s+(?:before\s+yesterday|after\s+tomorrow)|last\s+night|"
        rf"(?:today|yesterday|tomorrow){_PART}|tonight|this\s+(?:morning|afternoon|evening))\b",
        spans.named_day,
    ),
    (
        rf"\b(?:about\s+|around\s+)?(?P<count>{_COUNT})\s+(?P<unit>day|week|month|year)s?\s+ago\b",
        spans.ago,
    ),
    (
        rf"\bin\s+(?:about\s+)?(?P<count>{_COUNT})\s+(?P<unit>day|week|month|"
        rf"year)s?\b(?:'\s*time)?",
        spans.ahead,
    ),
    (
        rf"\b(?:in|over|during|for)?\s*(?:the\s+)?(?:last|past)\s+(?P<count>{_COUNT})\s+"
        r"(?P<unit>day|week|month|year)s?\b",
        spans.span_until_now,
    ),
    (
        r"\b(?:over|during|in)\s+the\s+(?:last|past)\s+(?P<unit>week|month|year)\b",
        spans.span_until_now,
    ),
    (
        r"\b(?:on\s+|over\s+|during\s+)?(?P<which>last|this\s+past|this\s+coming|past|previous|"
        r"this|next|the\s+coming|the\s+previous|coming)\s+(?P<unit>week|weekend|month|"
        r"year)\b(?!\s+of\b)",
        spans.relative_unit,
    ),
    (r"\b(?:at|on|over|during)\s+(?P<which>the)\s+(?P<unit>weekend)\b", spans.the_weekend),
    (
        rf"\b(?:on\s+|by\s+|until\s+|till\s+)?(?:(?P<which>last|this|next|coming|past|"
        rf"previous)\s+)?"
        rf"(?<!every )(?<!each )(?P<day>{_DAY}){_PART}\b(?!\s+(?:mornings|afternoons|evenings|"
        rf"nights))",
        spans.weekday,
    ),
    (
        rf"\b(?:on|by|until|till|before|around)\s+the\s+(?P<nth>{_NTH})\b(?!\s+(?:floor|of|time))",
        spans.nth,
    ),
    (
        r"\b(?:in\s+(?:the\s+)?|(?=last|this|next))(?P<which>last|this|next)?\s*"
        r"(?P<season>spring|summer|autumn|fall|winter)\b(?:\s+(?:of\s+)?(?P<year>(?:19|20)\d\d))?",
        spans.season,
    ),
    (r"\b(?:in|since|during)\s+(?P<year>(?:19|20)\d\d)\b", spans.whole_year),
)
