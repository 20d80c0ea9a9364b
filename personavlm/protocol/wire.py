"""What the line formats share: `"key": value` lines, read generously and written exactly."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from personavlm.protocol.loose import Value, read_json, read_string
from personavlm.protocol.text import inert, plain, quote_field

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """What could be read of a model's output, and what was wrong with the rest."""

    value: T
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One key with its value as it stood in the text (quotes, commas, comments and all)."""

    key: str
    raw: str
    indent: int = 0


KeyReader = Callable[[str], tuple[str, str] | None]

_NEWLINE = re.compile(r"\r\n|\r|\n")
_THOUGHT_END = re.compile(r"<\s{0,3}/\s{0,3}think\s{0,3}>", re.IGNORECASE)
_TAGS = re.compile(r"<\s{0,3}/?\s{0,3}(?:think|answer)\s{0,3}>", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•+]\s+|[0-9]{1,3}[.)]\s+)")
_COMMENT = re.compile(r"(?:^|\s)//(?=\s|$)")
_STRING = re.compile(r'("(?:[^"\\]|\\.)*")\s*,?\s*(?://.*)?', re.DOTALL)
_PAIRS = {'"': '"', "'": "'", "“": "”", "‘": "’", "`": "`"}
_NEEDS_QUOTES = tuple("\"'“”‘’`,[]{}*#")
_SEPARATORS = re.compile(r"[,;，；、\n]")


def body(text: str) -> str:
    """The part of an output that holds the data: no thought, tags, code fences, byte order mark."""
    parts = _THOUGHT_END.split(text.lstrip("\ufeff"))
    data = next((part for part in reversed(parts) if part.strip()), "")
    lines = _NEWLINE.split(_TAGS.sub("", data))
    return "\n".join(line for line in lines if not line.lstrip().startswith("```")).strip("\n")


def read_lines(data: str, key_of: KeyReader, prose: Collection[str] = ()) -> list[Line]:
    """The `key: value` lines of `data`.

    A line without a key goes on with the value above it if that value is unfinished (empty, an
    open quote or bracket, a trailing comma) or belongs to one of the `prose` keys; a blank line
    ends it. Other lines are chatter and are left out.
    """
    found: list[Line] = []
    open_ended = listing = False
    for text in data.split("\n"):
        pair = key_of(text)
        if pair is not None:
            found.append(Line(pair[0], pair[1].strip(), len(text) - len(text.lstrip())))
            open_ended, listing = True, not pair[1].strip()
        elif not text.strip():
            open_ended = False
        elif open_ended:
            last = found[-1]
            listing = listing and _BULLET.match(text) is not None
            if listing or last.key in prose or _unfinished(last.raw):
                found[-1] = Line(last.key, _continue(last.raw, text), last.indent)
    return found


def read_records(
    text: str, aliases: Mapping[str, str], prose: Collection[str] = ()
) -> list[dict[str, str]]:
    """The records in `text`: as lines, as JSON, or all in one line; values cleaned.

    Args:
        aliases: spellings of the keys (lower case, underscores) and the key each stands for. A
            record ends where its first key comes again, or any key it has already.
    """
    data = body(text)
    as_json = data.lstrip().startswith(("{", "["))
    records = _json_records(data, aliases) if as_json else []
    if records:
        return records
    lines = read_lines(data, lambda line: _known_pair(line, aliases), prose)
    for line in lines:
        if not records or line.key in records[-1] or line.key == next(iter(records[0])):
            records.append({})
        records[-1][line.key] = clean(line.raw)
    if len(lines) < len(set(aliases.values())):
        embedded = _json_records(_braced(data), aliases)
        if sum(map(len, embedded)) > len(lines):
            return embedded
    return records


def flatten(value: Value) -> str:
    """A JSON value on one line: lists joined with commas."""
    if isinstance(value, str):
        return plain(quote_field(value))
    inner = value.values() if isinstance(value, dict) else value
    return ", ".join(part for part in map(flatten, inner) if part)


def clean(raw: str) -> str:
    """The value that `raw` stands for: without quotes, comment or trailing comma, on one line."""
    raw = raw.strip()
    whole = _STRING.fullmatch(raw)
    decoded = read_string(whole[1]) if whole else None
    if decoded is not None:
        return plain(quote_field(decoded))
    comment = _COMMENT.search(raw)
    if comment:
        raw = raw[: comment.start()]
    raw = raw.strip().removesuffix(",").rstrip()
    if raw.casefold() == "null":
        return ""
    if raw[:1] == "[" and raw[-1:] == "]":
        listed = read_json(raw)
        if listed is not None and len(listed) == 1:
            return flatten(listed[0])
    return plain(quote_field(_unquote(raw)))


def write_value(value: str) -> str:
    """`value` as it stands on a line; in quotes only where it could be misread without them."""
    value = quote_field(value)
    bare = inert(value)
    risky = not bare or bare.startswith(_NEEDS_QUOTES) or bare.endswith(_NEEDS_QUOTES)
    if risky or clean(bare) != plain(value):
        return json.dumps(bare, ensure_ascii=False)
    return bare


def write_line(key: str, value: str) -> str:
    """One line of the format; `value` as `write_value` wrote it."""
    return f"{json.dumps(inert(quote_field(key)), ensure_ascii=False)}: {value}"


def split_keywords(text: str) -> tuple[str, ...]:
    """Keywords from a comma-separated list, each once, in order."""
    words = (quote_field(word.strip(" \t\"'“”‘’`[]")) for word in _SEPARATORS.split(text))
    return tuple(dict.fromkeys(word for word in words if word))


def write_keywords(keywords: Iterable[str]) -> str:
    """The value of a keywords line; a comma inside a keyword would split it and becomes a space."""
    joined = (quote_field(_SEPARATORS.sub(" ", word)) for word in keywords)
    return write_value(", ".join(word for word in joined if word))


def excerpt(text: str) -> str:
    """The beginning of an output, for a problem's text."""
    line = quote_field(text)
    return repr(line if len(line) <= 80 else line[:79] + "…")


