"""Many trajectories side by side: each runs as if alone, and what they ask is answered together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from personavlm.engines.base import Chunk, Engine, Request
from personavlm.prompts import PromptPack
from personavlm.protocol import Task
from personavlm.records import Usage

T = TypeVar("T")
Ask = tuple[int, Request | None]  # a trajectory's number, and its request; None once it has ended
Answers = Callable[[Mapping[int, Request]], Mapping[int, str]]


class Voice(Engine):
    """The engine of one trajectory, which passes on what it is asked.

    A trajectory ends with the model's own last step: a plain answer, asked for where that had none,
    is not learned, and is left empty.
    """

    name = "rollout"

    def __init__(self, number: int, asks: SimpleQueue[Ask], prompts: PromptPack) -> None:
        self.prompts = prompts
        self.answers: SimpleQueue[str | BaseException] = SimpleQueue()
        self._number = number
        self._asks = asks

    def generate(self, request: Request) -> Iterator[Chunk]:
        text = ""
        if request.task is Task.REASON:
            self._asks.put((self._number, request))
            answer = self.answers.get()
            if isinstance(answer, BaseException):
                raise answer
            text = answer
        yield Chunk(text, Usage())

    def end(self) -> None:
        self._asks.put((self._number, None))


def run_together(
    trajectories: Sequence[Callable[[Engine], T]], answers: Answers, prompts: PromptPack
) -> list[T]:
    """Run all of them, each in a thread of its own; returns what they come to, in their order.

    answers: called in this thread, each time that all those that have not ended have asked for
    something; an error of its ends them all.
    """
    asks: SimpleQueue[Ask] = SimpleQueue()
    voices = [Voice(number, asks, prompts) for number in range(len(trajectories))]

    def run(voice: Voice, trajectory: Callable[[Engine], T]) -> T:
        try:
            return trajectory(voice)
        finally:
            voice.end()

    with ThreadPoolExecutor(max(1, len(voices))) as threads:
        running = [threads.submit(run, *each) for each in zip(voices, trajectories, strict=True)]
        live = len(running)
        while live:
            asked = dict(asks.get() for _ in range(live))
            requests = {n: request for n, request in sorted(asked.items()) if request is not None}
            live = len(requests)
            _pass_on(answers, requests, voices)
    return [each.result() for each in running]


def _pass_on(answers: Answers, asked: Mapping[int, Request], voices: Sequence[Voice]) -> None:
    """Answer all who wait; an error is theirs too, else they would wait for ever."""
    if not asked:
        return
    try:
        given = answers(asked)
    except BaseException as error:
        for number in asked:
            voices[number].answers.put(error)
        raise
    for number, answer in given.items():
        voices[number].answers.put(answer)
