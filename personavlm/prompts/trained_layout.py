"""How each input stands in a prompt as trained, where that differs from our own layout.

An input with nothing to show gives no parts at all: what stands there then is the template's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from personavlm.personality import TRAITS, BigFive
from personavlm.prompts import layout
from personavlm.prompts.layout import Parts
from personavlm.prompts.template import Part, Slots, join
from personavlm.protocol.inputs import (
    AnswerInputs,
    Inputs,
    Query,
    ReasonInputs,
    SessionInputs,
    TurnInputs,
)
from personavlm.protocol.text import inert
from personavlm.protocol.times import format_time
from personavlm.records import Hit, MemoryType, Retrieval, Turn


def slots_of(inputs: Inputs) -> Slots:
    """Everything that the prompts as trained may show of these inputs."""
    slots: Slots = {"profile": mapping(inputs.profile), "dialogue": dialogue(inputs.dialogue)}
    if isinstance(inputs, ReasonInputs | AnswerInputs):
        slots |= traits(inputs.personality)
    if isinstance(inputs, ReasonInputs | AnswerInputs | TurnInputs):
        slots["query"] = query(inputs.query)
    if isinstance(inputs, SessionInputs):
        slots["habits"] = mapping(inputs.habits) if inputs.habits else ()
        slots["rounds"] = dialogue(inputs.dialogue, numbered=True)
    if isinstance(inputs, AnswerInputs):
        found = found_slots(inputs.retrieved)
        slots |= {name: found[name] for name in ("procedural", "semantic")}
        slots["dialogue"] = dialogue((*_turns_found(inputs.retrieved.hits), *inputs.dialogue))
    return slots


def found_slots(retrieval: Retrieval) -> Slots:
    """What the message after a search shows."""
    return {
        "procedural": habits(retrieval.hits),
        "semantic": facts(retrieval.hits),
        "episodic": dialogue(_turns_found(retrieval.hits)),
    }


def mapping(values: Mapping[str, str]) -> Parts:
    """A profile or a list of habits as Python prints a dict, escapes and all."""
    return (inert(repr(dict(values))),)


def traits(scores: BigFive) -> Slots:
    """Each trait to one decimal."""
    return {trait: (f"{score:.1f}",) for trait, score in zip(TRAITS, scores.values(), strict=True)}


def dialogue(turns: Iterable[Turn], numbered: bool = False) -> Parts:
    """Turns, oldest first; `numbered` puts the heading of its round above each."""
    shown = tuple(turns)
    return layout.dialogue(shown, numbered) if shown else ()


def query(asked: Query) -> Parts:
    """The new message as Python prints a dict, its pictures before its words."""
    words = repr(asked.text)
    head = f"{{'time': {format_time(asked.time)!r}, 'query': {words[0]}"
    pictures = (part for image in asked.images for part in (image, r"\n"))
    return join((head, *pictures, inert(words[1:]), "}"))


def habits(hits: Iterable[Hit]) -> Parts:
    """A line for each goal or habit (and profile entry, if a search returns any)."""
    kinds = (MemoryType.PROCEDURAL, MemoryType.CORE)
    return _lines([(inert(hit.text),) for hit in hits if hit.type in kinds])


def facts(hits: Iterable[Hit]) -> Parts:
    """Facts by time, each with its pictures; also topics of which no turn is shown."""
    told = [hit for hit in hits if hit.type is MemoryType.SEMANTIC]
    told += [hit for hit in hits if hit.type is MemoryType.EPISODIC and not hit.turns]
    items = []
    for hit in sorted(told, key=lambda hit: hit.time):
        pictures = (part for image in hit.images for part in (" ", image))
        items.append((f"Time: {format_time(hit.time)}\nMemory: {inert(hit.text)}", *pictures))
    return _lines(items)


def _turns_found(hits: Iterable[Hit]) -> list[Turn]:
    """The turns of the topics, each once, by time."""
    turns: dict[int, Turn] = {}
    for hit in hits:
        for turn in hit.turns if hit.type is MemoryType.EPISODIC else ():
            turns.setdefault(turn.id, turn)
    return sorted(turns.values(), key=lambda turn: turn.time)


def _lines(items: Iterable[tuple[Part, ...]]) -> Parts:
    parts: list[Part] = []
    for item in items:
        parts.append("\n" if parts else "")
        parts.extend(item)
    return join(parts)
