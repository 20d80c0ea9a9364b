"""Times: what is written, and all that can be read."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personavlm.protocol import format_time, parse_time, parse_window
from personavlm.protocol.times import format_minute
from personavlm.records import Window

ZONE = timezone(timedelta(hours=5, minutes=30))
quick = settings(max_examples=100, deadline=None)
moments = st.datetimes(timezones=st.just(ZONE))


def at(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=ZONE)  # type: ignore[arg-type,misc]


def test_format() -> None:
    assert format_time(at(2024, 9, 23, 20, 8, 59)) == "2024-09-23 20:08 (Monday)"
    assert format_time(at(7, 1, 2, 3, 4)) == "0007-01-02 03:04 (Tuesday)"


@given(moments)
@quick
def test_what_is_written_is_read_back(moment: datetime) -> None:
    minute = moment.replace(second=0, microsecond=0)
    assert parse_time(format_time(moment), ZONE) == minute
    assert parse_time(format_minute(moment), ZONE) == minute


@pytest.mark.parametrize(
    "text",
    [
        "2024-09-23 20:08",
        "2024-09-23 20:08 (Monday)",
        "2024-09-23 (Monday) 20:08",
        "Monday, 2024-09-23 20:08",
        "2024-09-23T20:08",
        "2024-09-23T20:08:00",
        "2024-09-23 20:08:00.250",
        "2024/09/23 20:08",
        "2024/9/23, 20:08",
        "2024.09.23 at 20:08",
        "2024-09-23 8:08 PM",
        "2024-09-23T14:38:00Z",
        "2024-09-23 16:38+02:00",
        '"2024-09-23 20:08"',
        "about 2024-09-23 20:08, I think",
    ],
)
def test_variants_of_one_minute(text: str) -> None:
    assert parse_time(text, ZONE) == at(2024, 9, 23, 20, 8)
    window, problem = parse_window(text, text, ZONE)
    assert window == Window(at(2024, 9, 23, 20, 8), at(2024, 9, 23, 20, 8, 59, 999_999))
    assert problem is None


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-02-29", (2024, 2, 29), (2024, 2, 29)),
        ("2024-02-29 (Thursday)", (2024, 2, 29), (2024, 2, 29)),
        ("2024-02", (2024, 2, 1), (2024, 2, 29)),
        ("2023", (2023, 1, 1), (2023, 12, 31)),
        ("9999-12-31", (9999, 12, 31), (9999, 12, 31)),
        ("0001-01-01", (1, 1, 1), (1, 1, 1)),
    ],
)
def test_longer_spans(text: str, first: tuple[int, ...], last: tuple[int, ...]) -> None:
    window, problem = parse_window(text, text, ZONE)
    assert window == Window(at(*first), at(*last, 23, 59, 59, 999_999))
    assert problem is None


def test_midnight_at_the_end_of_a_day() -> None:
    assert parse_time("2024-12-31 24:00", ZONE) == at(2025, 1, 1)
    assert parse_time("9999-12-31 24:00", ZONE) is None


@pytest.mark.parametrize("text", ["null", "", " ", '"null"', "None", "NULL", "n/a", "''", "-"])
def test_open_sides_are_no_problem(text: str) -> None:
    assert parse_window(text, text, ZONE) == (Window(), None)


@pytest.mark.parametrize(
    "text", ["last week", "2024-13-01", "2024-02-30", "2024-09-23 25:99", "20:08", "12345-01-01"]
)
def test_what_cannot_be_read_is_told_and_left_open(text: str) -> None:
    assert parse_time(text, ZONE) is None
    window, problem = parse_window("2024-01-01", text, ZONE)
    assert window == Window(at(2024, 1, 1), None)
    assert problem is not None
    assert "end_time" in problem


def test_a_reversed_pair_is_swapped_with_a_note() -> None:
    window, problem = parse_window("2024-05-02", "2024-05-01 10:00", ZONE)
    assert window == Window(at(2024, 5, 1, 10), at(2024, 5, 2, 23, 59, 59, 999_999))
    assert problem is not None


def test_one_day_from_its_noon_is_not_reversed() -> None:
    window, problem = parse_window("2024-05-01 12:00", "2024-05-01", ZONE)
    assert window == Window(at(2024, 5, 1, 12), at(2024, 5, 1, 23, 59, 59, 999_999))
    assert problem is None


@given(st.text() | st.from_regex(r"[0-9]{4}[-/][0-9]{1,3}[-/ T0-9:+APMZ]{0,14}", fullmatch=True))
@quick
def test_never_raises(text: str) -> None:
    for zone in (ZONE, UTC):
        window, _ = parse_window(text, text, zone)
        assert window.start is None or window.end is None or window.start <= window.end
