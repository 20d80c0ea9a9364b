"""Our own scorer of a benchmark's cases: the option that a reply settles on (`rewards.letters`)."""

from __future__ import annotations

from eval.case import Case
from personavlm.rewards import letters


def robust(case: Case, reply: str) -> tuple[str, bool]:
    """The letter that was read, empty where none could be, and whether it is the right one."""
    letter = choice(case, reply)
    return letter, letter == case.gold


def choice(case: Case, reply: str) -> str:
    """The letter of the option that a reply settles on; empty where it cannot be told."""
    return letters.choice(case.options, reply)
