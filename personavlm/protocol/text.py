"""People's words inside the protocol: shown as they are, but never read as its markers."""

from __future__ import annotations

import re

# An invisible character (word joiner) that splits a marker for the model's tokenizer and for our
# parsers, while a reader sees the same text.
JOINER = "\u2060"

MARKER_NAMES = (
    *("think", "answer", "retrieve"),
    *("image", "img", "img_fill"),
    *("tool_call", "tool_response"),
)
_REST = rf"(?=\s{{0,3}}/?\s{{0,3}}(?:{'|'.join(MARKER_NAMES)})\s{{0,3}}/?\s{{0,3}}>|\|)"
_LIVE = re.compile("<" + _REST, re.IGNORECASE)
INERT_LEAD = re.compile(f"<{JOINER}" + _REST, re.IGNORECASE)


def inert(text: str) -> str:
    """`text` with the protocol's tags, picture markers and `<|...|>` tokens made harmless.

    Applying it twice changes nothing more. `plain` undoes it.
    """
    return _LIVE.sub("<" + JOINER, text)


def plain(text: str) -> str:
    """`text` as it was before `inert`."""
    return INERT_LEAD.sub("<", text)


def quote_field(text: str) -> str:
    """`text` on one line, for the formats that hold one value a line; line breaks become spaces."""
    return " ".join(line.strip() for line in text.splitlines() if line.strip())
