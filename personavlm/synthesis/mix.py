"""Which samples of a life are trained on: shares as in the paper's Fig. 7, or those for a model too
small for all of it; by seeded chance."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TypeVar

from personavlm.protocol import Task
from personavlm.synthesis.filters import Checked
from personavlm.synthesis.targets import Target
from personavlm.synthesis.trajectories import Trajectory

T = TypeVar("T")

# Samples for each session (paper, Fig. 7: 6,672 of each of the session's three tasks).
QA, SEMANTIC, PERSONALITY = 33_981 / 6_672, 16_000 / 6_672, 8_000 / 6_672
# What a small model is to learn, for each question with options, of which there are all.
OPEN, CHAT, NOTES, SCORES = 0.15, 0.3, 0.6, 0.4
SHOWING = 0.5  # of the samples of a turn, at least, keep a note or show a trait, if so many do


class Mix(StrEnum):
    """PAPER: all tasks, as in Fig. 7. SMALL: questions, notes and traits, nothing of a session."""

    PAPER = "paper"
    SMALL = "small"


def mixed(checked: Checked, mix: Mix = Mix.PAPER) -> Iterator[tuple[str, Target | Trajectory]]:
    """Samples of one life, each with its category in Fig. 7."""
    life = checked.life
    rng = random.Random(f"{life.source} {life.split.value} {life.number}")
    yield from (_paper if mix is Mix.PAPER else _small)(checked, rng)


def _small(checked: Checked, rng: random.Random) -> Iterator[tuple[str, Target | Trajectory]]:
    choices = [each for each in checked.trajectories if each.kind == "choice"]
    for trajectory in choices:
        yield "qa", trajectory
    for kind, share in (("open", OPEN), ("chat", CHAT)):
        some = [each for each in checked.trajectories if each.kind == kind]
        for trajectory in _some(some, round(share * len(choices)), rng):
            yield "qa", trajectory
    for task, share in ((Task.SEMANTIC, NOTES), (Task.PERSONALITY, SCORES)):
        targets = [target for target in checked.targets if target.task is task]
        for target in _telling(targets, round(share * len(choices)), rng):
            yield task.value, target


def _paper(checked: Checked, rng: random.Random) -> Iterator[tuple[str, Target | Trajectory]]:
    sessions = len(checked.life.sessions)
    by_task: dict[Task, list[Target]] = {}
    for target in checked.targets:
        by_task.setdefault(target.task, []).append(target)
    for task, share in ((Task.SEMANTIC, SEMANTIC), (Task.PERSONALITY, PERSONALITY)):
        for target in _telling(by_task.get(task, []), round(share * sessions), rng):
            yield task.value, target
    for task in (Task.EPISODIC, Task.PROCEDURAL, Task.CORE):
        for target in by_task.get(task, []):
            yield task.value, target
    asked = [each for each in checked.trajectories if each.kind != "chat"]
    chat = [each for each in checked.trajectories if each.kind == "chat"]
    count = round(QA * sessions)
    for trajectory in _some(asked, count, rng):
        yield "qa", trajectory
    for trajectory in _some(chat, count - min(count, len(asked)), rng):
        yield "qa", trajectory


def _telling(targets: Sequence[Target], count: int, rng: random.Random) -> list[Target]:
    telling = _some([each for each in targets if not each.plain], round(SHOWING * count), rng)
    chosen = set(map(id, telling))
    rest = _some([each for each in targets if id(each) not in chosen], count - len(telling), rng)
    return sorted((*telling, *rest), key=lambda each: each.turns)


def _some(items: Sequence[T], count: int, rng: random.Random) -> list[T]:
    """So many of them, or all, in their order."""
    places = sorted(rng.sample(range(len(items)), min(count, len(items))))
    return [items[place] for place in places]
