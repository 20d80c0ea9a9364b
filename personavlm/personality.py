"""A Big Five profile and how it evolves with each turn (paper, section 3.3: the PEM)."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from personavlm.errors import BadInput

TRAITS = ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")

LOWEST, NEUTRAL, HIGHEST = 1.0, 3.0, 5.0
SETTLED_AFTER = 50  # turns from which on the decay stays at its largest

# Two adjectives for each pole, low then high, out of the paper's Table 10.
_POLES = {
    "openness": ("practical and conventional", "curious and imaginative"),
    "conscientiousness": ("spontaneous and flexible", "organized and reliable"),
    "extraversion": ("reserved and reflective", "outgoing and energetic"),
    "agreeableness": ("direct and skeptical", "empathetic and cooperative"),
    "neuroticism": ("calm and resilient", "worry-prone and easily stressed"),
}

# Distance from neutral at which a leaning deserves its word; below the last one it is not told.
_STRENGTHS = ((1.4, "very "), (0.7, ""), (0.25, "slightly "))


class NeutralRule(StrEnum):
    """What a neutral inference (3) does to the profile.

    The paper leaves the whole profile alone when all five traits are 3; its code, which the
    published results come from, leaves each trait alone that is 3.
    """

    PAPER = "paper"
    PER_TRAIT = "per_trait"


@dataclass(frozen=True, slots=True)
class BigFive:
    """Five trait scores, each from 1 to 5; 3 is neutral and where everyone starts.

    Raises:
        BadInput: a score is not a number from 1 to 5.
    """

    openness: float = NEUTRAL
    conscientiousness: float = NEUTRAL
    extraversion: float = NEUTRAL
    agreeableness: float = NEUTRAL
    neuroticism: float = NEUTRAL

    def __post_init__(self) -> None:
        for trait, score in zip(TRAITS, self.values(), strict=True):
            _check(trait, score)

    def values(self) -> tuple[float, float, float, float, float]:
        """The scores in the order of TRAITS."""
        return (
            self.openness,
            self.conscientiousness,
            self.extraversion,
            self.agreeableness,
            self.neuroticism,
        )

    @classmethod
    def from_values(cls, scores: Sequence[float]) -> BigFive:
        """The profile with these five scores, in the order of TRAITS.

        Raises:
            BadInput: there are not five, or one of them is out of range.
        """
        if len(scores) != len(TRAITS):
            raise BadInput(f"A Big Five profile has {len(TRAITS)} scores, not {len(scores)}.")
        for trait, score in zip(TRAITS, scores, strict=True):
            _check(trait, score)
        return cls(*(float(score) for score in scores))

    def with_trait(self, name: str, value: float) -> BigFive:
        """A copy in which one trait has another score.

        Raises:
            BadInput: there is no such trait, or the score is out of range.
        """
        if name not in TRAITS:
            raise BadInput(f"There is no trait {name!r}; the five are {', '.join(TRAITS)}.")
        _check(name, value)
        return replace(self, **{name: float(value)})


def decay(m: int) -> float:
    """How much of the old score stays after turn `m` (counted from 0): 0.5 at first, 0.9 from 50.

    Raises:
        BadInput: `m` is negative.
    """
    if m < 0:
        raise BadInput(f"Turns are counted from 0; {m} is not a count.")
    return 0.7 - 0.2 * math.cos(math.pi * min(m, SETTLED_AFTER) / SETTLED_AFTER)


def evolve(
    current: BigFive,
    inferred: Sequence[int | None],
    m: int,
    rule: NeutralRule = NeutralRule.PER_TRAIT,
    frozen: Collection[str] = (),
) -> BigFive:
    """Blend one turn's inference into the profile (paper, Eq. 2): an exponential moving average.

    Args:
        inferred: five scores 1..5 in the order of TRAITS; None for one that could not be read,
            which leaves that trait alone.
        m: the number of turns before this one.
        frozen: traits the person has set by hand, which do not move.

    Raises:
        BadInput: not five scores, a score out of range, an unknown trait, or a negative `m`.
    """
    if len(inferred) != len(TRAITS):
        raise BadInput(f"An inference has {len(TRAITS)} scores, not {len(inferred)}.")
    unknown = sorted(set(frozen) - set(TRAITS))
    if unknown:
        raise BadInput(f"There is no trait {unknown[0]!r}; the five are {', '.join(TRAITS)}.")
    kept = decay(m)
    if rule is NeutralRule.PAPER and all(score in (None, NEUTRAL) for score in inferred):
        return current
    scores = []
    for trait, old, new in zip(TRAITS, current.values(), inferred, strict=True):
        if new is not None:
            _check(trait, new)
        neutral = rule is NeutralRule.PER_TRAIT and new == NEUTRAL
        if new is None or neutral or trait in frozen:
            scores.append(old)
            continue
        blended = kept * old + (1.0 - kept) * new
        scores.append(min(HIGHEST, max(LOWEST, blended)))  # rounding may overshoot a bound
    return BigFive.from_values(scores)


def describe(p: BigFive) -> str:
    """The profile as one line of prose, strongest leaning first, for the prompt and the page."""
    leanings: list[tuple[float, str]] = []
    for trait, score in zip(TRAITS, p.values(), strict=True):
        distance = abs(score - NEUTRAL)
        strength = next((word for least, word in _STRENGTHS if distance >= least), None)
        if strength is not None:
            leanings.append((distance, strength + _POLES[trait][score > NEUTRAL]))
    if not leanings:
        return "No clear leaning yet."
    leanings.sort(key=lambda leaning: -leaning[0])
    told = [phrase for _, phrase in leanings]
    return f"Comes across as {'; '.join(told)}."


def _check(trait: str, score: object) -> None:
    """Raise BadInput unless `score` is a number from 1 to 5."""
    if isinstance(score, int | float) and score is not True and LOWEST <= score <= HIGHEST:
        return
    raise BadInput(f"{trait} has to be a number from 1 to 5, not {score!r}.")
