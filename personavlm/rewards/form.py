"""Whether what a model wrote has the form that it was asked for, to the tag."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC

from personavlm.protocol import RetrieveRequest, StepParser

_TEXT = r"(?:(?!</?(?:think|answer|retrieve)>).)*?"
_THOUGHT = rf"<think>{_TEXT}</think>\s*"
_SEARCH = re.compile(rf"{_THOUGHT}<retrieve>{_TEXT}</retrieve>", re.DOTALL)
_REPLY = re.compile(
    rf"<think>(?P<thought>{_TEXT})</think>\s*<answer>(?P<answer>{_TEXT})</answer>", re.DOTALL
)


def well_formed(steps: Sequence[str]) -> bool:
    """Whether every step is in form: searches that can be read, and last a thought and an answer.

    The authors' code looks at the last step alone (`^<think>.*?</think><answer>.*?</answer>$`), so
    a search that nobody can read costs nothing there. Here it costs the whole of the format.
    """
    if not steps:
        return False
    *searches, last = (step.strip() for step in steps)
    reply = _REPLY.fullmatch(last)
    return bool(reply and reply["answer"].strip()) and all(map(is_search, searches))


def is_search(step: str) -> bool:
    """Whether one step is a search in form, which can be read."""
    if _SEARCH.fullmatch(step) is None:
        return False
    parser = StepParser(UTC)
    parser.feed(step)
    read = parser.finish()[1]
    return isinstance(read.action, RetrieveRequest) and read.problem is None
