"""The outputs of three update tasks: Big Five, semantic memory and episodic memory.

Core and procedural memory share a format of their own, see `entries`. Where an output cannot be
read, the parsers say why and return what changes nothing: memory is never dropped silently.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from personavlm.personality import HIGHEST, LOWEST, TRAITS
from personavlm.protocol.wire import (
    Parsed,
    body,
    excerpt,
    read_records,
    split_keywords,
    write_keywords,
    write_line,
    write_value,
)

# --- Big Five -------------------------------------------------------------------------------

_SCALE = re.compile(
    r"\(?\b1(?:\.0)?\s*(?:-|–|to|\.\.)\s*5(?:\.0)?\b\)?|/\s*5\b|\bout of (?:5|five)\b"
)
_NUMBER = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(?![0-9])"
_FIVE_NUMBERS = re.compile(r"[^0-9]*" + r"[^0-9]+".join([r"([1-5])(?:\.0)?"] * 5) + r"[^0-9]*")
_ANY_TRAIT = "|".join(TRAITS)
_ASSIGNED = {
    trait: re.compile(rf"\b{trait}\b[^\w\n]{{0,8}}[:=：][^\w\n-]{{0,12}}(-?){_NUMBER}")
    for trait in TRAITS
}
_MENTIONED = {
    trait: re.compile(rf"\b{trait}\b(?:(?!{_ANY_TRAIT})[^0-9]){{0,60}}?(-?){_NUMBER}")
    for trait in TRAITS
}


def parse_traits(text: str) -> Parsed[tuple[int | None, ...]]:
    """Five scores 1..5 in the order O, C, E, A, N; None for each that cannot be read.

    The traits may come in any order, with prose, as JSON, as "4/5" or with decimals (rounded);
    the last assignment of a trait counts. Five bare numbers are taken in the order above.
    """
    data = _SCALE.sub(" ", body(text).casefold())
    scores = tuple(_score(trait, data) for trait in TRAITS)
    if all(score is None for score in scores):
        bare = _FIVE_NUMBERS.fullmatch(data)
        if bare and not re.search(_ANY_TRAIT, data):
            return Parsed(tuple(int(digit) for digit in bare.groups()))
        return Parsed(scores, f"no trait could be read in {excerpt(text)}")
    unread = [trait for trait, score in zip(TRAITS, scores, strict=True) if score is None]
    return Parsed(scores, f"no score from 1 to 5 for {', '.join(unread)}" if unread else None)


def write_traits(scores: Sequence[int]) -> str:
    """The five lines of a Big Five inference, from scores in the order of TRAITS."""
    return "\n".join(
        write_line(trait, str(score)) for trait, score in zip(TRAITS, scores, strict=True)
    )


def _score(trait: str, data: str) -> int | None:
    assigned = list(_ASSIGNED[trait].finditer(data))
    found = assigned[-1] if assigned else _MENTIONED[trait].search(data)
    if found is None or (assigned and found[1]):
        return None
    number = float(found[2])
    return math.floor(number + 0.5) if LOWEST <= number <= HIGHEST else None


# --- Semantic memory ------------------------------------------------------------------------

_SEMANTIC_KEYS = {
    "reason": "reason",
    "decision": "decision",
    "save": "decision",
    "keep": "decision",
    "content": "content",
    "memory": "content",
    "memory_content": "content",
    "keywords": "keywords",
    "keyword": "keywords",
}
_DECISION = re.compile(r"\b(?:(true|yes)|false|no)\b", re.IGNORECASE)
_OBJECT = re.compile(r"\(\s*image\s+object\s*:([^()]*)\)", re.IGNORECASE)
_JOINED = re.compile(r"^(?:[\s,;.&]|\band\b)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ImageObject:
    """A thing in a picture worth remembering: what the person calls it, and what it is."""

    name: str
    category: str


@dataclass(frozen=True, slots=True)
class SemanticDecision:
    """Whether a turn holds something to keep, and what.

    `objects` are those that `content` names as `name (Image Object: category)`.
    """

    reason: str
    keep: bool
    content: str
    keywords: tuple[str, ...] = ()
    objects: tuple[ImageObject, ...] = ()


def parse_semantic(text: str) -> Parsed[SemanticDecision]:
    """The decision on one turn. It keeps only with a clear yes and something to keep."""
    records = read_records(text, _SEMANTIC_KEYS, prose=("reason", "content"))
    read = [_decide(record) for record in records]
    kept = [parsed for parsed in read if parsed.value.keep]
    if not read:
        nothing = SemanticDecision("", False, "")
        return Parsed(nothing, f"no decision could be read in {excerpt(text)}")
    if len(kept) < 2:
        return kept[0] if kept else read[0]
    content = "; ".join(parsed.value.content for parsed in kept)
    keywords = dict.fromkeys(word for parsed in kept for word in parsed.value.keywords)
    reason = kept[0].value.reason
    joined = SemanticDecision(reason, True, content, tuple(keywords), image_objects(content))
    return Parsed(joined, f"{len(kept)} memories came at once; they were joined")


def write_semantic(decision: SemanticDecision) -> str:
    """The four lines of a decision; objects are written as `content` names them."""
    return "\n".join(
        (
            write_line("reason", write_value(decision.reason)),
            write_line("decision", "true" if decision.keep else "false"),
            write_line("content", write_value(decision.content)),
            write_line("keywords", write_keywords(decision.keywords)),
        )
    )


def image_objects(content: str) -> tuple[ImageObject, ...]:
    """The objects that a memory's text names as `name (Image Object: category)`."""
    found, begin = [], 0
    for marker in _OBJECT.finditer(content):
        name = _JOINED.sub("", content[begin : marker.start()]).strip(" []\"'")
        category = marker[1].strip(" []\"'")
        begin = marker.end()
        if category:
            found.append(ImageObject(name or category, category))
    return tuple(found)


