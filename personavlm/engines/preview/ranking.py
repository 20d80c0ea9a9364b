"""Which sentences answer a question, and how well.

Four things are weighed: how near a sentence is in meaning to the question and to the beginning of
its own answer, how many of the question's words it covers (in the same or in a near word), whether
it holds an answer of the wanted kind, and whether its time fits. The weights were set by hand on
the development histories in tests/engines/preview.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from personavlm.engines.preview import words
from personavlm.engines.preview.attributes import attested, tells
from personavlm.engines.preview.concepts import asked_of, shared
from personavlm.engines.preview.evidence import Said
from personavlm.engines.preview.kinds import Kind, holds, inner_names, names, says_name
from personavlm.engines.preview.nearness import Nearness
from personavlm.engines.preview.questions import Question
from personavlm.engines.preview.words import Word
from personavlm.memory.encode import CachedEncoder
from personavlm.memory.spans import WEEKDAYS, Direction
from personavlm.memory.times import mentions, overlap, plain
from personavlm.records import Window

_DENSE, _COVER, _KIND, _TIME = 0.5, 0.38, 0.12, 0.1
_CLOSE = 12  # sentences whose single words are compared

KNOWN = 0.42  # score from which a sentence counts as an answer
_ABOUT = 0.3  # how well an answer has to match one of the question's telling words,
_SURE = 0.47  # unless its meaning is this near
_MATTER, _MATTER_FROM = 0.08, 0.3  # for telling of the everyday matter that is asked about
_STANDS_FOR = 0.35  # what such telling is worth of the question's own words
_FORMAL = (
    Kind.PLACE,
    Kind.COLOUR,
    Kind.NUMBER,
    Kind.AGE,
    Kind.PRICE,
    Kind.CLOCK,
    Kind.NAME,
    Kind.PERSON,
)
_OTHER = 0.06  # taken off what is about somebody else when the person asks about themselves
_SHORT = 400  # characters up to which a whole message is compared
_MISSED = -1.0  # a word that nothing stands for is not there
_NOUN = 0.2  # how well the noun of "which hospital ...?" has to be matched
_MY = re.compile(r"\b(?:my|our) ([\w\-]+)", re.IGNORECASE)
_OWNED = re.compile(r"\b(my|our|her|his|their|[A-Z]\w+'s) ([\w\-]+)")
_DIRECTIONS: tuple[Direction, ...] = ("past", "future")
_FIRST = re.compile(r"\b(?:i|i'm|i've|i'd|i'll|my|me|mine|we|our|us)\b", re.IGNORECASE)
_MARGIN = 0.1  # how far behind the best one others are still worth telling


@dataclass(frozen=True, slots=True)
class Ranked:
    """A sentence and how well it answers."""

    said: Said
    score: float
    dense: float
    cover: float
    kind: float
    required: bool = True  # it is about the names that the question asks about


def rank(
    question: Question,
    said: Sequence[Said],
    encoder: CachedEncoder,
    aliases: Mapping[str, frozenset[str]] | None = None,
) -> tuple[Ranked, ...]:
    """The sentences, best first. `aliases` are the names (stems) behind words like "sister"."""
    if not said:
        return ()
    dense = _dense(question, said, encoder)
    shallow = [
        value + 0.4 * _exact(question.focus, one) for value, one in zip(dense, said, strict=True)
    ]
    order = sorted(range(len(said)), key=lambda index: -shallow[index])
    near = Nearness(
        question.focus, [said[index] for index in order[:_CLOSE]], encoder, aliases or {}
    )
    ranked = [
        _score(question, said[index], float(dense[index]), near, deep=place < _CLOSE)
        for place, index in enumerate(order)
    ]
    return tuple(sorted(ranked, key=lambda one: (-one.score, -one.said.time.timestamp())))


def answers(question: Question, ranked: Sequence[Ranked]) -> tuple[Ranked, ...]:
    """Those that are close enough to be told as the answer, best first."""
    if question.window is not None and all(word.generic for word in question.focus):
        return _of_that_time(question.window, ranked)
    good = [one for one in ranked if one.score >= KNOWN and one.required]
    if not good:
        return ()
    floor = good[0].score - (_MARGIN * 2 if question.many else _MARGIN)
    return tuple(one for one in good if one.score >= floor)


def _of_that_time(window: Window, ranked: Sequence[Ranked]) -> tuple[Ranked, ...]:
    """All of what was said in a window, where nothing more particular is asked."""
    fitting = [one for one in ranked if _fits(window, one.said) > 0]
    opening = [one for one in fitting if not one.said.before]
    return tuple(opening or fitting)


def _dense(question: Question, said: Sequence[Said], encoder: CachedEncoder) -> NDArray[np.float32]:
    """Nearness in meaning, of the sentence alone or together with what was said around it."""
    phrases = [concept.phrase for concept in asked_of(question.text) if concept.phrase]
    asked = list(dict.fromkeys((question.text, question.stub or question.text, *phrases)))
    views = (
        (1.0, [one.text for one in said]),
        (0.92, [f"{one.before} {one.text}".strip() for one in said]),
        (0.85, [one.around if len(one.around) <= _SHORT else one.text for one in said]),
    )
    vectors = encoder.encode([*asked, *(text for _, texts in views for text in texts)])
    nearness = (vectors[: len(asked)] @ vectors[len(asked) :].T).max(axis=0)
    count = len(said)
    weighed = [
        weight * nearness[place * count : (place + 1) * count]
        for place, (weight, _) in enumerate(views)
    ]
    nearest: NDArray[np.float32] = np.max(np.stack(weighed), axis=0)
    return nearest


def _exact(focus: Sequence[Word], said: Said) -> float:
    if not focus:
        return 0.0
    own, around = words.stems(said.text), words.stems(said.around)
    return sum(
        1.0 if word.stem in own else 0.6 if word.stem in around else 0.0 for word in focus
    ) / len(focus)


def _score(question: Question, said: Said, dense: float, near: Nearness, deep: bool) -> Ranked:
    cover, about = _coverage(question, said, near) if deep else (0.0, 0.0)
    kind = _kind(question, said)
    if told := attested(question, said):
        about = kind = 1.0
    matters = shared(asked_of(question.text), plain(said.text))
    if enough := told or any(matter.enough for matter in matters):
        cover = max(cover, _STANDS_FOR)
    total = _DENSE * dense + _COVER * cover + _KIND * kind + (_MATTER if matters else 0.0)
    if question.spans:
        total += _TIME * max(_fits(window, said) for window in question.spans)
    if _FIRST.search(question.text) and not question.required and _someone_else(said):
        total -= _OTHER
    required = (
        not _of_another(question.text, said)
        and tells(question, said)
        and _required(question, said, dense, about, kind, enough)
    )
    return Ranked(said, total, dense, cover, kind, required)


def _required(
    question: Question, said: Said, dense: float, about: float, kind: float, enough: bool
) -> bool:
    """Whether a sentence may be told as the answer at all."""
    stems = words.stems(f"{said.before} {said.text} {said.around}")
    vague = all(word.generic for word in question.focus)
    if vague and not enough and any(matter.enough for matter in asked_of(question.text)):
        return False
    if not question.required <= stems or (question.kind in _FORMAL and kind < 0):
        return False
    # A name in common makes sentences near that have nothing else in common.
    sure = _SURE + 0.09 if question.required else _SURE
    if about == _MISSED or (question.required and about < _ABOUT and dense < sure and not enough):
        return False
    if any(_speaks_of(window, said) for window in question.spans):
        return True
    return about >= _ABOUT or dense >= sure or (enough and dense >= _MATTER_FROM)


def _of_another(asked: str, said: Said) -> bool:
    """Whether a sentence is about somebody else's: my mother is not "Miguel's mother"."""
    told = f"{said.before} {said.text}" if said.leans else said.text
    for mine in _MY.findall(plain(asked)):
        thing = words.stem(mine)
        owners = [owner for owner, own in _OWNED.findall(plain(told)) if words.stem(own) == thing]
        if owners and not any(owner.lower() in ("my", "our") for owner in owners):
            return True
    return False


