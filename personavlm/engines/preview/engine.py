"""The embedded engine: what starts where there is neither a GPU nor the Hub.

It has no language model. It finds the person's own sentences and tells them again with their
dates, and does the structured tasks with small mechanisms; it never says what was not said.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from personavlm.engines.base import Chunk, Engine, Report, Request, silent
from personavlm.engines.preview.extract import decide
from personavlm.engines.preview.habits import habits
from personavlm.engines.preview.profile import profile_updates
from personavlm.engines.preview.steps import Responder
from personavlm.engines.preview.topics import topics
from personavlm.engines.preview.traits import TraitReader
from personavlm.memory.encode import CachedEncoder, TextEncoder
from personavlm.protocol import (
    AnswerInputs,
    ReasonInputs,
    SessionInputs,
    Task,
    TurnInputs,
    inert,
    write_entries,
    write_semantic,
    write_step,
    write_topics,
    write_traits,
)
from personavlm.records import Usage

_WORDS_A_CHUNK = 3


class PreviewEngine(Engine):
    """Answers from memory without a language model. Safe to call from several threads.

    The usage counts words between spaces, of the rendered messages and of the output: there is no
    tokenizer here, and a tokenizer's count would be somewhat higher.
    """

    name = "preview"
    concurrency = 8

    def __init__(self, encoder: TextEncoder) -> None:
        self._encoder = encoder if isinstance(encoder, CachedEncoder) else CachedEncoder(encoder)
        self._responder = Responder(self._encoder)
        self._traits = TraitReader(self._encoder, encoder)

    @property
    def description(self) -> str:
        return (
            "the embedded preview engine: it finds and quotes what you told it, "
            "it does not write like a language model"
        )

    def load(self, report: Report = silent) -> None:
        """Learn the Big Five cues from their examples (a few seconds)."""
        self._traits.load()

    def generate(self, request: Request) -> Iterator[Chunk]:
        """Stream the output for the request's typed inputs; its messages are not read.

        Raises:
            TypeError: the inputs are not those of the task.
        """
        started = time.perf_counter()
        text = self._write(request)
        pieces = _pieces(text)
        usage = Usage(
            prompt_tokens=sum(len(message.text.split()) for message in request.messages),
            completion_tokens=len(text.split()),
            seconds=time.perf_counter() - started,
        )
        for piece in pieces[:-1]:
            yield Chunk(piece)
        yield Chunk(pieces[-1], usage)

    def _write(self, request: Request) -> str:
        inputs = request.inputs
        match request.task, inputs:
            case Task.REASON, ReasonInputs():
                draft = self._responder.step(inputs)
                return write_step(draft.thought, draft.action)
            case Task.ANSWER, AnswerInputs():
                return inert(self._responder.answer(inputs))
            case Task.PERSONALITY, TurnInputs():
                return write_traits(self._traits.read(inputs.query.text))
            case Task.SEMANTIC, TurnInputs():
                return write_semantic(decide(inputs, self._encoder))
            case Task.EPISODIC, SessionInputs():
                return write_topics(topics(inputs, self._encoder))
            case Task.PROCEDURAL, SessionInputs():
                return write_entries(habits(inputs, self._encoder))
            case Task.CORE, SessionInputs():
                return write_entries(profile_updates(inputs))
            case _:
                raise TypeError(f"{type(inputs).__name__} are no inputs of {request.task.value}")


def _pieces(text: str) -> list[str]:
    """The text in pieces of a few words, spaces and line ends kept."""
    pieces: list[str] = []
    begin = seen = 0
    for position, character in enumerate(text):
        if character.isspace() and position and not text[position - 1].isspace():
            seen += 1
            if seen == _WORDS_A_CHUNK:
                pieces.append(text[begin:position])
                begin, seen = position, 0
    pieces.append(text[begin:])
    return pieces
