"""Training conversations read from a file one by one, and their prompts sorted by task."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from personavlm.errors import BadInput
from personavlm.personality import TRAITS
from personavlm.prompts.recover.fields import is_query, read_dict

SAMPLE = 1000  # prompts of each task that are kept to look at
_CHUNK = 1 << 20  # characters read at a time
_GAP = re.compile(r"[\s,]*")
_KEY_LINE = re.compile(r'^\s*"(?P<key>[^"\n]+)"\s*:', re.MULTILINE)
_DECISION = frozenset({"reason", "decision", "content", "keywords"})


@dataclass(slots=True)
class Samples:
    """The prompts of one task: how many there were, and an even sample of them, seeded."""

    seen: int = 0
    kept: list[str] = field(default_factory=list)
    _random: random.Random = field(default_factory=lambda: random.Random(0))

    def add(self, prompt: str) -> None:
        self.seen += 1
        if len(self.kept) < SAMPLE:
            self.kept.append(prompt)
        elif (place := self._random.randrange(self.seen)) < SAMPLE:
            self.kept[place] = prompt


def read_conversations(path: Path) -> Iterator[object]:
    """The elements of a JSON list, or of JSON lines, without reading the whole file at once.

    Raises:
        BadInput: the file cannot be read, or is not JSON.
    """
    decoder = json.JSONDecoder()
    buffer, at, listed = "", 0, False
    try:
        with path.open(encoding="utf-8-sig") as file:
            while chunk := file.read(max(_CHUNK, len(buffer) - at)):
                first = not buffer
                buffer, at = buffer[at:] + chunk, 0
                if first and (start := re.match(r"\s*\[", buffer)):
                    at, listed = start.end(), True
                while (at := _skip(buffer, at)) < len(buffer) and buffer[at] in "{[":
                    try:
                        value, at = decoder.raw_decode(buffer, at)
                    except json.JSONDecodeError:
                        break  # it goes on in the next chunk
                    yield value
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}.") from error
    except RecursionError as error:
        raise BadInput(f"{path} is not a list of training conversations.") from error
    if buffer[at:].strip() != ("]" if listed else ""):
        raise BadInput(f"{path} is not JSON, or breaks off before its end.")


def _skip(buffer: str, at: int) -> int:
    found = _GAP.match(buffer, at)
    return found.end() if found else at


def prompts_of(conversation: object) -> Iterator[tuple[str | None, str]]:
    """Each prompt of a conversation with the name of its template; None where it has none of ours.

    What was asked is told by the reply, whose formats are known.
    """
    turns = _turns(conversation)
    searched = False  # the reply before was a request to search
    for asked, reply in turns:
        yield _name(asked, reply, searched), asked
        searched = "<retrieve>" in reply and "</think>" in reply


def _turns(conversation: object) -> list[tuple[str, str]]:
    """The exchanges of a conversation; none if it has not their form."""
    listed = conversation.get("conversations") if isinstance(conversation, dict) else None
    if not isinstance(listed, list):
        return []
    said = [(t.get("from"), t.get("value")) for t in listed if isinstance(t, dict)]
    return [
        (asked, reply)
        for (one, asked), (other, reply) in pairwise(said)
        if (one, other) == ("human", "gpt") and isinstance(asked, str) and isinstance(reply, str)
    ]


def _name(asked: str, reply: str, searched: bool) -> str | None:
    if reply.lstrip().startswith("<think>"):
        return "retrieved" if searched else "reason"
    keys = {found["key"] for found in _KEY_LINE.finditer(reply)}
    if "topic_summary" in keys:
        return "episodic"
    if keys.issuperset(TRAITS):
        return "personality"
    if keys.issuperset(_DECISION):
        return "semantic"
    if "name" in keys:
        return "core"
    lines = asked.splitlines()
    if keys or reply.strip() in ("", "{}"):
        return "procedural" if any(read_dict(line) is not None for line in lines) else None
    return "answer" if any(map(is_query, lines)) else None
