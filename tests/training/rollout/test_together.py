"""Trajectories side by side: what they ask comes together, whatever order their threads run in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from engine_requests import NOW, PROFILE, SCORES

from personavlm.engines.base import Engine, Request
from personavlm.prompts import OWN
from personavlm.protocol import AnswerInputs, Query, ReasonInputs, Task
from personavlm.records import Retrieval
from personavlm.training.rollout.together import run_together


def ask(engine: Engine, words: str, task: Task = Task.REASON) -> str:
    query = Query(words, NOW)
    inputs = (
        ReasonInputs(PROFILE, SCORES, (), query)
        if task is Task.REASON
        else AnswerInputs(PROFILE, SCORES, (), query, Retrieval("", None, None, ()))
    )
    request = Request(task, inputs, engine.prompts.render(task, inputs))
    return "".join(chunk.text for chunk in engine.generate(request))


def asks(count: int) -> Callable[[Engine], list[str]]:
    return lambda engine: [ask(engine, f"{number}") for number in range(count)]


def test_each_round_has_those_that_have_not_ended() -> None:
    rounds: list[list[int]] = []

    def answers(asked: Mapping[int, Request]) -> dict[int, str]:
        rounds.append(list(asked))
        return {n: f"{n}: {request.inputs.query.text}" for n, request in asked.items()}  # type: ignore[union-attr]

    said = run_together([asks(1), asks(3), asks(0), asks(2)], answers, OWN)
    assert rounds == [[0, 1, 3], [1, 3], [1]]
    assert said == [["0: 0"], ["1: 0", "1: 1", "1: 2"], [], ["3: 0", "3: 1"]]


def test_a_plain_answer_is_not_asked_for() -> None:
    said = run_together([lambda engine: ask(engine, "So?", Task.ANSWER)], lambda asked: {}, OWN)
    assert said == [""]


def test_an_error_ends_them_all() -> None:
    def fail(asked: Mapping[int, Request]) -> dict[int, str]:
        raise MemoryError("too much")

    with pytest.raises(MemoryError, match="too much"):
        run_together([asks(2)] * 3, fail, OWN)


def test_an_error_of_one_trajectory_is_raised_once_the_others_have_ended() -> None:
    def broken(engine: Engine) -> list[str]:
        raise ValueError("broken")

    answered: list[int] = []

    def answers(asked: Mapping[int, Request]) -> dict[int, str]:
        answered.extend(asked)
        return dict.fromkeys(asked, "")

    with pytest.raises(ValueError, match="broken"):
        run_together([broken, asks(2)], answers, OWN)
    assert answered == [1, 1]
