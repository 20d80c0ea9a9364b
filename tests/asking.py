"""Plain requests to a language model, and how tests read the output."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from personavlm.engines.base import Chunk, Engine, Request
from personavlm.protocol import Task
from personavlm.protocol.messages import Message
from personavlm.records import Image, Usage


def ask(*parts: str | Image, **options: Any) -> Request:
    """A request of one user message. 24 tokens at most unless told otherwise."""
    return talk(Message("user", parts), **options)


def talk(*messages: Message, **options: Any) -> Request:
    options = {"max_tokens": 24} | options
    return Request(Task.REASON, None, messages, **options)  # type: ignore[arg-type]


def answer(engine: Engine, request: Request) -> tuple[str, Usage]:
    """The whole output and its usage, which only the last chunk has."""
    chunks = list(engine.generate(request))
    assert [chunk.usage is None for chunk in chunks] == [True] * (len(chunks) - 1) + [False]
    usage = chunks[-1].usage
    assert usage is not None
    return text_of(chunks), usage


def text_of(chunks: Iterable[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks)
