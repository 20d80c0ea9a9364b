"""What the person has said, sentence by sentence: the only ground that replies stand on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from personavlm.engines.preview.text import is_question, sentences, stated, words
from personavlm.memory.times import plain
from personavlm.protocol.text import plain as without_guard
from personavlm.records import Hit, MemoryType, Retrieval, Turn

Source = Literal["turn", "note", "habit"]

# Habits and topics quote the person; only what stands between these marks is theirs.
_QUOTED = re.compile(r"“([^”]+)”")
_OBJECT = re.compile(r"\s*\(Image Object: [^)]*\)", re.IGNORECASE)
# How sentences begin that can only be understood after the one before.
_LEANS = re.compile(
    r"^(?:(?:and|but|so|oh|actually|well|yes|no)[, ]+)*"
    r"(?:she|he|they|it|her|his|their|its|she's|he's|they're|it's|that|that's|this|those|these)\b",
    re.IGNORECASE,
)
_REFERS = re.compile(
    r"\b(?:she|he|they|it|her|him|his|them|their|its|one|there|that|this|she's|he's|it's)\b",
    re.IGNORECASE,
)
_ONE_TALK = timedelta(minutes=20)  # between two messages, for the second to go on from the first


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of the person's, when it was said, and what was said around it."""

    text: str
    time: datetime
    before: str = ""  # the sentence before it
    after: str = ""  # the sentence after it in the same message
    around: str = ""  # the whole message, with the one before it where this goes on from that
    source: Source = "turn"
    turn: int | None = None
    pictures: int = 0
    now: bool = False  # said in the running session
    reply: str = ""  # what the assistant answered to that message
    over: bool = False  # a newer fact has replaced it

    @property
    def leans(self) -> bool:
        """Whether it has to be told together with the sentence before it."""
        return bool(self.before) and bool(_LEANS.match(plain(self.text)))


def collect(dialogue: Iterable[Turn], retrieved: Iterable[Retrieval]) -> tuple[Said, ...]:
    """The statements in sight, each once, oldest first; questions are left out."""
    dialogue = tuple(dialogue)
    hits = [hit for retrieval in retrieved for hit in retrieval.hits]
    running = {turn.id for turn in dialogue}
    turns = {turn.id: turn for hit in hits for turn in hit.turns if not _edited(hit, turn)}
    turns |= {turn.id: turn for turn in dialogue}
    every = [*_of_turns(list(turns.values()), running)]
    every += [said for hit in hits for said in _of_note(hit)]
    found: dict[str, Said] = {}
    for said in every:
        key = _key(said.text)
        known = found.get(key)
        # The same sentence comes as a fact and in its turn; the turn knows more around it. Said
        # twice on different days, the newer one counts.
        if known is None or _rank(said) > _rank(known):
            found[key] = said
    over = {_key(said.text) for hit in hits if hit.end and hit.type is MemoryType.SEMANTIC
            for said in _of_note(hit)}  # fmt: skip
    for key in over & found.keys():
        found[key] = replace(found[key], over=True)
    return tuple(sorted(found.values(), key=lambda said: said.time))


def _edited(hit: Hit, turn: Turn) -> bool:
    """Whether a fact no longer says what its turn said: then the fact counts."""
    if hit.type is not MemoryType.SEMANTIC:
        return False
    own = set(_key(turn.text).split())
    note = _key(_OBJECT.sub("", without_guard(hit.text))).split()
    return sum(word in own for word in note) < 0.9 * len(note)


def _rank(said: Said) -> tuple[datetime, bool]:
    return said.time.replace(second=0, microsecond=0), said.source == "turn"


def _key(text: str) -> str:
    return " ".join(words(text)).lower()


def _of_turns(turns: list[Turn], running: set[int]) -> Iterator[Said]:
    turns.sort(key=lambda turn: (turn.time, turn.id))
    previous: Turn | None = None
    for turn in turns:
        told = without_guard(turn.text)
        blank = Said(
            "",
            turn.time,
            turn=turn.id,
            pictures=len(turn.images),
            now=turn.id in running,
            reply=turn.reply or "",
        )
        near = previous is not None and turn.time - previous.time <= _ONE_TALK
        earlier = without_guard(previous.text) if previous is not None and near else ""
        yield from _split(told, blank, earlier)
        previous = turn


def _of_note(hit: Hit) -> Iterator[Said]:
    """What a hit says beside its turns."""
    told = hit.object.crops[0].note if hit.object else hit.text
    text = _OBJECT.sub("", without_guard(told))
    if hit.type is MemoryType.SEMANTIC:
        yield from _split(text, Said("", hit.time, source="note", pictures=len(hit.images)))
    elif hit.type is MemoryType.PROCEDURAL:
        _, _, value = text.partition(":")
        for quote in _QUOTED.findall(text) or [value.strip() or text]:
            yield from _split(quote, Said("", hit.time, source="habit"))
    elif not hit.turns:
        for quote in _QUOTED.findall(text):
            yield from _split(quote, Said("", hit.time, source="note"))


def _split(message: str, blank: Said, earlier: str = "") -> Iterator[Said]:
    """The statements of a message, each with its neighbours."""
    parts = _whole_sentences(message)
    told = [stated(part) for part in parts]
    for position, text in enumerate(told):
        if not text or len(words(text)) < 2:
            continue
        before = _statement_before(parts, position) if position else ""
        after = told[position + 1] if position + 1 < len(told) else ""
        around = message
        if not position and earlier and _REFERS.search(plain(text)):
            around = f"{earlier} {message}"
            before = _last_statement(earlier) if _LEANS.match(plain(text)) else ""
        yield replace(blank, text=text, before=before, after=after, around=around)


def _whole_sentences(message: str) -> list[str]:
    """Sentences; a single word ("Porto!!") goes with the one that follows it."""
    parts: list[str] = []
    single = ""
    for part in sentences(message):
        whole = f"{single} {part}".strip()
        single = whole if len(words(part)) < 2 and not is_question(part) else ""
        if not single:
            parts.append(whole)
    return [*parts, single] if single else parts


def _statement_before(parts: Sequence[str], position: int) -> str:
    before = parts[position - 1]
    return "" if is_question(before) else before


def _last_statement(message: str) -> str:
    told = [part for part in map(stated, sentences(message)) if part]
    return told[-1] if told else ""
