"""The time that a question names, and how near a memory is to it.

"In March" asks for what March brought, but that may have been told in April: so a named time draws
what is near to it up, and does not shut out the rest. Only a window that the model asks for does.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from personavlm.memory.lexical import Floats, Ints
from personavlm.memory.times import asked_window
from personavlm.records import Window

Span = tuple[int, int]  # microseconds, closed

WEEK = 7 * 24 * 3600 * 1_000_000  # the distance in microseconds at which nearness fell to 1/e


def named_window(question: str, now: datetime) -> Window | None:
    """The past that a question names in words ("last March", "two weeks ago"), if it does."""
    return asked_window(question, now)


def nearness(starts: Ints, ends: Ints, near: Span) -> Floats:
    """1 for what meets the span, less and less with the distance from it. Spans of rows as such."""
    low, high = near
    gap = np.maximum(np.maximum(starts - high, low - ends), 0)
    return np.exp(-gap.astype(np.float64) / WEEK).astype(np.float32)


def widened(window: Window) -> Window:
    """The window and as much again on either side, a week at least."""
    span = window.end - window.start if window.start and window.end else timedelta()
    more = max(span, timedelta(weeks=1))
    return Window(_moved(window.start, -more), _moved(window.end, more))


def _moved(moment: datetime | None, by: timedelta) -> datetime | None:
    """None, for no limit, also where the calendar ends."""
    try:
        return moment and moment + by
    except OverflowError:
        return None
