"""Replies, put together from the person's own sentences with their dates."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from personavlm.engines.preview import words
from personavlm.engines.preview.concepts import asked_of, shared
from personavlm.engines.preview.dates import day, on_day
from personavlm.engines.preview.evidence import Said
from personavlm.engines.preview.person import dated, second_person
from personavlm.engines.preview.questions import Question
from personavlm.engines.preview.ranking import KNOWN, Ranked
from personavlm.engines.preview.text import clip, listed, sentences, statements
from personavlm.memory.times import plain

UNKNOWN = "You haven't told me that yet."
_MOST = 5  # memories told where the question asks for several
_OLDER = 2  # older preferences mentioned after the newest
_LONG = 260  # characters up to which a neighbouring sentence is told too
_OF_SEVERAL = 0.25  # how far behind the best one the oldest or newest of several may be
_SAME_COUNT = 0.35  # cover from which it is one of those
_SAME_THING = 0.6  # cover from which an older liking is one for the same thing
_COMMON = 3  # sentences in sight from which on a word ties none of them together
_LOOKED_AT = 12
_CHAIN = 0.28  # score from which a sentence can be an update of the best one

_ADVERBIAL = re.compile(
    r"^(?:on|in|at|for|after|before|since|when|while|because|if|as|last|next|"
    r"yesterday|today|tomorrow|tonight|with|from|until|by|lately|recently|"
    r"usually|sometimes|now|these)\b",
    re.I,
)
# How people speak of what holds now, so that a newer such sentence replaces an older one.
_STATE = re.compile(
    r"\b(?:favou?rite|prefer\w*|love|like|likes|into|switched|changed|swapped|now|these days|"
    r"no longer|anymore|moved|move|instead|actually|hate|gone off|fan|obsessed|hooked|rather|new|"
    r"is|are|i'm|my go-to|lately|nowadays|current(?:ly)?|have|has|live|work|can't|don't)\b",
    re.IGNORECASE,
)


_LIKED = re.compile(r"\b(?:favou?rite|prefer\w*|love|loved|like|into|hooked|obsessed|fan)\b", re.I)
# How people speak of a change.
_CHANGE = re.compile(
    r"\b(?:now|no longer|not anymore|anymore|instead|actually|switched|changed|swapped|moved|sold|"
    r"replaced|bought|gone off|given up|gave up|quit|stopped|new|these days|from now on|turns out|"
    r"rescheduled|postponed|cancelled|canceled|got boring|fed up|tired of|done with|not .* but|"
    r"correction|rather|since|upgraded|left|only|scrap (?:that|what)|forget (?:that|what)|"
    r"it's not|isn't|wrong)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Told:
    """The sentences of an answer, first to last; `older` are those that newer ones replace."""

    first: tuple[Ranked, ...]
    older: tuple[Ranked, ...] = ()


def choose(question: Question, good: Sequence[Ranked], ranked: Sequence[Ranked]) -> Told:
    """What to tell of the sentences that answer, and in which order."""
    if not good:
        return Told(())
    if question.present:
        good = [one for one in good if not one.said.over] or good
    if question.many:
        newest_first = question.present
        told = sorted(good[:_MOST], key=lambda one: one.said.time, reverse=newest_first)
        return Told(tuple(told))
    if question.first or question.newest:
        floor = max(KNOWN, good[0].score - _OF_SEVERAL)
        near = [one for one in ranked if _alike(one, floor)]
        near.sort(key=lambda one: one.said.time, reverse=question.newest)
        best = [one for one in good[:1] if one not in near[:1]]
        return Told(tuple(near[:1]), tuple(best)) if near else Told(tuple(good[:1]))
    if question.present:
        chain = sorted(_chain(question, good, ranked), key=lambda one: one.said.time, reverse=True)
        return Told((chain[0],), tuple(chain[1 : 1 + _OLDER]))
    others = [one for one in good[1:] if one.said.around != good[0].said.around]
    return Told(tuple(good[:1]), tuple(others[:1]))


def _alike(one: Ranked, floor: float) -> bool:
    return one.required and one.score >= floor and one.cover >= _SAME_COUNT


def _chain(question: Question, good: Sequence[Ranked], ranked: Sequence[Ranked]) -> list[Ranked]:
    """The best sentence and those on the same thing that it replaces, or that replace it."""
    near = [one for one in ranked[:_LOOKED_AT] if one.score >= _CHAIN]
    asked = frozenset(word.stem for word in question.focus)
    ties = _Ties(asked, ranked)
    wish = _LIKED.search(question.text) or "best" in question.text
    matters = tuple(matter for matter in asked_of(question.text) if matter.lasting)
    head = good[0]
    for one in sorted(near, key=lambda one: one.said.time):
        if one.said.time <= head.said.time:
            continue
        text = plain(one.said.text)
        replaces = ties.same(one, head) and _CHANGE.search(text)
        close = one.required and one.score >= max(KNOWN, good[0].score - _OF_SEVERAL)
        kept_up = close and shared(matters, text) and shared(matters, _with_next(head))
        if replaces or kept_up or (wish and close and _LIKED.search(text)):
            head = one
    chain = [head] if head is good[0] else [head, good[0]]
    for one in near:
        told = {kept.said.time for kept in chain}  # one sentence of a message brings the rest
        older = one.said.time not in told and one.said.time < head.said.time
        if not older or not _STATE.search(plain(one.said.text)):
            continue
        same = one in good and one.cover >= _SAME_THING
        kept = _LIKED.search(plain(one.said.text)) or _CHANGE.search(plain(head.said.text))
        if (same and kept) or ties.rare(one, head):
            chain.append(one)
    return chain


def _with_next(one: Ranked) -> str:
    return plain(f"{one.said.text} {one.said.after}")


class _Ties:
    """Words that tie two sentences to one thing: not those of the question, nor those that are
    in many of the sentences in sight."""

    def __init__(self, asked: frozenset[str], ranked: Sequence[Ranked]) -> None:
        counts = Counter(stem for one in ranked for stem in words.stems(one.said.text))
        self._asked = asked
        self._common = {stem for stem, count in counts.items() if count > _COMMON}

    def rare(self, one: Ranked, other: Ranked) -> bool:
        return bool(self._shared(one, other) - self._asked - self._common)

    def same(self, one: Ranked, other: Ranked) -> bool:
        covered = one.cover >= _SAME_COUNT and bool(self._shared(one, other))
        return covered or self.rare(one, other)

    def _shared(self, one: Ranked, other: Ranked) -> frozenset[str]:
        return words.stems(one.said.text) & words.stems(other.said.text)


def tell(answers: Sequence[Told], now: datetime) -> str:
    """Answers one after the other, each sentence with its day and none twice."""
    said: set[str] = set()
    lines: list[str] = []
    for told in answers:
        spoken: datetime | None = None
        for one in told.first:
            again = spoken is not None and _same_day(spoken, one.said)
            lines.append(_line(one.said, now, said, len(told.first) == 1, again=again))
            spoken = one.said.time
        for one in told.older:
            earlier = spoken is not None and one.said.time < spoken
            lines.append(_line(one.said, now, said, True, earlier=earlier))
    return " ".join(line for line in lines if line)


def _same_day(moment: datetime, said: Said) -> bool:
    return moment.date() == said.time.date()


def _line(
    said: Said,
    now: datetime,
    told: set[str],
    more: bool,
    again: bool = False,
    earlier: bool = False,
) -> str:
    """One memory; empty where it has been told along with another."""
    if said.text in told:
        return ""
    when = on_day(said.time, now)
    start = f"{when} you"
    if again:
        start = "You also"
    elif earlier:
        start = f"Before that, {when[0].lower() + when[1:]}, you"
    extra = _rest(said) if more else ""
    told |= {said.text, said.after if extra else ""}
    clause = None if said.pictures or said.leans else clause_of(said)
    if clause is not None:
        that = " that" if _ADVERBIAL.match(clause) else ""
        line = f"{start} told me{that} {clause}."
        return (
            f"{line} You went on: {quote(replace(said, text=extra, before=''))}" if extra else line
        )
    shown = " showed me a picture and" if said.pictures else ""
    text = said.text
    if not extra and not said.leans and more and len(text) + len(said.before) < _LONG:
        text = f"{said.before} {text}".strip()
        told.add(said.before)
    return f"{start}{shown} said: {quote(replace(said, text=f'{text} {extra}'.strip()))}"


def _rest(said: Said) -> str:
    """What the message goes on to state, as far as there is room."""
    room = _LONG - len(said.text)
    kept: list[str] = []
    _, _, following = said.around.partition(said.text)
    for sentence in statements(following):
        if len(" ".join([*kept, sentence])) > room:
            break
        kept.append(sentence)
    return " ".join(kept)


def clause_of(said: Said) -> str | None:
    """The sentence as a clause about "you" that can be understood by itself."""
    clause = second_person(said.text)
    return None if clause is None else dated(clause, said.time)


def quote(said: Said) -> str:
    """The sentence word for word; with what came before it where it leans on that."""
    text = _from_start(said) if said.leans else said.text
    text = clip(" ".join(text.split()), 360).strip('"“”')
    text = " ".join(
        dated(part.replace("“", "‘").replace("”", "’"), said.time, "[]") for part in sentences(text)
    )
    return f"“{text}”" if text.endswith(("!", "?", "…", ".")) else f"“{text}.”"


def _from_start(said: Said) -> str:
    """From the beginning of a short message, so that "it" and "she" find their meaning there."""
    first = said.text[:40]
    at = said.around.find(first)
    if at > 0 and at + len(said.text) <= _LONG + 60:
        return said.around[:at] + said.text
    return f"{said.before} {said.text}"


def acknowledge(kept: Sequence[str], now: datetime) -> str:
    """What will be remembered of a message."""
    clauses: list[str] = []
    for sentence in kept[:4]:
        clause = second_person(sentence)
        if clause is None:
            return f"I'll remember what you said: {quote(_whole(kept, now))}"
        clauses.append(dated(clause, now))
    return f"I'll remember {listed([f'that {clause}' for clause in clauses])}."


def _whole(kept: Sequence[str], now: datetime) -> Said:
    return Said(" ".join(sentence.strip() for sentence in kept), now)


def replied(said: Said, now: datetime) -> str:
    """What the assistant answered on a day, quoted as its own words."""
    when = on_day(said.time, now)
    asked = quote(replace(said, text=clip(said.around, 160), before="")).replace(".”", "”")
    answered = clip(" ".join(said.reply.split()), 400).replace("“", "‘").replace("”", "’")
    return f"{when}, when you said {asked}, I answered: “{answered}”"


def summary_of_days(told: Told, now: datetime) -> str:
    """The days an answer rests on, for the thought."""
    days = dict.fromkeys(day(one.said.time, now) for one in (*told.first, *told.older))
    return ", ".join(days)
