"""Rules that every made-up life has to keep, whoever wrote it, and a list of what broke them.

A life that breaks one is left out whole; a question that does is left out of its life. The last
rule is about all questions together: letters and lengths of right options have to stay even, so
that neither gives the key away.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import TypeVar

from personavlm.memory.hits import Limits
from personavlm.protocol.grammars import MAX_TOPICS
from personavlm.protocol.text import inert
from personavlm.synthesis.life import Life, Question
from personavlm.synthesis.recall import AS_THE_PRODUCT
from personavlm.synthesis.targets import Target, targets
from personavlm.synthesis.targets import problem as target_problem
from personavlm.synthesis.told import topics
from personavlm.synthesis.trajectories import Trajectory, held, trajectories
from personavlm.synthesis.trajectories import problem as step_problem
from personavlm.synthesis.writer import Unwritten

SESSION_GAP = timedelta(minutes=60)  # the paper's t_s (section 3.2)
Item = TypeVar("Item", Target, Trajectory)
Fault = tuple[str, str] | None

UNUSABLE = "the writer's replies can be used"
UNEVEN, FEW = 0.03, 3  # how far a letter's or a rank's count may be above its share


@dataclass(frozen=True, slots=True)
class Rejection:
    """What was left out. what: "life", "question", "target" or "trajectory"."""

    life: int
    what: str
    where: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A life that kept the rules, with what is to be learnt from it."""

    life: Life
    targets: tuple[Target, ...]
    trajectories: tuple[Trajectory, ...]


@dataclass(slots=True)
class Rules:
    """Checks lives in their order. seen: how many of each kind; rejections: what was left out.

    limits: what the searches in training rows return.
    """

    seen: Counter[str] = field(default_factory=Counter)
    limits: Limits = AS_THE_PRODUCT
    rejections: list[Rejection] = field(default_factory=list)
    _letters: Counter[int] = field(default_factory=Counter, init=False)
    _ranks: Counter[int] = field(default_factory=Counter, init=False)

    def check(
        self, life: Life | Unwritten, judged: Mapping[str, Fault] | None = None
    ) -> Checked | None:
        """The life without what breaks a rule; None where it is out as a whole.

        judged: what a model found wrong with its questions, by their subjects.
        """
        self.seen["life"] += 1
        if isinstance(life, Unwritten):
            self.rejections.append(Rejection(life.number, "life", "", UNUSABLE, life.reason))
            return None
        if broken := life_faults(life):
            for rule, reason in broken:
                self._reject(life, "life", "", rule, reason)
            return None
        kept = replace(life, questions=tuple(self._questions(life, judged or {})))
        return Checked(
            kept,
            tuple(self._sound(life, "target", targets(kept), _target_fault)),
            tuple(
                self._sound(life, "trajectory", trajectories(kept, self.limits), _trajectory_fault)
            ),
        )

    def _questions(self, life: Life, judged: Mapping[str, Fault]) -> Iterator[Question]:
        for lacking in life.lacking:
            self.seen["question"] += 1
            self._reject(life, "question", lacking.subject, UNUSABLE, lacking.reason)
        for question in life.questions:
            self.seen["question"] += 1
            fault = question_fault(life, question) or judged.get(question.subject)
            if fault is None and (reason := self._uneven(question)):
                fault = ("options are balanced", reason)
            if fault is None:
                yield question
            else:
                self._reject(life, "question", question.subject, *fault)

    def _uneven(self, question: Question) -> str | None:
        """Why a question would tip the balance of keys; it is counted if it does not."""
        rank = sum(len(text) < len(question.answer) for text in question.options)
        options, total = len(question.options), self._letters.total() + 1
        most = total / options + UNEVEN * total + FEW
        if self._letters[question.gold] + 1 > most:
            return f"key {question.gold + 1} would come too often"
        if self._ranks[rank] + 1 > most:
            return f"rank {rank + 1} by length would be right too often"
        self._letters[question.gold] += 1
        self._ranks[rank] += 1
        return None

    def _sound(
        self, life: Life, what: str, items: Iterable[Item], fault: Callable[[Item], Fault]
    ) -> Iterator[Item]:
        for number, item in enumerate(items):
            self.seen[what] += 1
            found = fault(item)
            if found is None:
                yield item
            else:
                self._reject(life, what, str(number), *found)

    def _reject(self, life: Life, what: str, where: str, rule: str, reason: str) -> None:
        self.rejections.append(Rejection(life.number, what, where, rule, reason))


