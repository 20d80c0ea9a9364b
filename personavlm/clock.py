"""What time it is for one person: real time, or a time they set and that ticks on from there."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


class Clock:
    """A clock in the person's zone that can be set."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._offset = timedelta(0)

    def now(self) -> datetime:
        """The time to go by: aware, in the person's zone."""
        return (datetime.now(self._zone) + self._offset).astimezone(self._zone)

    def set(self, now: datetime | None) -> None:
        """From here on it is `now`; None goes back to real time."""
        self._offset = self.read(now) - datetime.now(self._zone) if now else timedelta(0)

    def read(self, time: datetime) -> datetime:
        """A given time in the person's zone; a naive one is meant in that zone."""
        return (
            time.replace(tzinfo=self._zone) if time.tzinfo is None else time.astimezone(self._zone)
        )
