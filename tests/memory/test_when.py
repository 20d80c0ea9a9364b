"""Times that a question names, nearness to them, and windows that grow once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from personavlm.memory.database import to_micros
from personavlm.memory.knowledge import FAR_FUTURE, bounds
from personavlm.memory.when import named_window, nearness, widened
from personavlm.records import Window

NOW = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Asia/Tokyo"))
WEEK = timedelta(weeks=1)


def test_last_march_is_a_month_in_the_persons_own_zone() -> None:
    window = named_window("What did I bake last March?", NOW)
    assert window is not None and window.start is not None and window.end is not None
    assert window.start == datetime(2026, 3, 1, tzinfo=NOW.tzinfo)
    assert window.end.date().isoformat() == "2026-03-31"
    assert window.start.utcoffset() == timedelta(hours=9)


@pytest.mark.parametrize("question", ["What do I bake?", "What may I bake?", "What about Sunday?"])
def test_only_words_of_time_name_one(question: str) -> None:
    assert (named_window(question, NOW) is None) == ("Sunday" not in question)


def test_nearness_is_one_inside_and_falls_on_either_side() -> None:
    at = [to_micros(NOW + WEEK * weeks) for weeks in (-2, -1, 0, 1, 2)]
    starts = np.array(at, np.int64)
    near = nearness(starts, starts, (at[2], at[2]))
    assert near.tolist() == pytest.approx([np.exp(-2), np.exp(-1), 1, np.exp(-1), np.exp(-2)])
    since = nearness(starts, np.full(5, FAR_FUTURE), (at[2], at[2]))
    assert since[:3].tolist() == [1, 1, 1], "what holds from then on"
    assert nearness(starts, starts, bounds(Window(None, NOW)))[:3].tolist() == [1, 1, 1]


def test_a_window_grows_by_its_own_length_and_by_a_week_at_least() -> None:
    month = Window(NOW, NOW + timedelta(days=30))
    assert widened(month) == Window(NOW - timedelta(days=30), NOW + timedelta(days=60))
    assert widened(Window(NOW, NOW)) == Window(NOW - WEEK, NOW + WEEK)
    assert widened(Window(NOW, None)) == Window(NOW - WEEK, None)
    assert widened(Window(None, NOW)) == Window(None, NOW + WEEK)
    first = datetime(1, 1, 2, tzinfo=UTC)
    assert widened(Window(first, first)) == Window(None, first + WEEK)
