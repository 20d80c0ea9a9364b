"""A request to search memory: what the model writes between `<retrieve>` and `</retrieve>`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from personavlm.protocol.text import plain, quote_field
from personavlm.protocol.times import format_minute, parse_window
from personavlm.protocol.wire import body, clean, read_records, write_line, write_value
from personavlm.records import Window

_ALIASES = {
    "keywords": "keywords",
    "keyword": "keywords",
    "query": "keywords",
    "start_time": "start_time",
    "start": "start_time",
    "starttime": "start_time",
    "from": "start_time",
    "end_time": "end_time",
    "end": "end_time",
    "endtime": "end_time",
    "to": "end_time",
}
_KEY = re.compile(
    r"(?:^|[\s,;{])[\"'“]?(keywords?|start[_ ]?time|end[_ ]?time)[\"'”]?\s*[:=：]", re.IGNORECASE
)
_NOTHING = frozenset({"", "null", "none", "n/a"})


@dataclass(frozen=True, slots=True)
class RetrieveRequest:
    """Search memory for `keywords` (one text, usually comma-separated) within `window`."""

    keywords: str
    window: Window = field(default_factory=Window)


def parse_request(text: str, zone: tzinfo) -> tuple[RetrieveRequest, str | None]:
    """The request in `text`, and a problem if part of it could not be read.

    Keywords that cannot be read come back as "", for the caller to search with the query instead.
    """
    fields = _fields(text)
    keywords = fields.get("keywords", "")
    problems = []
    if keywords.casefold() in _NOTHING:
        keywords = ""
        problems.append("the retrieval request had no readable keywords")
    window, problem = parse_window(fields.get("start_time", ""), fields.get("end_time", ""), zone)
    if problem:
        problems.append(problem)
    return RetrieveRequest(keywords, window), "; ".join(problems) or None


def write_request(request: RetrieveRequest) -> str:
    """The three lines of a request. Times go to the minute; keywords onto one line."""
    return "\n".join(
        (
            write_line("keywords", write_value(request.keywords)),
            write_line("start_time", _write_bound(request.window.start)),
            write_line("end_time", _write_bound(request.window.end)),
        )
    )


def looks_like_request(text: str) -> bool:
    """Whether text without tags is a request all the same: it has keywords and a time field."""
    keys = {found[1].casefold()[:3] for found in _KEY.finditer(text)}
    return "key" in keys and len(keys) > 1


def _write_bound(bound: datetime | None) -> str:
    return '"null"' if bound is None else f'"{format_minute(bound)}"'


def _fields(text: str) -> dict[str, str]:
    records = read_records(text, _ALIASES)
    fields = records[0] if records else {}
    if len(fields) < 3:
        inline = _inline(text)
        if len(inline) > len(fields):
            return inline
    if fields:
        return fields
    data = body(text).strip()
    # No field at all: words alone are the keywords; a ruin of brackets and braces is not.
    if any(mark in data for mark in "{}<>:"):
        return {}
    return {"keywords": plain(quote_field(clean(data)))}


def _inline(text: str) -> dict[str, str]:
    """The fields of a request that was written without line breaks between them."""
    data = body(text)
    keys = list(_KEY.finditer(data))
    ends = [*(found.start() for found in keys[1:]), len(data)]
    fields: dict[str, str] = {}
    for found, end in zip(keys, ends, strict=False):
        name = _ALIASES[found[1].casefold().replace(" ", "_")]
        raw = data[found.end() : end].strip().rstrip("{},; ")
        fields.setdefault(name, clean(raw))
    return fields
