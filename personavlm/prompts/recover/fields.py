"""The values in a trained prompt, told by their form: read, and written again as we write them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from personavlm.personality import TRAITS
from personavlm.prompts import trained_layout
from personavlm.prompts.layout import Parts
from personavlm.protocol.inputs import Query
from personavlm.protocol.times import parse_time
from personavlm.records import Hit, Image, MemoryType, Turn

IMAGE = "<image>"
_PICTURE = Image("", 1, 1, Path())

_TIME = (
    r"(?P<head>Time: )(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}) \([A-Z][a-z]+day\)\n"
)
TURN = re.compile(rf"^(?:Round (?P<round>[0-9]+) of dialogues\n)?{_TIME}User: ", re.MULTILINE)
_FACT = re.compile(rf"^{_TIME}Memory: ", re.MULTILINE)
SCORE = re.compile(
    rf"^(?P<head>.*\b(?P<trait>{'|'.join(TRAITS)})\b\W*)(?P<score>[1-5](?:\.[0-9]+)?)(?P<tail>\W*)$",
    re.IGNORECASE,
)


def read_dict(line: str) -> dict[str, object] | None:
    """A dict as Python prints it, with texts for keys."""
    if not (line.startswith("{") and line.endswith("}")):
        return None
    try:
        value = ast.literal_eval(line)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, dict) and all(isinstance(k, str) for k in value) else None


def is_query(line: str) -> bool:
    """Whether this is a message with its time, as a dict."""
    value = read_dict(line)
    return value is not None and value.keys() == {"time", "query"}


def rewrite(slot: str, text: str) -> str | None:
    """`text` as the trained layout writes the value that it stands for; None if it is no value.

    Equal to `text` where our layout is the trained one.
    """
    parts = _WRITERS[slot](text)
    if parts is None:
        return None
    return "".join(part if isinstance(part, str) else IMAGE for part in parts)


def _mapping(text: str) -> Parts | None:
    value = read_dict(text)
    # Nested values do not come about in our own profiles; they are printed the same way.
    return None if value is None else trained_layout.mapping(value)  # type: ignore[arg-type]


def _some_mapping(text: str) -> Parts | None:
    return _mapping(text) if read_dict(text) else None


def _score(text: str) -> Parts | None:
    return (f"{float(text):.1f}",) if re.fullmatch(r"[1-5](?:\.[0-9]+)?", text) else None


def _query(text: str) -> Parts | None:
    value = read_dict(text)
    if value is None or not is_query(text):
        return None
    time = parse_time(str(value["time"]), UTC)
    words, images = _pictures(str(value["query"]), "\n")
    return None if time is None else trained_layout.query(Query(words, time, images))


def _dialogue(text: str) -> Parts | None:
    return _turns(text, numbered=False)


def _rounds(text: str) -> Parts | None:
    return _turns(text, numbered=True)


def _turns(text: str, numbered: bool) -> Parts | None:
    heads: list[re.Match[str]] = []
    for head in TURN.finditer(text):
        if not numbered or head["round"] == str(len(heads)):
            heads.append(head)
    begins = [head.start() if numbered else head.start("head") for head in heads]
    if not heads or begins[0] != 0:
        return None
    ends = [begin - 1 for begin in begins[1:]] + [len(text)]
    turns = [_turn(head, text[head.end() : end]) for head, end in zip(heads, ends, strict=True)]
    known = [turn for turn in turns if turn is not None]
    return trained_layout.dialogue(known, numbered) if len(known) == len(turns) else None


def _turn(head: re.Match[str], said: str) -> Turn | None:
    time = _time(head)
    words, assistant, reply = said.partition("\nAssistant: ")
    words, images = _pictures(words, "\n")
    if time is None:
        return None
    return Turn(0, 0, time, words, images, reply if assistant else None)


def _facts(text: str) -> Parts | None:
    heads = list(_FACT.finditer(text))
    if not heads or heads[0].start() != 0:
        return None
    ends = [head.start() - 1 for head in heads[1:]] + [len(text)]
    hits = []
    for number, (head, end) in enumerate(zip(heads, ends, strict=True)):
        time = _time(head)
        words = text[head.end() : end]
        pictures = 0
        while words.endswith(f" {IMAGE}"):
            words, pictures = words.removesuffix(f" {IMAGE}"), pictures + 1
        if time is None:
            return None
        images = (_PICTURE,) * pictures
        hits.append(Hit(str(number), MemoryType.SEMANTIC, time, words, "", 0.0, images=images))
    return trained_layout.facts(hits)


def _habits(text: str) -> Parts | None:
    hits = [
        Hit("", MemoryType.PROCEDURAL, datetime.min, line, "", 0.0) for line in text.split("\n")
    ]
    return trained_layout.habits(hits) if all(": " in hit.text for hit in hits) else None


def _time(head: re.Match[str]) -> datetime | None:
    return parse_time(head["time"], UTC)


def _pictures(words: str, line_break: str) -> tuple[str, tuple[Image, ...]]:
    """The words without the picture marks before them, and as many pictures."""
    count = 0
    while words.startswith(IMAGE + line_break):
        words, count = words.removeprefix(IMAGE + line_break), count + 1
    return words, (_PICTURE,) * count


_WRITERS: dict[str, Callable[[str], Parts | None]] = {
    "profile": _mapping,
    "habits": _some_mapping,
    "query": _query,
    "dialogue": _dialogue,
    "rounds": _rounds,
    "episodic": _dialogue,
    "semantic": _facts,
    "procedural": _habits,
    **dict.fromkeys(TRAITS, _score),
}
