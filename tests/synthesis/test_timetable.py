"""Sessions: as many turns as asked for, in order, hours apart."""

import random
from datetime import timedelta
from itertools import pairwise

import pytest

from personavlm.synthesis.timetable import timetable


@pytest.mark.parametrize(
    ("turns", "days"), [(20, 7), (20, 31), (50, 7), (100, 12), (100, 31), (500, 62), (500, 90)]
)
def test_sessions_fit_turns_and_days(turns, days):
    for seed in range(20):
        slots = timetable(turns, days, random.Random(seed))
        assert sum(len(slot.times) for slot in slots) == turns
        assert slots[-1].times[-1] - slots[0].times[0] < timedelta(days=days)
        for slot in slots:
            for before, after in pairwise(slot.times):
                assert timedelta(0) < after - before <= timedelta(minutes=5)
            assert slot.weekday == f"{slot.times[0]:%A}"
        for before, after in pairwise(slots):
            assert after.times[0] - before.times[-1] > timedelta(hours=2)