def without_marks(content: str) -> str:
    """A memory's text as it is told: without the marks of the objects in it."""
    return re.sub(rf"\s*{_OBJECT.pattern}", "", content, flags=_OBJECT.flags)


def _decide(record: dict[str, str]) -> Parsed[SemanticDecision]:
    answer = _DECISION.search(record.get("decision", ""))
    wanted = answer is not None and answer[1] is not None
    content = record.get("content", "")
    decision = SemanticDecision(
        reason=record.get("reason", ""),
        keep=wanted and bool(content),
        content=content,
        keywords=split_keywords(record.get("keywords", "")),
        objects=image_objects(content),
    )
    if answer is None:
        seen = f" in {excerpt(record['decision'])}" if record.get("decision") else ""
        about = f"; the memory was {excerpt(content)}" if content else ""
        return Parsed(decision, f"no true or false{seen}{about}")
    if wanted and not content:
        return Parsed(decision, "it decided to keep a memory but wrote none")
    return Parsed(decision)


# --- Episodic memory ------------------------------------------------------------------------

_TOPIC_KEYS = {
    "topic_summary": "topic_summary",
    "summary": "topic_summary",
    "keywords": "keywords",
    "keyword": "keywords",
    "source_dialog_indices": "source_dialog_indices",
    "source_dialogue_indices": "source_dialog_indices",
    "source_dialogs_indices": "source_dialog_indices",
    "source_indices": "source_dialog_indices",
    "dialog_indices": "source_dialog_indices",
    "indices": "source_dialog_indices",
}
_INDICES = re.compile(
    r"(?P<first>(?<![\w.])-?[0-9]+)(?:\.0)?"
    r"(?:\s*(?:-|–|—|~|\.\.+|\bto\b|\bthrough\b)\s*(?:rounds?\s*)?(?P<last>[0-9]+))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TopicDraft:
    """A topic the model found in a session; `indices` number the session's rounds from 0."""

    summary: str
    keywords: tuple[str, ...]
    indices: tuple[int, ...]


def parse_topics(text: str, rounds: int) -> Parsed[tuple[TopicDraft, ...]]:
    """The topics of a session of `rounds` turns, each with the rounds it really names.

    A topic without a summary, or without a round that exists, is dropped and told of; no round is
    given to a topic that did not ask for it.
    """
    records = read_records(text, _TOPIC_KEYS, prose=("topic_summary",))
    if not records:
        return Parsed((), f"no topic could be read in {excerpt(text)}")
    topics, problems = [], []
    for number, record in enumerate(records, start=1):
        summary = record.get("topic_summary", "")
        indices, outside = _read_indices(record.get("source_dialog_indices", ""), rounds)
        if outside:
            problems.append(f"topic {number} names rounds that do not exist: {excerpt(outside)}")
        if summary and indices:
            words = split_keywords(record.get("keywords", ""))
            topics.append(TopicDraft(summary, words, indices))
        else:
            missing = "rounds" if summary else "summary"
            problems.append(f"topic {number} was dropped: it has no {missing}")
    return Parsed(tuple(topics), "; ".join(problems) or None)


def write_topics(topics: Iterable[TopicDraft]) -> str:
    """Three lines for each topic."""
    return "\n".join(
        line
        for topic in topics
        for line in (
            write_line("topic_summary", write_value(topic.summary)),
            write_line("keywords", write_keywords(topic.keywords)),
            write_line("source_dialog_indices", ", ".join(map(str, topic.indices))),
        )
    )


def _read_indices(text: str, rounds: int) -> tuple[tuple[int, ...], str]:
    """The rounds that `text` names, in order, and those it names beyond the session."""
    if re.fullmatch(r"\W*all(?: rounds| of them)?\W*", text, re.IGNORECASE):
        return tuple(range(rounds)), ""
    found: set[int] = set()
    outside = []
    for part in _INDICES.finditer(text):
        first = _clip(part["first"])
        last = _clip(part["last"]) if part["last"] else first
        first, last = sorted((first, last))
        inside = range(max(first, 0), min(last, rounds - 1) + 1)
        found.update(inside)
        if first < 0 or last >= rounds:
            outside.append(part[0])
    return tuple(sorted(found)), ", ".join(outside)


def _clip(digits: str) -> int:
    return int(digits[:9])  # no session is that long, and int() refuses thousands of digits
