"""From a request to the body that SGLang's chat API takes."""

from __future__ import annotations

from collections.abc import Sequence

from personavlm.engines.base import Request
from personavlm.engines.chat_messages import chat_messages as to_chat
from personavlm.engines.pixels import data_url
from personavlm.engines.sglang.served import Served
from personavlm.protocol.messages import Message
from personavlm.records import Image

# Whatever is left out of these, a checkpoint's generation_config.json decides: Qwen2.5-VL's brings
# a repetition penalty, with which the most likely token is no longer the one that is taken.
_PLAIN_SAMPLING = {"top_p": 1.0, "top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0}


def chat_body(request: Request, served: Served) -> dict[str, object]:
    """Everything but the request's id, which differs from try to try.

    `seed` counts only on a server that was started with --enable-deterministic-inference (which
    exists on GPUs); others draw differently each time when `temperature` is above 0.

    Raises:
        BadImage: a picture cannot be read any more.
    """
    body: dict[str, object] = {
        "model": served.name,  # SGLang itself takes any name; a router may not
        "messages": chat_messages(request.messages, served),
        "temperature": request.temperature,
        **_PLAIN_SAMPLING,
        "seed": request.seed,
        "stop": list(request.stop),
        "no_stop_trim": True,
        "skip_special_tokens": True,
        "separate_reasoning": False,  # our own parser reads thoughts
        "stream": True,
        "stream_options": {"include_usage": True, "continuous_usage_stats": True},
    }
    if request.max_tokens < served.context:  # else what is left of the context bounds it anyway
        body["max_tokens"] = request.max_tokens
    if request.grammar is not None:
        body["regex"] = request.grammar.regex
    if request.salt:
        body["cache_salt"] = request.salt
    if served.background_priority is not None:
        body["priority"] = served.background_priority if request.background else 0
    return body


def chat_messages(messages: Sequence[Message], served: Served) -> list[dict[str, object]]:
    """Messages as a server's model takes them.

    Raises:
        BadImage: a picture cannot be read any more.
    """
    return to_chat(messages, sees=served.sees, special=served.special)


def pictures(messages: Sequence[Message], served: Served) -> list[str]:
    """The pictures of all messages as data URLs, in reading order; none where none are seen.

    Raises:
        BadImage: a picture cannot be read any more.
    """
    parts = (part for message in messages for part in message.parts)
    return [data_url(part) for part in parts if served.sees and isinstance(part, Image)]
