"""Prompts as training rows have them: one text a message, `<image>` where a picture stands."""

from __future__ import annotations

from collections.abc import Sequence

from personavlm.protocol import Message
from personavlm.records import Image

MARK = "<image>"  # in people's own words it is made inert


def text_of(message: Message) -> str:
    return "".join(part if isinstance(part, str) else MARK for part in message.parts)


def pictures_of(messages: Sequence[Message]) -> list[str]:
    """Paths below the folder of the rows, in the order of the marks."""
    parts = (part for message in messages for part in message.parts)
    return [f"./{part.path}" for part in parts if isinstance(part, Image)]