def strip_markup(line: str) -> str:
    """`line` without list bullets and Markdown emphasis around its key."""
    line = _BULLET.sub("", line, count=1).strip()
    if line.startswith("**"):
        return line[2:].replace("**", "", 1)
    return line


def _known_pair(line: str, aliases: Mapping[str, str]) -> tuple[str, str] | None:
    key, colon, raw = strip_markup(line).replace("：", ":", 1).partition(":")
    name = re.sub(r"[\s-]+", "_", key.strip(" \t\"'“”‘’`{,*")).casefold()
    if not colon or name not in aliases:
        return None
    return aliases[name], raw


def _json_records(data: str, aliases: Mapping[str, str]) -> list[dict[str, str]]:
    records: list[dict[str, str]] = []

    def visit(value: Value) -> None:
        if isinstance(value, str):
            return
        if isinstance(value, dict):
            named = {re.sub(r"[\s-]+", "_", key.strip()).casefold(): key for key in value}
            known = {
                aliases[name]: flatten(value[key]) for name, key in named.items() if name in aliases
            }
            if known:
                records.append(known)
                return
        for inner in value.values() if isinstance(value, dict) else value:
            visit(inner)

    visit(list(read_json(data) or ()))
    return records


def _braced(data: str) -> str:
    """`data` as the inside of one JSON object, or the object that stands in its prose."""
    begin, end = data.find("{"), data.rfind("}")
    return data[begin : end + 1] if 0 <= begin < end else "{" + data + "}"


def _unfinished(raw: str) -> bool:
    if not raw or raw.endswith((",", "[", "{")):
        return True
    opens_list = raw.startswith("[") and "]" not in raw
    opens_quote = raw[0] in _PAIRS and _PAIRS[raw[0]] not in raw[1:]
    return opens_list or opens_quote


def _continue(raw: str, line: str) -> str:
    item = _BULLET.sub("", line, count=1).strip()
    if not raw:
        return item
    bulleted = item != line.strip()
    return raw + (", " if bulleted and not raw.endswith((",", "[")) else " ") + item


def _unquote(raw: str) -> str:
    """Drop a pair of quotes around the whole; leave two quoted words side by side alone."""
    if len(raw) < 2 or _PAIRS.get(raw[0]) != raw[-1]:
        return raw
    inside = raw[1:-1]
    close = inside.find(raw[-1])
    if close > 0 and not inside[close - 1].isspace():
        return raw
    return inside.strip()
