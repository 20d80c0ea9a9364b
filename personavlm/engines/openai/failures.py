"""What can go wrong with an endpoint, as errors that a person may see.

Nothing that a server says is passed on: it may quote the conversation, or part of the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from personavlm.errors import BadInput, EngineUnavailable, PersonaVLMError, TooLong

if TYPE_CHECKING:
    from openai import APIError

# How servers say that a request is too long: OpenAI and vLLM (three ways), then llama.cpp.
_LENGTHS = (
    r"maximum context length is (?P<limit>\d+) tokens.*?\((?P<prompt>\d+) in the messages",
    r"maximum context length is (?P<limit>\d+) tokens.*?resulted in (?P<prompt>\d+) tokens",
    r"maximum context length is (?P<limit>\d+) tokens.*?request has (?P<prompt>\d+) input tokens",
    r"configured limit of (?P<limit>\d+) tokens.*?resulted in (?P<prompt>\d+) tokens",
    r"'n_prompt_tokens': (?P<prompt>\d+).*?'n_ctx': (?P<limit>\d+)",
)
_TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context length", re.IGNORECASE
)
_NOT_TAKEN = re.compile(
    r"unsupported|not support|unknown|unrecognized|extra_forbidden|not permitted", re.IGNORECASE
)
_NO_PICTURES = re.compile("image input", re.IGNORECASE)  # OpenRouter with 404, llama.cpp with 500


def of_package(error: APIError, url: str, model: str) -> PersonaVLMError:
    """The error that one of the openai package stands for."""
    from openai import APIConnectionError, APIStatusError, APITimeoutError

    if isinstance(error, APITimeoutError):
        return EngineUnavailable(f"{url} did not answer in time, several times. Try again later.")
    if isinstance(error, APIConnectionError):
        return unreachable(url)
    status = error.status_code if isinstance(error, APIStatusError) else _number(error.code)
    return of_words(said_in(error), status, url, model)


def of_body(error: dict[str, object], url: str, model: str) -> PersonaVLMError:
    """The error that came in place of an answer, with status 200."""
    return of_words(str(error), _number(error.get("code")), url, model)


def of_words(said: str, status: int | None, url: str, model: str) -> PersonaVLMError:
    """The error that a server's words and status stand for."""
    if _TOO_LONG.search(said):
        return _too_long(said, url)
    if status == 402 or "insufficient_quota" in said:
        return EngineUnavailable(
            f"The account at {url} has no credit left for {model}. Add some, or use another key."
        )
    if status in (401, 403):
        return EngineUnavailable(
            f"{url} does not accept the key, or does not let it use {model}. Set the right one in "
            "PERSONAVLM_ENGINE_KEY (for OpenAI's own address, OPENAI_API_KEY does as well)."
        )
    if status in (404, 500) and _NO_PICTURES.search(said):
        return BadInput(f"{model} at {url} takes no pictures.")
    if status == 404:
        return EngineUnavailable(
            f"There is no model {model} at {url}, or not for this key. Check its name and the "
            "address: most end in /v1."
        )
    if status == 429:
        return EngineUnavailable(
            f"{url} takes no more requests for {model} at this rate. Wait, or ask for fewer at a "
            "time."
        )
    if status is not None and status < 500:
        return BadInput(
            f"{url} refuses this request to {model} (status {status}): its words, its pictures, "
            "or how it is put."
        )
    return EngineUnavailable(f"{url} failed at this request to {model}. Try again later.")


def unreachable(url: str) -> EngineUnavailable:
    return EngineUnavailable(
        f"{url} cannot be reached, or broke off in the middle. Check the address and the network, "
        "and try again."
    )


def malformed(url: str) -> EngineUnavailable:
    return EngineUnavailable(
        f"What answers at {url} does not speak OpenAI's chat protocol. Check the address: most end "
        "in /v1."
    )


def not_taken(error: APIError, parameters: Iterable[str]) -> str | None:
    """The one of these parameters that a server refuses for this model, whatever its value."""
    said = said_in(error).replace('"', "'")
    if not _NOT_TAKEN.search(said):
        return None
    return next((name for name in parameters if f"'{name}'" in said), None)


def said_in(error: APIError) -> str:
    """Everything that the server said: its message, and what else is in the body."""
    return f"{error.message} {error.body}"


def _too_long(said: str, url: str) -> BadInput:
    for pattern in _LENGTHS:
        if found := re.search(pattern, said, re.DOTALL):
            return TooLong(int(found["prompt"]), int(found["limit"]))
    return BadInput(
        f"This conversation is too long for the model at {url}. Send a shorter message or fewer "
        "pictures, or start a new session."
    )


def _number(code: object) -> int | None:
    return int(str(code)) if str(code).isdecimal() else None
