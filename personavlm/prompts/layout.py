"""How each input stands in a prompt: the layout the published weights were trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from personavlm.personality import TRAITS, BigFive, describe
from personavlm.prompts.template import Part, join
from personavlm.protocol.inputs import Query
from personavlm.protocol.text import inert, quote_field
from personavlm.protocol.times import format_time
from personavlm.records import Hit, Image, MemoryType, Retrieval, Turn

Parts = tuple[Part, ...]

_EMPTY: Parts = ("(none)",)


def mapping(values: Mapping[str, str]) -> Parts:
    """A profile or a list of habits as a Python dict is printed."""
    items = (f"{_literal(key)}: {_literal(value)}" for key, value in values.items())
    return (inert("{" + ", ".join(items) + "}"),)


def personality(scores: BigFive) -> Parts:
    """One line a trait, to one decimal, and the profile in words."""
    lines = [
        f"{trait.capitalize()}: {score:.1f}"
        for trait, score in zip(TRAITS, scores.values(), strict=True)
    ]
    return ("\n".join([*lines, describe(scores)]),)


def dialogue(turns: Iterable[Turn], numbered: bool = False) -> Parts:
    """Turns, oldest first; `numbered` puts the heading of its round above each."""
    parts: list[Part] = []
    for number, turn in enumerate(turns):
        parts.append("\n" if parts else "")
        if numbered:
            parts.append(f"Round {number} of dialogues\n")
        parts.extend(_turn(turn))
    return join(parts) or _EMPTY


def query(asked: Query) -> Parts:
    """The new message as a Python dict is printed, its pictures before its words."""
    head = f"{{'time': {_literal(format_time(asked.time))}, 'query': "
    words = inert(_literal(asked.text))
    # Inside the quotes, where a line break is written as an escape.
    return join((head, words[0], *_pictures(asked.images, r"\n"), words[1:], "}"))


def outcome(retrieval: Retrieval) -> Parts:
    """One sentence on how a search went, and the note on it if there is one."""
    note = inert(quote_field(retrieval.note)).rstrip(".")
    count = len(retrieval.hits)
    if count:
        told = f"Your memory returned {count} {'entry' if count == 1 else 'entries'}."
    else:
        told = "" if note else "Nothing was found in your memory for this search."
    return (" ".join(part for part in (told, f"Note: {note}." if note else "") if part),)


def entries(hits: Iterable[Hit]) -> Parts:
    """The goals and habits among the hits (and profile entries, if a search returns any)."""
    return _section(hits, (MemoryType.PROCEDURAL, MemoryType.CORE), _line)


def facts(hits: Iterable[Hit]) -> Parts:
    """The facts among the hits, each with its pictures after it."""
    return _section(hits, (MemoryType.SEMANTIC,), _line)


def topics(hits: Iterable[Hit]) -> Parts:
    """The topics among the hits, each with the turns that it brings along."""
    return _section(hits, (MemoryType.EPISODIC,), _topic)


def findings(retrieval: Retrieval) -> Parts:
    """Everything one search returned, for a prompt that has a single place for it."""
    if not retrieval.hits:
        return outcome(retrieval)
    return join(
        (
            *outcome(retrieval),
            *("\nGoals and habits:\n", *entries(retrieval.hits)),
            *("\nFacts and preferences:\n", *facts(retrieval.hits)),
            *("\nEarlier conversations:\n", *topics(retrieval.hits)),
        )
    )


def _section(
    hits: Iterable[Hit], types: tuple[MemoryType, ...], show: Callable[[Hit], Parts]
) -> Parts:
    parts: list[Part] = []
    for hit in hits:
        if hit.type in types:
            parts.append("\n" if parts else "")
            parts.extend(show(hit))
    return join(parts) or _EMPTY


def _line(hit: Hit) -> Parts:
    pictures = (part for image in hit.images for part in (" ", image))
    until = f", until {format_time(hit.end)}" if hit.end else ""  # a newer fact replaced it then
    like = f" (what the person sent {inert(quote_field(hit.why))})" if hit.object else ""
    head = f"- {format_time(hit.time)}{until}: {inert(quote_field(hit.text))}{like}"
    return (head, *pictures, _left_out(hit.pictures_left_out, "picture"))


def _topic(hit: Hit) -> Parts:
    until = f" to {format_time(hit.end)}" if hit.end and hit.end != hit.time else ""
    head = f"- {format_time(hit.time)}{until}: {inert(quote_field(hit.text))}"
    parts: list[Part] = [head]
    for turn in hit.turns:
        parts.extend(("\n", *_turn(turn)))
    parts.append(_left_out(hit.left_out, "turn") + _left_out(hit.pictures_left_out, "picture"))
    return tuple(parts)


def _left_out(count: int, what: str) -> str:
    return f"\n({count} more {what}{'s' * (count > 1)} not shown)" if count else ""


def _turn(turn: Turn) -> Parts:
    head = f"Time: {format_time(turn.time)}\nUser: "
    # A turn that was never answered has no such line: the model must not learn empty replies.
    reply = "" if turn.reply is None else f"\nAssistant: {inert(turn.reply)}"
    return (head, *_pictures(turn.images, "\n"), inert(turn.text) + reply)


def _pictures(images: Iterable[Image], line_break: str) -> Iterable[Part]:
    for image in images:
        yield image
        yield line_break


def _literal(text: str) -> str:
    """`text` as Python prints it, except that marks invisible in print (joiners in emoji and in
    Persian, our own) stay themselves instead of becoming escapes that a model cannot read."""
    quote = '"' if "'" in text and '"' not in text else "'"
    for plain, escaped in (
        ("\\", r"\\"),
        (quote, "\\" + quote),
        ("\n", r"\n"),
        ("\r", r"\r"),
        ("\t", r"\t"),
    ):
        text = text.replace(plain, escaped)
    return quote + text + quote
