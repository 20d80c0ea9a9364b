"""What is asked about a made-up person: drawn by seed from all that could be."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from personavlm.errors import BadInput
from personavlm.protocol import Inputs, ReasonInputs, Task, TurnInputs
from personavlm.synthesis.filters import Checked, Rules
from personavlm.synthesis.life import Life, Question, load
from personavlm.synthesis.split import Split
from personavlm.synthesis.targets import Target
from personavlm.synthesis.trajectories import Trajectory

QUESTIONS, SAID, NOTES = 2, 1, 2  # of each person; of notes: to be kept, and as many not to be
FIRST_TURNS = 4  # whose traits are scored
SIZE = 50  # turns of a life, at most: telling it takes most of the time

Asking = ReasonInputs | TurnInputs
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """One held-out life and what is asked about it.

    questions: put once all was told, with memory. said: put to the model alone, as the answer
    stands in the conversation before. notes: whether a turn is kept. traits: of the first turns.
    """

    life: Life
    questions: tuple[Question, ...]
    said: tuple[Trajectory, ...]
    notes: tuple[Target, ...]
    traits: tuple[Target, ...]

    @property
    def user(self) -> str:
        """Their folder below the RL file's, which their memory is built from."""
        return f"samples/{self.life.number:05d}"


def people(folder: Path, limit: int) -> Iterator[Person]:
    """So many of those that `personavlm synthesize --split test` wrote, pictures left out.

    Raises:
        BadInput: there are too few, or they are not held out.
    """
    rules, found = Rules(), 0
    for file in sorted((folder / "lives").glob("*.json")):
        life = load(file.read_text("utf-8"), str(file))
        if life.split is not Split.TEST:
            raise BadInput(f"{file} is of the people to train on. Write others with --split test.")
        checked = rules.check(life) if life.size <= SIZE else None
        if checked is not None:
            yield _person(checked)
            found += 1
        if found == limit:
            return
    raise BadInput(f"{folder} has {found} people of up to {SIZE} turns, and {limit} are asked for.")


def _person(checked: Checked) -> Person:
    life = checked.life
    rng = random.Random(f"{life.split.value} {life.number}")
    seen = {turn.number for turn in life.turns if turn.picture is not None}
    plain = [one for one in checked.targets if _in_words(one.inputs)]
    notes = [one for one in plain if one.task is Task.SEMANTIC]
    kept, left = ([one for one in notes if one.plain is plain] for plain in (False, True))
    traits = [one for one in plain if one.task is Task.PERSONALITY]
    return Person(
        life,
        _some([one for one in life.questions if not seen & set(one.evidence)], QUESTIONS, rng),
        _some([one for one in checked.trajectories if _was_said(one)], SAID, rng),
        (*_some(kept, NOTES, rng), *_some(left, NOTES, rng)),
        tuple(traits[:FIRST_TURNS]),
    )


def _was_said(one: Trajectory) -> bool:
    """Whether it asks for what was told in the conversation before it, in words alone."""
    told = bool(one.inputs.dialogue) and _in_words(one.inputs)
    return one.kind == "choice" and not one.searches and told


def _in_words(inputs: Inputs) -> bool:
    """Whether no picture is in what the model is given."""
    shown = any(turn.images for turn in inputs.dialogue)
    return not shown and not (isinstance(inputs, Asking) and inputs.query.images)


def _some(items: Sequence[T], count: int, rng: random.Random) -> tuple[T, ...]:
    return tuple(rng.sample(list(items), min(count, len(items))))
