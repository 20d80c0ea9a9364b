"""Server-sent events, as SGLang streams its chat chunks: one JSON object a `data:` line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import BaseModel, ValidationError

from personavlm.engines.usage import Used

_END = b"[DONE]"


class Delta(BaseModel):
    content: str | None = None


class Choice(BaseModel):
    delta: Delta
    finish_reason: str | None = None


class Failure(BaseModel):
    """What went wrong after status 200 had been sent already."""

    message: str
    code: int


class Event(BaseModel):
    """What we read of one chunk."""

    choices: list[Choice] = []
    usage: Used | None = None
    error: Failure | None = None


class Malformed(ValueError):
    """A line is not what SGLang sends."""


class CutOff(ValueError):
    """The stream stopped before its end was announced."""


def read_events(chunks: Iterable[bytes]) -> Iterator[Event]:
    """The events of a stream, each as soon as its line is complete.

    Lines are cut at line feeds alone: httpx's own `iter_lines` also cuts at U+2028 and its like,
    which stand unescaped within the JSON that SGLang writes.

    Raises:
        Malformed, CutOff.
    """
    for line in _lines(chunks):
        name, _, value = line.partition(b":")
        if name != b"data":
            continue  # a comment, a blank line, a field that carries nothing for us
        value = value.strip()
        if value == _END:
            return
        try:
            yield Event.model_validate_json(value)
        except ValidationError:
            raise Malformed from None  # it quotes the text
    raise CutOff


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
