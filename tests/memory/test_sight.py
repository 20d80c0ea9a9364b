"""What sees is chosen once, when it is needed first, whoever asks."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from seeing import Colours

from personavlm.errors import EngineUnavailable
from personavlm.memory.sight import Sight
from personavlm.vision.base import Vision


def test_all_threads_get_the_same() -> None:
    made: list[Vision] = []
    ready = threading.Barrier(8)

    def choose() -> Vision:
        threading.Event().wait(0.02)
        made.append(Vision(None, Colours(), ""))
        return made[-1]

    sight = Sight(choose)

    def see() -> Vision:
        ready.wait(20)
        return sight()

    with ThreadPoolExecutor(8) as threads:
        seen = [future.result() for future in [threads.submit(see) for _ in range(8)]]
    assert len(made) == 1 and all(vision is made[0] for vision in seen)


def test_what_could_not_be_chosen_is_chosen_later() -> None:
    there: list[Vision] = []

    def choose() -> Vision:
        if not there:
            raise EngineUnavailable("Still loading.")
        return there[0]

    sight = Sight(choose)
    with pytest.raises(EngineUnavailable):
        sight()
    there.append(Vision(None, Colours(), ""))
    assert sight() is there[0]


def test_by_default_it_is_the_best_of_what_is_here() -> None:
    assert Sight()().note
