"""Memories as rows of the panel: the four types in one shape, filtered by words and days, in pages.

Nothing here knows of the page. Dates are days of the person's own zone, as the browser's date field
writes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from personavlm.errors import BadInput
from personavlm.records import Entry, Fact, MemoryType, Topic, Window
from personavlm.ui.text import moment

if TYPE_CHECKING:
    from personavlm.memory.memory import Memory

T = TypeVar("T")

PAGE_SIZE = 50
MOST_TURNS_OF_A_SESSION = 40  # of the conversation behind a core or procedural memory


@dataclass(frozen=True, slots=True)
class Filter:
    """What the person asked to see. `window` holds both days in full."""

    text: str = ""
    window: Window = field(default_factory=Window)

    @property
    def active(self) -> bool:
        return bool(self.text) or not self.window.open


@dataclass(frozen=True, slots=True)
class Row:
    """One memory as the panel lists it."""

    id: str
    time: datetime
    text: str
    key: str = ""  # core and procedural
    end: datetime | None = None  # episodic
    keywords: tuple[str, ...] = ()
    turns: tuple[int, ...] = ()
    edited: bool = False
    superseded: datetime | None = None
    earlier: tuple[Row, ...] = ()  # superseded values of the same key, newest first

    @property
    def ids(self) -> tuple[str, ...]:
        """Everything that goes when this row is deleted."""
        return (self.id, *(row.id for row in self.earlier))


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A stretch of rows; `number` counts from 0."""

    rows: tuple[T, ...]
    number: int
    pages: int
    total: int

    @property
    def first(self) -> int:
        return self.number * PAGE_SIZE + 1

    @property
    def last(self) -> int:
        return self.number * PAGE_SIZE + len(self.rows)


def parse_filter(fields: object, zone: ZoneInfo) -> Filter:
    """Read the search form.

    Raises:
        BadInput: a date cannot be read, or the span ends before it begins.
    """
    form: dict[str, Any] = fields if isinstance(fields, dict) else {}
    first, last = (_day(form.get(name), zone) for name in ("from", "to"))
    if first and last and last < first:
        raise BadInput("The span of dates ends before it begins. Swap the two dates.")
    end = datetime.combine(last.date(), time.max, zone) if last else None
    return Filter(str(form.get("text") or "").strip(), Window(first, end))


def _day(written: object, zone: ZoneInfo) -> datetime | None:
    text = str(written or "").strip()
    if not text:
        return None
    try:
        return datetime.combine(datetime.strptime(text, "%Y-%m-%d"), time.min, zone)
    except ValueError as error:
        raise BadInput(f"“{text}” is not a date. Write it as 2026-05-31.") from error


def find_rows(memory: Memory, kind: MemoryType, wanted: Filter) -> list[Row]:
    """All rows of one type that match, newest first."""
    match kind:
        case MemoryType.SEMANTIC:
            return [fact_row(fact) for fact in memory.semantic(wanted.text, wanted.window)]
        case MemoryType.EPISODIC:
            return [topic_row(topic) for topic in memory.episodic(wanted.text, wanted.window)]
        case MemoryType.CORE:
            return entry_rows(memory.core(wanted.text, wanted.window, history=True))
        case MemoryType.PROCEDURAL:
            return entry_rows(memory.procedural(wanted.text, wanted.window, history=True))


def fact_row(fact: Fact) -> Row:
    return Row(
        id=f"semantic:{fact.id}",
        time=fact.time,
        text=fact.content,
        keywords=fact.keywords,
        turns=() if fact.turn is None else (fact.turn,),
        edited=fact.edited,
        superseded=fact.superseded,
    )


def topic_row(topic: Topic) -> Row:
    return Row(
        id=f"episodic:{topic.id}",
        time=topic.start,
        end=topic.end,
        text=topic.summary,
        keywords=topic.keywords,
        turns=topic.turns,
    )


def entry_rows(entries: Sequence[Entry]) -> list[Row]:
    """One row a key, its current value first; where only old ones match, the newest of those."""
    versions: dict[str, list[Row]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.time, entry.id), reverse=True):
        row = Row(
            id=f"{entry.type}:{entry.id}",
            time=entry.time,
            text=entry.value,
            key=entry.key,
            superseded=entry.superseded,
        )
        known = versions.setdefault(entry.key, [])
        known.insert(0, row) if entry.superseded is None else known.append(row)
    return [
        Row(
            id=newest.id,
            time=newest.time,
            text=newest.text,
            key=newest.key,
            superseded=newest.superseded,
            earlier=tuple(older),
        )
        for newest, *older in versions.values()
    ]


def cut_page(rows: Sequence[T], number: int) -> Page[T]:
    """The page with that number, or the nearest there is."""
    pages = max(1, -(-len(rows) // PAGE_SIZE))
    number = min(max(number, 0), pages - 1)
    start = number * PAGE_SIZE
    return Page(tuple(rows[start : start + PAGE_SIZE]), number, pages, len(rows))


def when(row: Row) -> str:
    """For example: Fri 3 May 2024, 09:12–10:40. The day is repeated only where it changes."""
    if row.end is None or row.end - row.time < timedelta(minutes=1):
        return moment(row.time)
    if row.time.date() == row.end.date():
        return f"{moment(row.time)}–{row.end:%H:%M}"
    return f"{moment(row.time)} – {moment(row.end)}"
