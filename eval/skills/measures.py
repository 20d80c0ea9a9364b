"""What outcomes come to: shares in percent and errors in points, with intervals by person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.scoring.bootstrap import RESAMPLES, SEED, middle
from eval.skills.ask import Asked, Noted, Outcome, Scored
from personavlm.personality import NEUTRAL, TRAITS, BigFive, evolve

ALIKE = 0.5  # F1 of the words of two notes from which they say the same
Counted = tuple[float, float]  # a sum, and over how many
Count = Callable[[Outcome], Counted]
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Measure:
    """name: as tables have it. unit: "%" or "points". count: what one person adds to it."""

    name: str
    unit: str
    count: Count


@dataclass(frozen=True, slots=True)
class Figure:
    """n: of what the share or the mean is. low, high: 95% by a bootstrap that draws people."""

    name: str
    unit: str
    n: int
    value: float | None
    low: float | None = None
    high: float | None = None


def figures(outcomes: Sequence[Outcome]) -> list[Figure]:
    """All measures of one model."""
    return [_figure(measure, outcomes) for measure in MEASURES]


def gains(before: Sequence[Outcome], after: Sequence[Outcome]) -> list[Figure]:
    """How much each measure changed, person by person (paired): of those that both were asked."""
    shared = {one.person for one in before} & {one.person for one in after}
    pairs = [
        sorted((one for one in outcomes if one.person in shared), key=lambda one: one.person)
        for outcomes in (before, after)
    ]
    return [_gain(measure, *pairs) for measure in MEASURES]


def _figure(measure: Measure, outcomes: Sequence[Outcome]) -> Figure:
    counts = _counts(measure, outcomes)
    n = int(counts[:, 1].sum())
    if not n:
        return Figure(measure.name, measure.unit, 0, None)
    low, high = middle(_drawn(counts))
    return Figure(measure.name, measure.unit, n, float(_mean(counts.sum(axis=0))), low, high)


def _gain(measure: Measure, before: Sequence[Outcome], after: Sequence[Outcome]) -> Figure:
    old, new = _counts(measure, before), _counts(measure, after)
    n = int(new[:, 1].sum())
    if not n or not old[:, 1].sum():
        return Figure(measure.name, measure.unit, n, None)
    low, high = middle(_drawn(new) - _drawn(old))
    value = float(_mean(new.sum(axis=0)) - _mean(old.sum(axis=0)))
    return Figure(measure.name, measure.unit, n, value, low, high)


def _counts(measure: Measure, outcomes: Sequence[Outcome]) -> NDArray[np.float64]:
    """(people, 2): sums and numbers; shares in percent."""
    scale = 100.0 if measure.unit == "%" else 1.0
    return np.array([measure.count(one) for one in outcomes]) * (scale, 1.0)


def _drawn(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The measure in each resample: (resamples,). The same people are drawn for each model."""
    rng = np.random.default_rng(SEED)
    times = rng.multinomial(len(counts), [1 / len(counts)] * len(counts), size=RESAMPLES)
    return _mean(times @ counts)


def _mean(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        mean: NDArray[np.float64] = sums[..., 0] / sums[..., 1]
    return mean


def words_alike(one: str, other: str) -> float:
    """F1 of the words of two notes, from 0 to 1."""
    left, right = (_WORD.findall(text.casefold()) for text in (one, other))
    shared = sum(min(left.count(word), right.count(word)) for word in set(left))
    return 2 * shared / (len(left) + len(right)) if left or right else 0.0


def _share(of: Callable[[Outcome], Iterable[bool]]) -> Count:
    def count(outcome: Outcome) -> Counted:
        found = list(of(outcome))
        return float(sum(found)), float(len(found))

    return count


def _formed(outcome: Outcome) -> Iterator[bool]:
    for one in (*outcome.asked, *outcome.noted, *outcome.scored):
        yield one.formed


def _of_memory(outcome: Outcome) -> list[Asked]:
    return [one for one in outcome.asked if one.of_memory]


def _evidence(outcome: Outcome) -> Counted:
    needed = [one for one in _of_memory(outcome) if one.needed]
    return float(sum(one.found for one in needed)), float(sum(one.evidence for one in needed))


def _good(note: Noted) -> bool:
    """Whether it is kept, should be, and says what is to be kept."""
    return note.keep and note.kept and words_alike(note.content, note.told) >= ALIKE


def _off(trait: int) -> Count:
    def count(outcome: Outcome) -> Counted:
        read = [one for one in outcome.scored if one.inferred[trait] is not None]
        return sum(abs(float(one.inferred[trait] or 0) - one.shown[trait]) for one in read), len(
            read
        )

    return count


def _after(turn: int, inferred: Callable[[Scored], Sequence[int | None]] | None) -> Count:
    """The mean error of the evolving vector after so many turns; None infers nothing."""

    def count(outcome: Outcome) -> Counted:
        if len(outcome.scored) < turn:
            return 0.0, 0.0
        vector = BigFive()
        for number, one in enumerate(outcome.scored[:turn]):
            if inferred is not None:
                vector = evolve(vector, inferred(one), number)
        truth = outcome.scored[turn - 1].truth
        off = [abs(a - b) for a, b in zip(vector.values(), truth, strict=True)]
        return sum(off) / len(off), 1.0

    return count


def _inferred(one: Scored) -> Sequence[int | None]:
    return one.inferred


def _shown(one: Scored) -> Sequence[int | None]:
    return one.shown


MEASURES = (
    Measure("replies in form, all tasks", "%", _share(_formed)),
    Measure("answers in form", "%", _share(lambda o: (one.formed for one in o.asked))),
    Measure("notes in form", "%", _share(lambda o: (one.formed for one in o.noted))),
    Measure("traits in form", "%", _share(lambda o: (one.formed for one in o.scored))),
    Measure(
        "search or not, decided rightly", "%",
        _share(lambda o: (one.needed == one.searched for one in o.asked)),
    ),
    Measure("evidence found by the searches", "%", _evidence),
    Measure(
        "right answers, from memory", "%", _share(lambda o: (one.right for one in _of_memory(o)))
    ),
    Measure(
        "right answers, from the conversation before", "%",
        _share(lambda o: (one.right for one in o.asked if not one.of_memory)),
    ),
    Measure(
        "note or not, decided rightly", "%",
        _share(lambda o: (one.keep == one.kept for one in o.noted)),
    ),
    Measure(
        "notes kept that are right (precision)", "%",
        _share(lambda o: (_good(one) for one in o.noted if one.kept)),
    ),
    Measure(
        "notes to keep that are kept (recall)", "%",
        _share(lambda o: (_good(one) for one in o.noted if one.keep)),
    ),
    *(Measure(f"{name}, off by", "points", _off(place)) for place, name in enumerate(TRAITS)),
    *(
        Measure(f"Big Five after {turn} turns, off by", "points", _after(turn, _inferred))
        for turn in (1, 2, 4)
    ),
    Measure(f"the same, always {NEUTRAL:g}", "points", _after(4, None)),
    Measure("the same, each turn read rightly", "points", _after(4, _shown)),
)  # fmt: skip
