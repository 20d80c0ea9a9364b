"""What somebody is like: five scores by chance, and for some a trait that moves in time."""

from __future__ import annotations

import random

from personavlm.personality import HIGHEST, LOWEST, NEUTRAL, TRAITS
from personavlm.synthesis.life import Drift

DRIFTING, FAR = 0.5, 1.5  # of the people one trait moves, and so far
SCORES = (1.0, 1.5, 2.0, 3.0, 4.0, 4.5, 5.0)

Traits = tuple[float, float, float, float, float]


def character(turns: int, rng: random.Random) -> tuple[Traits, tuple[Drift, ...]]:
    """At least one trait is at its end; one trait of every second person drifts."""
    scores = [rng.choice(SCORES) for _ in TRAITS]
    scores[rng.randrange(len(TRAITS))] = rng.choice((LOWEST, HIGHEST))
    drifts: tuple[Drift, ...] = ()
    if rng.random() < DRIFTING:
        moving = rng.randrange(len(TRAITS))
        begin = rng.randrange(turns // 4, turns // 2)
        far = -FAR if scores[moving] > NEUTRAL else FAR
        drifts = (Drift(TRAITS[moving], begin, begin + turns // 4, scores[moving] + far),)
    o, c, e, a, n = scores
    return (o, c, e, a, n), drifts
