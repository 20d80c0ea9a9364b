"""The one lane of an engine that computes one thing at a time: people go before updates."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 0.05  # seconds


class Lane:
    """Lets one thread compute at a time, in the order of asking, and people before updates.

    A turn is short: one token, or one piece of a prompt. A generation takes one turn after the
    other and holds none while its reader has the text, so nobody who reads slowly is in the way.
    Between the turns of one person no update gets in: it waits until no person took a turn for
    `patience` seconds.
    """

    def __init__(
        self, patience: float = PATIENCE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._patience = patience
        self._clock = clock
        self._changed = threading.Condition()
        self._tickets = itertools.count()
        self._waiting: list[tuple[bool, int]] = []  # updates sort after people
        self._owner: int | None = None
        self._quiet_at = clock()

    @property
    def waiting(self) -> int:
        """How many threads wait for a turn."""
        with self._changed:
            return len(self._waiting)

    @contextmanager
    def turn(self, background: bool = False) -> Iterator[None]:
        """Wait for the lane, and have it for the time of the block.

        The thread that has it already goes on: a forgotten generation may be closed, by the garbage
        collector, in the middle of another one's turn.
        """
        if self._owner == threading.get_ident():
            yield
            return
        self._enter(background)
        try:
            yield
        finally:
            with self._changed:
                self._owner = None
                if not background:
                    self._quiet_at = self._clock() + self._patience
                self._changed.notify_all()

    def _enter(self, background: bool) -> None:
        with self._changed:
            ticket = (background, next(self._tickets))
            self._waiting.append(ticket)
            try:
                while not self._may_go(ticket):
                    # Only the quiet comes without a notification.
                    self._changed.wait(PATIENCE if background else None)
                self._owner = threading.get_ident()
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()

    def _may_go(self, ticket: tuple[bool, int]) -> bool:
        if self._owner is not None or ticket != min(self._waiting):
            return False
        background, _ = ticket
        return not background or self._clock() >= self._quiet_at
