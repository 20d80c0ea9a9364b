"""Core and procedural memory: `"key": value` lines, and how an update changes what is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import zip_longest

from personavlm.protocol.loose import Value, read_json, read_string
from personavlm.protocol.text import plain, quote_field
from personavlm.protocol.wire import (
    Line,
    Parsed,
    body,
    clean,
    excerpt,
    flatten,
    read_lines,
    strip_markup,
    write_line,
    write_value,
)

NAME = "name"  # the one key that is always there

_QUOTED_KEY = re.compile(r"\s*[{,]?\s*(?:[\"“](?P<key>(?:[^\"\\]|\\.)*)[\"”])\s*[:：](?P<raw>.*)")
_SINGLE_KEY = re.compile(r"\s*[{,]?\s*['‘](?P<key>[^']*)['’]\s*[:：](?P<raw>.*)")
_KEY = re.compile(r"[^:：.!?;,{}\[\]<>\"]{1,48}")
_PROSE_KEYS = frozenset(
    {"note", "notes", "output", "output format", "explanation", "answer", "result", "summary"}
)
# Headings the prompts and the paper use for the blocks; they are no part of a key.
_BLOCKS = frozenset(
    {
        *("human", "persona", "human aspect", "persona aspect"),
        *("profile", "user profile", "updated profile", "updated user profile", "core memory"),
        *("procedural memory", "goals and habits"),
    }
)
_NO_CHANGE = re.compile(
    r"[\s\"'.!*]*(?:none|null|no (?:changes?|updates?)\b[^:：]{0,60}|\{\s*\}|\[\s*\])[\s\"'.!*]*",
    re.IGNORECASE,
)


def parse_entries(text: str, limit: int | None = None) -> Parsed[dict[str, str]]:
    """The entries in `text`: key to value, where "" asks for a removal.

    The first colon outside a quoted key splits; JSON of one level becomes keys like "a b". With a
    `limit`, the first that many values are read (removals do not count), and the rest told of.
    """
    data = body(text)
    if not data.strip() or _NO_CHANGE.fullmatch(data):
        return Parsed({})
    entries = _from_json(data)
    if entries is None:
        entries = _from_lines(data)
    if not entries:
        return Parsed({}, f"no entry could be read in {excerpt(text)}")
    beyond = [key for key, value in entries.items() if value][limit:] if limit is not None else []
    for key in beyond:
        del entries[key]
    return Parsed(entries, f"more than {limit} entries; {len(beyond)} left out" if beyond else None)


def write_entries(entries: Mapping[str, str]) -> str:
    """One line an entry; "" stands for a removal. Keys and values go onto one line."""
    return "\n".join(write_line(key, write_value(value)) for key, value in entries.items())


def merge_entries(
    current: Mapping[str, str], update: Mapping[str, str], limit: int | None = None
) -> dict[str, str]:
    """`current` changed by `update`, the least recently set entry first.

    Keys in `update` are set, or removed where the value is ""; all others stay. Keys are the same
    whatever their case and spacing, and keep the spelling they had. The name may be corrected but
    not removed. Above `limit`, the least recently set go.
    """
    merged = dict(current)
    spelling = {_same(key): key for key in merged}
    for key, value in update.items():
        kept = spelling.setdefault(_same(key), key.strip())
        if value.strip():
            merged.pop(kept, None)
            merged[kept] = value.strip()
        elif _same(kept) != NAME:
            merged.pop(kept, None)
    if limit is not None:
        removable = [key for key in merged if _same(key) != NAME]
        for key in removable[: max(0, len(merged) - limit)]:
            del merged[key]
    return merged


def _same(key: str) -> str:
    return " ".join(key.replace("_", " ").casefold().split())


def _from_json(data: str) -> dict[str, str] | None:
    """The entries of a JSON object or a list of them; None if `data` is no JSON."""
    text = data.strip()
    nested = re.search(r":\s*\{", text)
    if not text.startswith(("{", "[")):
        if not (text.startswith(('"', "'")) and nested):
            return None
        text = "{" + text + "}"
    values = read_json(text)
    if values is None or not all(isinstance(value, dict | list) for value in values):
        return None
    entries: dict[str, str] = {}
    _collect(values, "", entries)
    return entries


def _collect(value: Value, prefix: str, into: dict[str, str]) -> None:
    if isinstance(value, list) and (not prefix or any(isinstance(v, dict) for v in value)):
        for inner in value:
            _collect(inner, prefix, into)
    elif isinstance(value, dict):
        for name, inner in value.items():
            key = _join(prefix, plain(quote_field(name)))
            if key and isinstance(inner, str):
                into[key] = flatten(inner)
            else:
                _collect(inner, key, into)
    elif prefix:
        into[prefix] = flatten(value)


def _from_lines(data: str) -> dict[str, str]:
    entries: dict[str, str] = {}
    block: Line | None = None
    lines = read_lines(data, _pair)
    for line, following in zip_longest(lines, lines[1:]):
        if block is not None and line.indent <= block.indent:
            block = None
        heads = following is not None and following.indent > line.indent
        if not line.raw and (heads or _same(line.key) in _BLOCKS):
            block = line if heads else None
            continue
        entries[_join(block.key if block else "", line.key)] = clean(line.raw)
    return entries


def _join(prefix: str, key: str) -> str:
    return key if not prefix or _same(prefix) in _BLOCKS else f"{prefix} {key}"


def _pair(line: str) -> tuple[str, str] | None:
    """The key and value of one line; a key without quotes has to look like one."""
    text = strip_markup(line)
    quoted = _QUOTED_KEY.fullmatch(text) or _SINGLE_KEY.fullmatch(text)
    if quoted:
        key = read_string(f'"{quoted["key"]}"') or quoted["key"]
        key = plain(quote_field(key))
        return (key, quoted["raw"]) if key else None
    key, colon, raw = text.replace("：", ":", 1).partition(":")
    key, raw = key.strip(" \t*_`"), raw.strip()
    likely = _KEY.fullmatch(key) and any(map(str.isalpha, key)) and len(key.split()) <= 5
    if (
        not colon
        or not likely
        or key.casefold() in _PROSE_KEYS
        or key.casefold().startswith("here")
    ):
        return None
    if raw.startswith("//") or (not raw and _same(key) not in _BLOCKS):
        return None  # a URL, a comment, or a heading: nothing is removed without a quoted key
    return plain(quote_field(key)), raw
