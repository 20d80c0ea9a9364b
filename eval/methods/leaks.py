"""Rules that look at the options alone: what a benchmark gives away without any memory."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from eval.case import Answer, Case


@dataclass(frozen=True, slots=True)
class Rule:
    """Picks a letter; needs no model."""

    name: str
    pick: Callable[[Case], str]
    published: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)

    def calls(self, cases: Sequence[Case]) -> int:
        return 0

    def answer(self, case: Case) -> Answer:
        return Answer(f"({self.pick(case)})")


def first(case: Case) -> str:
    return next(iter(case.options))


def longest(case: Case) -> str:
    """In characters; of equals the first."""
    return max(case.options, key=lambda letter: len(case.options[letter]))


def shortest(case: Case) -> str:
    """In characters; of equals the first."""
    return min(case.options, key=lambda letter: len(case.options[letter]))


def by_profile(case: Case) -> str:
    """The shorter reply for a profile of low openness or conscientiousness, else the longer."""
    low = {"low openness", "low conscientiousness"}
    traits = {trait.strip().lower() for trait in case.profile.split(",")}
    return shortest(case) if low & traits else longest(case)


def at_random(seed: int) -> Rule:
    """A letter by chance, the same for a case whenever and in whatever order it is asked."""

    def pick(case: Case) -> str:
        return random.Random(f"{seed} {case.id}").choice(list(case.options))

    return Rule("random", pick, published=("Random",), settings={"seed": seed})


FIRST = Rule("first", first)
LONGEST = Rule("longest", longest)
SHORTEST = Rule("shortest", shortest)
PROFILE = Rule("profile", by_profile)
