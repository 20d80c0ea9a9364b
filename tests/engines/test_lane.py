"""Who goes next in a lane: people before updates, otherwise in the order of asking."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from personavlm.engines.lane import Lane


class Queue:
    """Threads that ask for the lane one after the other, and the order in which they got it."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.order: list[str] = []
        self._threads: list[threading.Thread] = []

    def ask(self, name: str, background: bool = False) -> None:
        """Ask in a thread of its own; returns once it waits."""

        def run() -> None:
            with self.lane.turn(background):
                self.order.append(name)

        waiting = self.lane.waiting
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._threads.append(thread)
        while self.lane.waiting == waiting:
            time.sleep(0.001)

    def finish(self) -> list[str]:
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()
        return self.order


@contextmanager
def queued(lane: Lane) -> Iterator[Queue]:
    queue = Queue(lane)
    with lane.turn():
        yield queue


def test_people_go_before_updates_and_otherwise_first_come_first_served() -> None:
    with queued(Lane(patience=0)) as queue:
        queue.ask("update 1", background=True)
        queue.ask("Ann")
        queue.ask("update 2", background=True)
        queue.ask("Ben")
        assert queue.order == []
    assert queue.finish() == ["Ann", "Ben", "update 1", "update 2"]


def test_an_update_waits_until_people_are_quiet() -> None:
    """Between two turns of a person the lane is free, but the clock stands: nobody else goes."""
    now = 0.0
    lane = Lane(patience=1.0, clock=lambda: now)
    with queued(lane) as queue:
        queue.ask("update", background=True)
    for number in range(20):
        with lane.turn():
            queue.order.append(f"token {number}")
    assert queue.order[-1] == "token 19" and len(queue.order) == 20
    now = 0.9
    time.sleep(0.15)  # it looks again, and sees that it is too early
    assert len(queue.order) == 20
    now = 1.0
    assert queue.finish()[-1] == "update"


def test_an_update_alone_need_not_wait() -> None:
    lane = Lane(patience=1000.0, clock=lambda: 0.0)
    done = 0
    for _ in range(3):
        with lane.turn(background=True):
            done += 1
    assert done == 3  # a lane that made it wait would never come here: its clock stands still


def test_the_thread_that_has_the_lane_goes_on() -> None:
    lane = Lane()
    with lane.turn(), lane.turn(), lane.turn(background=True):
        pass
    with queued(lane) as queue:
        with lane.turn():
            queue.ask("Ann")
        assert queue.order == []  # the inner turn did not give the lane away
    assert queue.finish() == ["Ann"]


def test_an_error_frees_the_lane() -> None:
    lane = Lane()
    with pytest.raises(ZeroDivisionError), lane.turn():
        raise ZeroDivisionError
    with queued(lane) as queue:
        queue.ask("Ann")
    assert queue.finish() == ["Ann"]
