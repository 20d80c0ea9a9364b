"""The messages of one story: what is told, again or anew, and what others are said to do."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from personavlm.synthesis.drawing import COUNTS
from personavlm.synthesis.lexicon import Subject, Value
from personavlm.synthesis.life import Change, Note


@dataclass(frozen=True, slots=True)
class Beat:
    """One message of a story.

    main: the answer follows from it; others tell of somebody else, or of what no longer holds.
    weekday: the only day it can be said on. drawn: the thing, its colour and its number.
    """

    text: str
    template: str
    about: str
    main: bool
    reply: str = ""
    note: Note | None = None
    change: Change | None = None
    weekday: str | None = None
    drawn: tuple[str, str, int] | None = None


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


class Beats:
    """Makes the beats of one story; no template of it is used twice."""

    def __init__(self, subject: Subject, words: Mapping[str, str], rng: random.Random) -> None:
        self._subject = subject
        self._words = words
        self._rng = rng
        self._left = {
            kind: rng.sample(texts := getattr(subject, kind), len(texts))
            for kind in ("tell", "again", "decoy")
        }
        self._weekday = words["day"] if subject.weekly else None

    def of(self, gold: Value, others: Sequence[Value]) -> tuple[Beat, ...]:
        match self._subject.task:
            case "LPR":
                beats = [self._told(others[0], main=False), self._changed(gold, others[0])]
            case "BPR":
                beats = [self._told(gold), *self._repeated(gold)]
            case "LGT":
                beats = [self._goal(), *self._progress(gold, others)]
            case _ if self._subject.often:
                beats = [self._told(gold) for _ in range(3)]
            case _:
                beats = [self._told(gold)]
        for value in others[1:]:
            if value.said and self._left["decoy"] and self._rng.random() < 0.5:
                beats.insert(self._rng.randrange(len(beats) + 1), self._decoy(value))
        return tuple(beats)

    def _told(self, value: Value, main: bool = True) -> Beat:
        subject = self._subject
        note = self._note(subject.note, value)
        reply = ""
        if subject.reply:
            reply = capital(self._filled(self._rng.choice(subject.reply), value))
        return self._beat(
            "tell", value, note.content, main, reply, note, self._first(value, note.content)
        )

    def _changed(self, new: Value, old: Value) -> Beat:
        note = self._note(self._subject.note, new)
        about = f"{note.content.removesuffix('.')}, and no longer {old.said}."
        change = Change("profile", str(self._subject.key), new.said, before=old.said)
        beat_note = Note(about, note.keywords)
        return self._beat("again", new, about, True, "", beat_note, change, old=old.said)

    def _repeated(self, value: Value) -> list[Beat]:
        """A habit shows when something is told once more: no new note, but an entry."""
        about = self._note(self._subject.note, value).content
        change = Change("habit", self._filled(str(self._subject.key), value), about)
        count = self._rng.randint(1, 2)
        return [
            self._beat("again", value, about, True, change=change if n == 0 else None)
            for n in range(count)
        ]

    def _goal(self) -> Beat:
        nothing = Value("", "")
        note = self._note(self._subject.goal, nothing)
        change = Change("habit", str(self._subject.key), note.content)
        return self._beat("tell", nothing, note.content, True, "", note, change)

    def _progress(self, gold: Value, others: Sequence[Value]) -> list[Beat]:
        """How the goal comes along; nothing, where the answer is that nothing was told."""
        if not gold.said:
            return []
        earlier = [value for value in others[:1] if value.said and self._rng.random() < 0.7]
        goal = self._subject.goal.format(**self._words)
        beats, before = [], goal
        for value in [*earlier, gold]:
            note = self._note(self._subject.note, value)
            entry = f"{goal} {note.content}"
            change = Change("habit", str(self._subject.key), entry, before=before)
            beats.append(self._beat("again", value, note.content, value is gold, "", note, change))
            before = entry
        return beats

    def _decoy(self, value: Value) -> Beat:
        topic = self._subject.topic.format(**self._words)
        about = f"{self._words['name']} spoke of other people and {topic}."
        return self._beat("decoy", value, about, main=False)

    def _first(self, value: Value, note: str) -> Change | None:
        """What the first telling changes in core or procedural memory."""
        subject = self._subject
        match subject.task:
            case "BPR":
                return None  # it takes a second time to be a habit
            case "GNS":
                return Change("habit", str(subject.key), note)
            case "IEA":
                return Change("profile", subject.interest, "a new interest")
            case "TED":
                return Change("profile", str(subject.key), f"explain {value.answer}")
            case "LPR":
                return Change("profile", str(subject.key), value.said)
            case _:
                return None

    def _beat(
        self,
        kind: str,
        value: Value,
        about: str,
        main: bool,
        reply: str = "",
        note: Note | None = None,
        change: Change | None = None,
        old: str = "",
    ) -> Beat:
        text = self._left[kind].pop()
        place = getattr(self._subject, kind).index(text)
        drawn = self._drawn(value) if kind == "tell" else None
        return Beat(
            capital(self._filled(text, value, old)),
            f"{self._subject.id}/{kind}/{place}",
            about,
            main,
            reply,
            note,
            change,
            self._weekday if kind != "decoy" else None,
            drawn,
        )

    def _drawn(self, value: Value) -> tuple[str, str, int] | None:
        thing = self._subject.draws
        if thing is None:
            return None
        if self._subject.object:
            return thing, self._rng.choice(("brown", "grey", "white", "orange", "black")), 1
        if value.said in COUNTS:
            return thing, self._rng.choice(("pink", "white", "yellow")), COUNTS[value.said]
        return thing, value.said, 1

    def _note(self, text: str, value: Value) -> Note:
        keywords = tuple(word.format(**self._words) for word in self._subject.keywords)
        return Note(capital(self._filled(text, value)), keywords)

    def _filled(self, text: str, value: Value, old: str = "") -> str:
        return text.format(**self._words, c=value.said, a=value.answer, old=old)
