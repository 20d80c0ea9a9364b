"""What time it is for one person: real time, or a time they set and that ticks on from there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from personavlm.errors import BadInput

YEARS = range(2, 9999)  # what converts between zones without leaving the calendar


def elapsed(earlier: datetime, later: datetime) -> timedelta:
    """Real time between two moments.

    Python subtracts, and compares, two times of one zone by their clock faces, which is an hour off
    where daylight saving time began or ended in between.
    """
    return later.astimezone(UTC) - earlier.astimezone(UTC)


class Clock:
    """A clock in the person's zone that can be set."""

    def __init__(self, zone: Callable[[], ZoneInfo]) -> None:
        self._zone = zone  # asked each time: an imported memory brings its own
        self._offset = timedelta(0)

    def now(self) -> datetime:
        """The time to go by: aware, in the person's zone."""
        return (datetime.now(UTC) + self._offset).astimezone(self._zone())

    def set(self, now: datetime | None) -> None:
        """From here on it is `now`; None goes back to real time."""
        self._offset = elapsed(datetime.now(UTC), self.read(now)) if now else timedelta(0)

    def read(self, time: datetime) -> datetime:
        """A given time in the person's zone; a naive one is meant in that zone.

        Raises:
            BadInput: it is at the very edge of the calendar.
        """
        if time.year not in YEARS:
            raise BadInput(f"A message cannot be from the year {time.year}. Choose another time.")
        zone = self._zone()
        return time.replace(tzinfo=zone) if time.tzinfo is None else time.astimezone(zone)
