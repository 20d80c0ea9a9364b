"""Time expressions become windows in the person's own zone, relative to the query."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from personavlm.memory.times import asked_window, mentions

ZONE = ZoneInfo("Europe/Lisbon")
FRIDAY = datetime(2026, 3, 20, 18, 0, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("What did I tell you last Sunday?", "2026-03-15", "2026-03-15"),
        ("What did I say in March?", "2026-03-01", "2026-03-31"),
        ("What did we do two weeks ago?", "2026-03-02", "2026-03-08"),
        ("What did I eat yesterday?", "2026-03-19", "2026-03-19"),
        ("What did I eat the day before yesterday?", "2026-03-18", "2026-03-18"),
        ("Where was I on the second weekend of March?", "2026-03-14", "2026-03-15"),
        ("Where was I on the weekend of the 14th of March?", "2026-03-14", "2026-03-15"),
        ("What happened on the 5th?", "2026-03-05", "2026-03-05"),
        ("What happened on the 25th?", "2026-02-25", "2026-02-25"),
        ("What have I done this week?", "2026-03-16", "2026-03-22"),
        ("What did I do this weekend?", "2026-03-14", "2026-03-15"),
        ("What did I buy on 3 March?", "2026-03-03", "2026-03-03"),
        ("What happened on March 5th, 2025?", "2025-03-05", "2025-03-05"),
        ("What happened on Tuesday the 3rd of March?", "2026-03-03", "2026-03-03"),
        ("What did I do on 2026-03-02?", "2026-03-02", "2026-03-02"),
        ("What have I said since Monday?", "2026-03-16", "2026-03-20"),
        ("What did I do between 3 March and 10 March?", "2026-03-03", "2026-03-10"),
        ("What did I do from Monday to Wednesday?", "2026-03-16", "2026-03-18"),
        ("What did I do last month?", "2026-02-01", "2026-02-28"),
        ("How was it in the last three days?", "2026-03-17", "2026-03-20"),
        ("What did I read last summer?", "2025-06-01", "2025-08-31"),
        ("What did I do in 2025?", "2025-01-01", "2025-12-31"),
        ("What was I up to at the beginning of March?", "2026-03-01", "2026-03-10"),
        ("What did I do on the first Monday of March?", "2026-03-02", "2026-03-02"),
        ("What did I do on the last Saturday of February?", "2026-02-28", "2026-02-28"),
        ("What did I do last weekend?", "2026-03-14", "2026-03-15"),
        ("what did i say 3 days ago", "2026-03-17", "2026-03-17"),
    ],
)
def test_windows(text: str, first: str, last: str) -> None:
    window = asked_window(text, FRIDAY)
    assert window is not None and window.start is not None and window.end is not None
    assert (window.start.date().isoformat(), window.end.date().isoformat()) == (first, last)
    assert window.start.tzinfo is ZONE and (window.start.hour, window.end.hour) == (0, 23)


@pytest.mark.parametrize(
    "text",
    [
        "When did I adopt Biscuit?",
        "May I have a second cup?",
        "What do I do every Thursday?",
        "What am I doing on Thursday evenings?",
        "What am I doing on Saturday?",
        "What am I doing next Saturday?",
        "Do I have anything on tomorrow?",
        "What did I march for?",
        "How many eggs do I need?",
        "Did I sit on the couch?",
    ],
)
def test_no_window(text: str) -> None:
    assert asked_window(text, FRIDAY) is None


def test_an_open_side_stays_open() -> None:
    window = asked_window("What did I say before last Tuesday?", FRIDAY)
    assert window is not None and window.start is None and window.end is not None
    assert window.end.date().isoformat() == "2026-03-17"


def test_plans_look_ahead() -> None:
    found = mentions("My dentist appointment is on Tuesday", FRIDAY, "future")
    assert found[0].window.start is not None
    assert found[0].window.start.date().isoformat() == "2026-03-24"


def test_year_boundaries() -> None:
    newyear = datetime(2026, 1, 1, 0, 5, tzinfo=ZONE)
    for text, day in (("yesterday", "2025-12-31"), ("in December", "2025-12-01")):
        window = asked_window(f"What did I do {text}?", newyear)
        assert window is not None and window.start is not None
        assert window.start.date().isoformat() == day


def test_february_29_does_not_break() -> None:
    leap = datetime(2028, 2, 29, 12, 0, tzinfo=ZONE)
    for text in ("last month", "a year ago", "on the 31st", "last February", "on 30 February"):
        window = asked_window(f"What did I do {text}?", leap)
        assert window is None or window.start is None or window.start <= leap
