"""Asks a model for small pieces of JSON, reads them strictly, and asks again where they do not fit.

Every reply is kept before it is read, and taken from there when the same piece is asked for again:
so an interrupted run asks nothing twice, and one that was in vain stays in vain.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from personavlm.engines.openai.endpoint import Answered, Endpoint, Sampling
from personavlm.errors import BadInput, EngineUnavailable, TooLong
from personavlm.protocol import Message
from personavlm.synthesis.spent import Spent
from personavlm.synthesis.writer import Unusable
from personavlm.synthesis.writing.pieces import Pieces, Reply
from personavlm.synthesis.writing.prompted import prompt

TRIES = 3  # for each piece
THINKING = 4_000  # tokens more for models that think before they reply; others do not use them
WARM = 0.8  # what people say should differ
_THOUGHTS = re.compile(r".*</think>", re.DOTALL)  # some models show them

Shape = TypeVar("Shape", bound=BaseModel)


def _fits(piece: BaseModel) -> None:
    """Whatever has the shape fits."""


class Asker:
    """One model, asked from several threads; `stop` ends them at their next question."""

    def __init__(self, endpoint: Endpoint, seed: int, temperature: float = WARM) -> None:
        self._endpoint = endpoint
        self._seed = seed
        self._temperature = temperature
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._spent = Spent()

    @property
    def spent(self) -> Spent:
        """What was asked since this was made."""
        return self._spent

    def stop(self) -> None:
        self._stopped.set()

    def ask(
        self,
        pieces: Pieces,
        piece: str,
        asked: str,
        shape: type[Shape],
        room: int,
        fits: Callable[[Shape], None] = _fits,
    ) -> Shape:
        """A piece that fits. room: tokens that it may take. fits: raises ValueError if it does not.

        Raises:
            Unusable: none of several replies fits, or the model refuses to reply.
            EngineUnavailable: nothing can be asked.
        """
        said = [Message("system", (prompt("system"),)), Message("user", (asked,))]
        problem = ""
        for attempt in range(TRIES):
            replies = pieces.of(piece)
            reply = (
                replies[attempt]
                if attempt < len(replies)
                else self._asked(pieces, piece, said, room, attempt)
            )
            try:
                found = _read(reply, shape)
                fits(found)
            except ValueError as error:
                problem = _why(error, reply)
                again = prompt("again", problem=problem)
                said[2:] = [Message("assistant", (reply.text,)), Message("user", (again,))]
            else:
                return found
        raise Unusable(f"{piece}: {problem}")

    def _asked(
        self, pieces: Pieces, piece: str, said: list[Message], room: int, attempt: int
    ) -> Reply:
        if self._stopped.is_set():
            raise EngineUnavailable("The run was stopped.")
        sampling = Sampling(room + THINKING, self._temperature, self._seed + attempt)
        try:
            answered = self._fitted(said, sampling)
        except BadInput as error:
            raise Unusable(f"{piece}: {error}") from error
        usage = answered.usage
        reply = Reply(
            piece,
            answered.text,
            answered.finish == "length",
            usage.prompt_tokens,
            usage.completion_tokens,
            answered.model,
        )
        pieces.add(reply)
        with self._lock:
            self._spent += reply.spent
        return reply

    def _fitted(self, said: list[Message], sampling: Sampling) -> Answered:
        """The answer, with less room where the model's context leaves no more."""
        try:
            return self._endpoint.ask(said, sampling)
        except TooLong as error:
            if error.room < 1:
                raise
            return self._endpoint.ask(said, replace(sampling, max_tokens=error.room))


def _read(reply: Reply, shape: type[Shape]) -> Shape:
    """The first JSON object of a reply, whatever stands around it.

    Raises:
        ValueError: there is none, or not of this shape.
    """
    text = _THOUGHTS.sub("", reply.text)
    begin = text.find("{")
    if begin < 0:
        raise ValueError("there is no JSON object in it")
    found, _ = json.JSONDecoder(strict=False).raw_decode(text, begin)
    return shape.model_validate(found)


def _why(error: ValueError, reply: Reply) -> str:
    if reply.cut:
        return "it was cut off: it has to be shorter"
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "the object"
        return f"{field}: {first['msg']}"
    if isinstance(error, json.JSONDecodeError):
        return f"it is no valid JSON ({error.msg})"
    return str(error)
