"""A scripted engine, where the model's words matter, and a cheap encoder.

The scripted engine stands in for a neural one, which does not run here: it says what a test tells
it to. The hash encoder is a stand-in for speed; retrieval with the real encoder is tested too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import numpy as np

from personavlm.engines.base import Chunk, Engine, Request
from personavlm.memory.encode import Vectors
from personavlm.protocol import (
    Answer,
    SemanticDecision,
    Task,
    TopicDraft,
    write_entries,
    write_semantic,
    write_step,
    write_topics,
    write_traits,
)
from personavlm.records import Usage

START = datetime(2026, 3, 2, 9, 0)


class HashEncoder:
    """Words become directions: texts that share words are close. No model."""

    name = "hash"
    dimension = 64

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += len(texts)
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in text.lower().split():
                digest = hashlib.sha256(word.strip(".,?!\"'").encode()).digest()
                row[digest[0] % self.dimension] += 1
            row[0] += 1e-3
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


Script = Callable[[Request], str]


class ScriptedEngine(Engine):
    """Says what its script says; remembers what it was asked."""

    name = "scripted"

    def __init__(self, **scripts: str | Sequence[str] | Script) -> None:
        self.requests: list[Request] = []
        self.scripts: dict[Task, Script] = {}
        for name, script in scripts.items():
            self.say(Task(name), script)

    def say(self, task: Task, script: str | Sequence[str] | Script) -> None:
        """Text: always that. A list: one after the other, the last one from then on."""
        if callable(script):
            self.scripts[task] = script
            return
        lines = [script] if isinstance(script, str) else list(script)
        self.scripts[task] = lambda _: lines.pop(0) if len(lines) > 1 else lines[0]

    def asked(self, task: Task) -> list[Request]:
        return [request for request in self.requests if request.task is task]

    def generate(self, request: Request) -> Iterator[Chunk]:
        self.requests.append(request)
        text = self.scripts.get(request.task, _plain)(request)
        for start in range(0, len(text), 7):
            yield Chunk(text[start : start + 7])
        yield Chunk("", Usage(10, len(text.split()), 0, 0.01))


def _plain(request: Request) -> str:
    """A model that behaves: answers, keeps every message, makes one topic of a session."""
    inputs = request.inputs
    match request.task:
        case Task.REASON:
            return write_step("Nothing to look up.", Answer("All right."))
        case Task.ANSWER:
            return "All right."
        case Task.PERSONALITY:
            return write_traits([4, 3, 3, 3, 2])
        case Task.SEMANTIC:
            text = inputs.query.text
            return write_semantic(
                SemanticDecision("said so", True, text, tuple(text.split()[:3]), ())
            )
        case Task.EPISODIC:
            rounds = len(inputs.dialogue)
            summary = f"They talked about: {inputs.dialogue[0].text}"
            return write_topics([TopicDraft(summary, ("talk",), tuple(range(rounds)))])
        case Task.PROCEDURAL:
            return write_entries({"running": "Goes running every Thursday."})
        case Task.CORE:
            return write_entries({"name": "Maya", "city": "Lisbon"})
        case _:
            raise AssertionError(request.task)
