"""What the update tasks should make of a life: inputs as the product gives them, and the output.

Every target is written by the product's own writers; `problem` reads it back with its parsers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from personavlm.protocol import (
    Inputs,
    Query,
    SemanticDecision,
    SessionInputs,
    Task,
    TurnInputs,
    grammar_for,
    image_objects,
    merge_entries,
    parse_entries,
    parse_semantic,
    parse_topics,
    parse_traits,
    write_entries,
    write_semantic,
    write_topics,
    write_traits,
)
from personavlm.synthesis.life import MAX_HABITS, Life, Turn
from personavlm.synthesis.told import images, record, topics

Value = dict[str, str] | SemanticDecision | tuple[object, ...]

# The first word decides: a model that writes the likeliest one weighs all of either side in it.
_KEPT = {
    "profile": "Lasting: a taste, or something to know about {name}.",
    "habit": "Lasting: a goal or a habit.",
    "changed": "Lasting: it corrects what was known before.",
    "object": "Lasting: {name} asks to remember what the picture shows.",
    "fact": "Lasting: a fact about {name} or those close to them.",
}
_LEFT = {
    "asks": "Passing: a question of the moment.",
    "tells": "Passing: chat about the day.",
    "pictures": "Passing: a picture, with no wish to keep it.",
    "known": "Passing: it is known already.",
    "others": "Passing: it is told of other people.",
}


@dataclass(frozen=True, slots=True)
class Target:
    """One output of one update task. value: what it says; turns: those that it rests on."""

    task: Task
    inputs: Inputs
    value: Value
    text: str
    turns: tuple[int, ...]
    plain: bool = False  # it keeps nothing, or shows no trait


def targets(life: Life) -> Iterator[Target]:
    """What is to be written in the course of a life, in the order of the product's update stage.

    Procedural memory has none as long as there is no habit or goal to list.
    """
    profiles, habits = list(life.profiles()), list(life.habits())
    for place, session in enumerate(life.sessions):
        profile, held = profiles[place], habits[place]
        dialogue = tuple(record(life, place, turn) for turn in session)
        for number, turn in enumerate(session):
            query = Query(turn.text, turn.time, images(life, turn))
            inputs = TurnInputs(profile, dialogue[:number], query)
            yield _traits(inputs, turn)
            yield _semantic(life, inputs, turn)
        whole = SessionInputs(profile, dialogue, held)
        numbers = tuple(turn.number for turn in session)
        drafts = topics(life.person.name, session)
        yield Target(Task.EPISODIC, whole, drafts, write_topics(drafts), numbers)
        after = habits[place + 1]
        if after:
            yield Target(Task.PROCEDURAL, whole, after, write_entries(after), numbers)
        after = profiles[place + 1]
        yield Target(Task.CORE, whole, after, write_entries(after), numbers)


def problem(target: Target) -> str | None:
    """What is wrong with a target: it has to be read back as its value, and fit the grammar."""
    grammar = grammar_for(target.task, target.inputs)
    if grammar is None or re.fullmatch(grammar.regex, target.text) is None:
        return "the grammar of the task does not allow it"
    inputs = target.inputs
    match target.task:
        case Task.PERSONALITY:
            read: object = parse_traits(target.text)
        case Task.SEMANTIC:
            read = parse_semantic(target.text)
        case Task.EPISODIC if isinstance(inputs, SessionInputs):
            read = parse_topics(target.text, len(inputs.dialogue))
        case _:
            entries = parse_entries(target.text)
            if isinstance(inputs, SessionInputs) and target.task is Task.PROCEDURAL:
                merged = merge_entries(inputs.habits, entries.value, MAX_HABITS)
                if merged != target.value:
                    return "merged into what was there, it gives something else"
            read = entries
    told, wrong = getattr(read, "value", None), getattr(read, "problem", None)
    if wrong is not None:
        return f"it cannot be read: {wrong}"
    return None if told == target.value else "it is read back as something else"


def _traits(inputs: TurnInputs, turn: Turn) -> Target:
    plain = all(score == 3 for score in turn.shown)
    text = write_traits(turn.shown)
    return Target(Task.PERSONALITY, inputs, turn.shown, text, (turn.number,), plain)


def _semantic(life: Life, inputs: TurnInputs, turn: Turn) -> Target:
    if turn.note is None:
        reason = turn.why or _LEFT[_left(turn)]
        decision = SemanticDecision(reason, False, "")
    else:
        note = turn.note
        objects = image_objects(note.content)
        reason = turn.why or _KEPT["object" if objects else _kept(turn)].format(
            name=life.person.name
        )
        decision = SemanticDecision(reason, True, note.content, note.keywords, objects)
    text = write_semantic(decision)
    return Target(Task.SEMANTIC, inputs, decision, text, (turn.number,), not decision.keep)


def _kept(turn: Turn) -> str:
    if turn.change is None:
        return "fact"
    return "changed" if turn.change.before else turn.change.memory


def _left(turn: Turn) -> str:
    if turn.topic in _LEFT:
        return turn.topic
    return "others" if any("/decoy/" in name for name in turn.templates) else "known"
