"""Baselines that read the history from their prompt: none of it, all of it, or what fits best.

The five messages of RAG are those closest to the question (the paper takes five, and does not name
its encoder: ours is the product's). Options do not take part in the search. A system message that
states the persona is given to all of them as what is known of the person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from eval.benchmarks.replay import Said, Told, told
from eval.case import Answer, Case
from eval.methods import paper
from eval.methods.question import question, with_options
from eval.methods.subject import Asking, Subject
from eval.methods.talk import Talk
from personavlm.memory.database import EPOCH
from personavlm.memory.encode import TextEncoder
from personavlm.memory.pictures import encode_picture, unsaved_picture
from personavlm.protocol.messages import Message
from personavlm.records import Image

TOP = 5  # messages of RAG (paper, section 4)
NONE, FULL, RAG = "no-context", "full", "rag"
NAMES = (NONE, FULL, RAG)
IN_THE_PAPER = {FULL: "full context", RAG: "RAG"}

ROLE = "You are an assistant who answers one person's questions."
KNOWN = "What is known about the person:"
SAID = "Earlier messages, each with its time:"


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a history. place: which one it is, from 0."""

    place: int
    time: datetime
    who: str
    text: str
    images: tuple[Path, ...] = ()


def lines(said: Sequence[Said]) -> Iterator[Line]:
    """The messages of a history, one by one; pictures belong to what the person said."""
    for number, one in enumerate(said):
        yield Line(2 * number, one.time, "User", one.text, one.images)
        if one.reply:
            yield Line(2 * number + 1, one.time, "Assistant", one.reply)


def nothing(before: Sequence[Line], asked: str, encoder: TextEncoder) -> list[Line]:
    return []


def everything(before: Sequence[Line], asked: str, encoder: TextEncoder) -> list[Line]:
    return list(before)


def best_five(before: Sequence[Line], asked: str, encoder: TextEncoder) -> list[Line]:
    """By cosine; in the order in which they were said."""
    if not before:
        return []
    cosines = encoder.encode([line.text for line in before]) @ encoder.encode([asked])[0]
    best = np.argsort(-cosines, kind="stable")[:TOP]
    return [before[place] for place in sorted(best)]


Choose = Callable[[Sequence[Line], str, TextEncoder], list[Line]]
CHOICES: Mapping[str, Choose] = {NONE: nothing, FULL: everything, RAG: best_five}


@dataclass(frozen=True, slots=True)
class Prompted:
    """One of the three, with a model."""

    kind: str
    subject: Subject

    @property
    def name(self) -> str:
        return f"{self.kind} ({self.subject.title})"

    @property
    def published(self) -> tuple[str, ...]:
        """The row of the same model, where the paper has one."""
        found = paper.run_by(self.subject)
        if found is None or self.kind not in IN_THE_PAPER:
            return ()
        row = f"{found} ({IN_THE_PAPER[self.kind]})"
        return (row, found) if self.kind == FULL else (row,)  # tables 2 and 4 name the model only

    @property
    def settings(self) -> Mapping[str, object]:
        return {**self.subject.settings, "context": self.kind}

    def calls(self, cases: Sequence[Case]) -> int:
        return 0 if self.subject.asking is Asking.CLOSEST else len(cases)

    def answer(self, case: Case) -> Answer:
        before = Told({}, (), EPOCH, False) if self.kind == NONE else told(case)
        said = list(lines(before.said))
        kept = CHOICES[self.kind](said, question(case), self.subject.model.encoder)
        shown = [line.place for line in kept]
        if self.subject.asking is Asking.CLOSEST:
            chosen = self.subject.closest(case, [line.text for line in kept])
            return Answer(chosen.reply, None, {**chosen.detail, "shown": shown})
        with TemporaryDirectory() as folder:
            talk = Talk(self.subject, case, *prompt(case, before, kept, Path(folder)))
            return talk.answer(talk.reply(), {"shown": shown})


def prompt(
    case: Case, before: Told, kept: Sequence[Line], folder: Path, example: str = ""
) -> tuple[Message, ...]:
    """Who the person is, what is shown of the history, an example, and the question.

    folder: for pictures.

    Raises:
        BadImage: a picture of the history cannot be used.
    """
    system: list[str | Image] = [ROLE]
    if before.profile:
        known = "\n".join(f"{key}: {value}" for key, value in before.profile.items())
        system.append(f"\n\n{KNOWN}\n{known}")
    asked: list[str | Image] = []
    if kept:
        asked.append(f"{SAID}\n")
        for line in kept:
            asked.append(f"[{line.time:%Y-%m-%d %H:%M (%A)}] {line.who}: {line.text}")
            asked += [unsaved_picture(folder, encode_picture(path)) for path in line.images]
            asked.append("\n")
        asked.append(f"\nIt is now {before.asked:%Y-%m-%d %H:%M (%A)}.\n")
    if example:
        asked.append(f"\n{example}\n\n")
    asked.append(with_options(case))
    return Message("system", tuple(system)), Message("user", tuple(asked))