def _someone_else(said: Said) -> bool:
    """Whether a sentence speaks of others only."""
    return not _FIRST.search(plain(said.text)) and bool(inner_names(said.text))


def _coverage(question: Question, said: Said, near: Nearness) -> tuple[float, float]:
    """The share of the question's words that a sentence is about; the best of those that tell.

    What is about everything ("favourite", "colour") weighs less.
    """
    if not question.focus:
        return 0.5, 1.0
    views = (
        (1.0, words.stems(said.text)),
        (0.85, words.stems(said.before)),
        (0.75, words.stems(said.after)),
        (0.6, words.stems(said.around)),
    )
    all_generic = all(word.generic for word in question.focus)
    total = weights = 0.0
    telling: list[float] = []
    missed = lacks_noun = False
    for row, word in enumerate(question.focus):
        weight = 1.5 if word.name else 0.3 if word.generic and not all_generic else 1.0
        match = max(share * near.match(row, stems) for share, stems in views)
        total += weight * match
        weights += weight
        if word.name or word.generic:
            continue
        telling.append(match)
        excused = words.is_kin(word.stem) and bool(question.required)
        missed |= words.strict(word.stem) and not match and not excused
        lacks_noun |= word.stem == question.noun and match < _NOUN
    # The price of a pottery class is not that of a pottery tile: there the last word decides.
    best = telling[-1] if telling and question.kind is Kind.PRICE else max(telling, default=1.0)
    about = _MISSED if missed else 0.0 if lacks_noun else best
    return total / weights * (0.5 if missed else 1.0), about


def _kind(question: Question, said: Said) -> float:
    """Whether a sentence holds an answer of the wanted kind: 1 for surely, below 0 for not."""
    kind = question.kind
    if kind in (Kind.ANY, Kind.YES_NO):
        return 0.5
    known = frozenset(name.lower() for name in names(f"x {question.text}"))
    value = holds(kind, said.text, known)
    if kind is Kind.NAME and value and says_name(said.text):
        return 1.2
    if value:
        return value
    beside = max(holds(kind, said.after, known), holds(kind, said.before, known))
    if beside:
        return 0.4 * beside
    # The day it was told on answers "when did I ...?" too.
    return -0.2 if kind is Kind.TIME and not question.present else -1.0


def _fits(window: Window, said: Said) -> float:
    """Whether a sentence was said in a window, or speaks of a time in it."""
    spoken_of = _spoken_of(said)
    if any(overlap(window, span) for span in spoken_of):
        return 1.0
    if overlap(window, Window(said.time, said.time)):
        return 0.6
    to_come = window.start is not None and window.start > said.time
    return 0.0 if to_come and not spoken_of else -1.0


def _spoken_of(said: Said) -> list[Window]:
    return [
        mention.window
        for direction in _DIRECTIONS
        for mention in mentions(said.text, said.time, direction)
        if mention.text.lower() not in WEEKDAYS  # "my ideal Saturday" is none in particular
    ]


def _speaks_of(window: Window, said: Said) -> bool:
    """Whether a sentence speaks of a time in the window, rather than being said in it."""
    return any(overlap(window, span) for span in _spoken_of(said))