def life_faults(life: Life) -> list[tuple[str, str]]:
    """The rules that a life breaks, and how."""
    return [(rule, reason) for rule, find in LIFE_RULES.items() for reason in find(life)]


def question_fault(life: Life, question: Question) -> Fault:
    """The first rule that a question breaks by itself, and how."""
    found = ((rule, find(life, question)) for rule, find in QUESTION_RULES.items())
    return next(((rule, reason) for rule, reason in found if reason), None)


def _target_fault(target: Target) -> Fault:
    reason = target_problem(target)
    return ("memory targets parse", f"{target.task.value}: {reason}") if reason else None


def _trajectory_fault(trajectory: Trajectory) -> Fault:
    if reason := step_problem(trajectory):
        return "replies parse", reason
    told = trajectory.searches or trajectory.inputs.dialogue  # else core memory has the answer
    if told and not held(trajectory):
        return "evidence is at hand", "a turn that the answer follows from is nowhere to be read"
    return None


# --- rules of a life ------------------------------------------------------------------------------


def _times(life: Life) -> Iterator[str]:
    for before, after in pairwise(life.turns):
        if after.time <= before.time:
            yield f"turn {after.number} is not after the one before it"
    for session in life.sessions:
        if not session:
            yield "a session is empty"
        for before, after in pairwise(session):
            if after.time - before.time > SESSION_GAP:
                yield f"turn {after.number} would begin a session of its own"
    for one, other in pairwise(life.sessions):
        if one and other and other[0].time - one[-1].time <= SESSION_GAP:
            yield f"the session of turn {other[0].number} follows too soon"


def _numbers(life: Life) -> Iterator[str]:
    if [turn.number for turn in life.turns] != list(range(len(life.turns))):
        yield "the turns are not numbered from 0 in their order"
    if not 0 < len(life.turns) <= life.size:
        yield f"{len(life.turns)} turns in a life of at most {life.size}"


def _topics(life: Life) -> Iterator[str]:
    for place, session in enumerate(life.sessions):
        found = topics(life.person.name, session)
        if len(found) > MAX_TOPICS:
            yield f"session {place}: {len(found)} topics, and at most {MAX_TOPICS} can be listed"
        named = [index for topic in found for index in topic.indices]
        if sorted(set(named)) != list(range(len(session))):
            yield f"session {place}: a turn has no topic, or a topic has no such turn"


def _texts(life: Life) -> Iterator[str]:
    for turn in life.turns:
        if not turn.text.strip() or not turn.reply.strip():
            yield f"turn {turn.number} says nothing"
        if inert(turn.text) != turn.text or inert(turn.reply) != turn.reply:
            yield f"turn {turn.number} holds a marker of the protocol"


# --- rules of a question --------------------------------------------------------------------------


def _evidence(life: Life, question: Question) -> str | None:
    turns = life.turns
    if not question.evidence:
        return "no turn is named"
    missing = [number for number in question.evidence if not 0 <= number < len(turns)]
    if missing:
        return f"there is no turn {missing[0]}"
    late = [n for n in question.evidence if turns[n].time >= question.time]
    return f"turn {late[0]} comes after the question" if late else None


def _options(life: Life, question: Question) -> str | None:
    if not 0 <= question.gold < len(question.options):
        return "the key is none of the options"
    lengths = {len(text) for text in question.options}
    if len({text.casefold() for text in question.options}) < len(question.options):
        return "an option stands there twice"
    if sum(len(text) == len(question.answer) for text in question.options) > 1:
        return f"the key shares its length with another option ({sorted(lengths)})"
    return None


def _given_away(life: Life, question: Question) -> str | None:
    answer = re.escape(question.answer.casefold())
    if re.search(rf"(?<!\w){answer}(?!\w)", question.text.casefold()):
        return f"the question holds {question.answer!r}"
    return None


def _worked_out(life: Life, question: Question) -> str | None:
    worked = question.worked
    if worked is None or worked.choice == question.gold:
        return None
    if worked.choice is None:
        return "what memory returned was not enough for an answer"
    return f"what memory returned led to option {worked.choice + 1}, not to {question.gold + 1}"


LIFE_RULES: dict[str, Callable[[Life], Iterator[str]]] = {
    "times are in order": _times,
    "turns are complete": _numbers,
    "topics are complete": _topics,
    "texts are plain": _texts,
}
QUESTION_RULES: dict[str, Callable[[Life, Question], str | None]] = {
    "evidence exists": _evidence,
    "options are sound": _options,
    "the answer is not in the question": _given_away,
    "memory leads to the answer": _worked_out,
}
