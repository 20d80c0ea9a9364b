"""Our messages as OpenAI's chat protocol has them, which every server we speak to understands."""

from __future__ import annotations

from collections.abc import Sequence

from personavlm.engines.pixels import data_url
from personavlm.protocol.messages import Message
from personavlm.protocol.text import JOINER
from personavlm.records import Image

PICTURE = "[picture]"  # what a model without eyes reads in a picture's place


def chat_messages(
    messages: Sequence[Message], *, sees: bool, special: Sequence[str] = ()
) -> list[dict[str, object]]:
    """Text alone as a string, else parts in reading order, pictures as data URLs.

    sees: whether the model takes pictures. special: its tokenizer's special tokens, which are made
    harmless in anybody's words.

    Raises:
        BadImage: a picture cannot be read any more.
    """
    return [{"role": one.role, "content": _content(one, sees, special)} for one in messages]


def _content(message: Message, sees: bool, special: Sequence[str]) -> str | list[dict[str, object]]:
    if not sees or not any(isinstance(part, Image) for part in message.parts):
        words = (part if isinstance(part, str) else PICTURE for part in message.parts)
        return _harmless("".join(words), special)
    return [
        {"type": "text", "text": _harmless(part, special)}
        if isinstance(part, str)
        else {"type": "image_url", "image_url": {"url": data_url(part)}}
        for part in message.parts
    ]


def _harmless(text: str, special: Sequence[str]) -> str:
    """`protocol.inert` knows the special tokens of Qwen; here those of this model are split, which
    the server would otherwise read as such in anybody's words."""
    for token in special:
        text = text.replace(token, token[:1] + JOINER + token[1:])
    return text
