"""Templates with slots, filled in a single pass."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from personavlm.records import Image

Part = str | Image
Slots = dict[str, tuple[Part, ...]]

_SLOT = re.compile(r"\{([a-z_]+)\}")


def fill(name: str, slots: Slots) -> tuple[Part, ...]:
    """The template `name` with its slots filled.

    What fills a slot is never looked at again, so that braces in people's words stay braces.

    Raises:
        KeyError: the template has a slot that `slots` lacks.
    """
    parts: list[Part] = []
    for number, piece in enumerate(_SLOT.split(_template(name))):
        parts.extend(slots[piece] if number % 2 else (piece,))
    return join(parts)


def join(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The same parts with neighbouring texts made one."""
    joined: list[Part] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part:
            joined.append(part)
    return tuple(joined)


@cache
def _template(name: str) -> str:
    return files("personavlm.prompts").joinpath(f"{name}.txt").read_text("utf-8").strip()
