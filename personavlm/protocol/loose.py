"""A reader for JSON as models write it: total, shallow, and without evaluating anything."""

from __future__ import annotations

import json
import re

Value = str | list["Value"] | dict[str, "Value"]

_DEPTH = 12  # nothing of ours nests deeper; beyond it the text is not what we are looking for
_SPACE = re.compile(r"(?:\s+|//[^\n]*)*")
_BARE = re.compile(r"[^,:{}\[\]\"\n]+")
_BARE_VALUE = re.compile(r"[^,{}\[\]\n]+")
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’"}
_AFTER_STRING = re.compile(r"\s*(?:[,:}\]]|//|$)")


def read_json(text: str) -> list[Value] | None:
    """The values that `text` consists of, or None if it is not JSON even by a generous reading.

    Besides JSON it takes single or curly quotes, unescaped quotes inside strings, words without
    quotes, trailing commas, comments and several documents in a row. Every scalar comes back as
    text; null as "".
    """
    reader = _Reader(text)
    values = []
    try:
        while not reader.at_end():
            values.append(reader.value(_DEPTH))
            reader.skip(",")
    except _NotJSON:
        return None
    return values or None


def read_string(text: str) -> str | None:
    """The content of a JSON string literal with its quotes, or None if it is not one."""
    try:
        value = json.loads(text, strict=False)
    except ValueError:
        return None
    if not isinstance(value, str):
        return None
    # An escaped half of a surrogate pair is legal here, but nobody could store or show it.
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _NotJSON(Exception):
    """Raised and caught in this file only."""


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def at_end(self) -> bool:
        return self._peek() == ""

    def skip(self, mark: str) -> bool:
        if self._peek() != mark:
            return False
        self._at += 1
        return True

    def value(self, depth: int) -> Value:
        if depth == 0:
            raise _NotJSON
        if self.skip("{"):
            return self._object(depth)
        if self.skip("["):
            return self._array(depth)
        if self._peek() in _QUOTES:
            return self._string()
        word = self._word(_BARE_VALUE)
        return "" if word.casefold() in ("null", "none") else word

    def _object(self, depth: int) -> Value:
        found: dict[str, Value] = {}
        while not self.skip("}"):
            key = self._string() if self._peek() in _QUOTES else self._word(_BARE)
            if not self.skip(":"):
                raise _NotJSON
            if self._peek() in (",", "}"):  # a key without a value
                found[key] = ""
            else:
                found[key] = self.value(depth - 1)
            if not self.skip(",") and self._peek() == "":
                raise _NotJSON
        return found

    def _array(self, depth: int) -> Value:
        found: list[Value] = []
        while not self.skip("]"):
            found.append(self.value(depth - 1))
            if not self.skip(",") and self._peek() == "":
                raise _NotJSON
        return found

    def _string(self) -> str:
        """A quoted string; a quote closes it only where a string may end."""
        begin = self._at
        close = _QUOTES[self._text[begin]]
        at = begin + 1
        while at < len(self._text):
            if self._text[at] == "\\":
                at += 2
            elif self._text[at] == close and _AFTER_STRING.match(self._text, at + 1):
                self._at = at + 1
                return _unescape(self._text[begin + 1 : at])
            else:
                at += 1
        raise _NotJSON

    def _word(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise _NotJSON
        word = found[0].split(" //", 1)[0].strip()
        if not word:
            raise _NotJSON
        self._at = found.end()
        return word

    def _peek(self) -> str:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._text[self._at : self._at + 1]


def _unescape(inside: str) -> str:
    if "\\" not in inside:
        return inside
    # Lone quotes get the escape they lack; an escape JSON does not know keeps its backslash off.
    escaped = re.sub(r'\\(?P<kept>["\\/bfnrt]|u[0-9a-fA-F]{4})|\\?(?P<quote>")|\\', _escape, inside)
    return read_string(f'"{escaped}"') or ""


def _escape(found: re.Match[str]) -> str:
    if found["kept"]:
        return found[0]
    return '\\"' if found["quote"] else ""
