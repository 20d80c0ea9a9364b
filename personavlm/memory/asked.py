"""What a raw message asks, without what would lead a search astray."""

from __future__ import annotations

import re

# "(a). text" or "A) text": at the beginning of a line, or right after "Options:".
_OPTION = re.compile(r"(?:^|\n|\boptions:|\bchoices:)\s*\(?([a-h])\)\.?\s+\S", re.IGNORECASE)
_HEADING = re.compile(r"\s*(?:\b(?:answer\s+)?(?:options|choices)\s*:)?\s*$", re.IGNORECASE)


def question_of(message: str) -> str:
    """The message up to the options of a multiple-choice question.

    Three of four options are wrong: searched for, they would bring what was never meant.
    """
    options = list(_OPTION.finditer(message))
    if [option[1].lower() for option in options[:2]] != ["a", "b"]:
        return message
    question = _HEADING.sub("", message[: options[0].start()])
    return question if question.strip() else message
