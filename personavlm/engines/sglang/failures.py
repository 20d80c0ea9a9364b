"""What can go wrong between the engine and a server, as errors that a person may see.

Nothing that a server says is passed on: it may quote the conversation.
"""

from __future__ import annotations

import re

from personavlm.errors import BadInput, EngineUnavailable, PersonaVLMError, TooLong

# How SGLang 0.5.23 says that a request is too long: before it is queued, and in the queue.
_LENGTHS = (
    r"input \((?P<prompt>\d+) tokens\) is longer than .*\((?P<limit>\d+) tokens\)",
    r"context length of (?P<limit>\d+) tokens.*?(?P<prompt>\d+) tokens from the input",
    r"Input length \((?P<prompt>\d+) tokens\) exceeds .*\((?P<limit>\d+) tokens\)",
)
_OVERLOADED = (429, 502, 503, 504)


class ServerGone(EngineUnavailable):
    """A server cannot be reached, or broke off. The same request may go well elsewhere or later."""


def gone(url: str) -> ServerGone:
    return ServerGone(
        f"The SGLang server at {url} cannot be reached, or broke off in the middle. "
        "Check that it is running, and try again."
    )


def slow(url: str, seconds: float) -> EngineUnavailable:
    return EngineUnavailable(
        f"The SGLang server at {url} said nothing for {seconds:.0f} seconds. "
        "It may have more to do than it can; try again later."
    )


def not_sglang(url: str) -> EngineUnavailable:
    return EngineUnavailable(
        f"What answers at {url} does not speak as an SGLang server does. Check the address. "
        "(SGLang's router does not score texts: for that, name the servers behind it.)"
    )


def refusal(url: str, status: int, said: str) -> PersonaVLMError:
    """The error that a status and the server's words stand for."""
    if status == 400 and (length := _length(said)) is not None:
        return length
    if status in (401, 403):
        return EngineUnavailable(
            f"The SGLang server at {url} does not accept this key. Give the one that it was "
            "started with (--api-key)."
        )
    if status in _OVERLOADED:
        return ServerGone(
            f"The SGLang server at {url} takes no requests now (status {status}): its model is "
            "still loading, or it has too much to do. Try again in a moment."
        )
    if status == 404:
        return not_sglang(url)
    if status < 500:
        return BadInput(
            f"The SGLang server at {url} cannot take this request (status {status}). "
            "Its log says why."
        )
    return EngineUnavailable(
        f"The SGLang server at {url} failed at this request (status {status}). Its log says why."
    )


def _length(said: str) -> TooLong | None:
    for pattern in _LENGTHS:
        if found := re.search(pattern, said):
            return TooLong(int(found["prompt"]), int(found["limit"]))
    return None
