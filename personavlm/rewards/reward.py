"""The reward of a finished trajectory (paper, Eq. 3): accuracy x consistency + 0.5 x format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from personavlm.rewards.form import well_formed
from personavlm.rewards.letters import HELD, Options, choice, listed_options

FORMAT_WEIGHT = 0.5  # Eq. 3


@dataclass(frozen=True, slots=True)
class Told:
    """What is marked: a question with what answers it, and what the model made of it.

    right: the key, such as `(b)`, where the question lists options; else what a right answer comes
    to. steps: the model's own text, one a step. thought, answer: of the last step, as they are
    read. answered: whether there is an answer in it that was closed.
    """

    question: str
    right: str
    steps: tuple[str, ...]
    thought: str
    answer: str

    @property
    def answered(self) -> bool:
        return bool(self.steps) and "</answer>" in self.steps[-1] and bool(self.answer.strip())


@dataclass(frozen=True, slots=True)
class Marks:
    """Each from 0 to 1."""

    accuracy: float
    consistency: float
    format: float

    @property
    def reward(self) -> float:
        """From 0 to 1.5."""
        return self.accuracy * self.consistency + FORMAT_WEIGHT * self.format


class Judge(Protocol):
    """Marks what no rule can, from 0 to 1; None where no mark could be had."""

    def accuracy(self, told: Told) -> float | None: ...

    def consistency(self, told: Told) -> float | None: ...


def marks(told: Told, judge: Judge | None) -> Marks | None:
    """The marks of a trajectory; None where they need a judge and it gave none.

    Without `</answer>` all are 0, as in the authors' code. Accuracy: 1 or 0 by the option that the
    answer settles on, if it settles on one of those listed; else the judge's, and 0 without one.
    Consistency: the judge's. Without one, 0 where the thought names another option by its letter
    than the answer does, else 1. Where the accuracy is 0 it makes no difference and is not asked
    for.
    """
    if not told.answered:
        return Marks(0.0, 0.0, 0.0)
    accuracy = _accuracy(told, judge)
    consistency = _consistency(told, judge) if accuracy else 0.0
    if accuracy is None or consistency is None:
        return None
    return Marks(accuracy, consistency, float(well_formed(told.steps)))


def _accuracy(told: Told, judge: Judge | None) -> float | None:
    options = listed_options(told.question)
    letter = choice(options, told.answer)
    if letter:
        return float(f"({letter})" == told.right)
    return judge.accuracy(told) if judge is not None else 0.0


def _consistency(told: Told, judge: Judge | None) -> float | None:
    if judge is not None:
        return judge.consistency(told)
    options = listed_options(told.question)
    meant = _named(options, told.thought)
    return float(not meant or meant == choice(options, told.answer))


def _named(options: Options, thought: str) -> str:
    """The option that a thought settles on by its letter; what it quotes may be anybody's words."""
    return choice(options, thought) if HELD.search(thought.lower()) else ""


def needs_judge(question: str) -> bool:
    """Whether no rule can tell if an answer to this is right: it lists no options."""
    return not listed_options(question)
