"""Which cases make up which figure of a benchmark: its aspects, tasks, types, axes and overalls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from eval.benchmarks.p_soups import AXES
from eval.benchmarks.persona_mme import ALIGNED, ALIGNMENT, ASPECTS, MISALIGNED, TASKS
from eval.benchmarks.personamem import TYPES
from eval.case import Benchmark
from eval.scoring.score import Record

WITHOUT, WITH = "Overall without Alignment", "Overall with Alignment"
MICRO, MACRO = "Overall (micro)", "Overall (macro)"
OVERALL = "Overall"


@dataclass(frozen=True, slots=True)
class Group:
    """One figure: the mean, over its parts, of the share of right cases in a part.

    With one part that is the plain (micro) accuracy; with several it is a macro average. pairs: the
    two orders of a pair are two cases, and counted as one.
    """

    name: str
    parts: tuple[tuple[Record, ...], ...]
    pairs: bool = False

    @property
    def records(self) -> list[Record]:
        return [record for part in self.parts for record in part]

    @property
    def n(self) -> int:
        """How many cases, or pairs, it is over."""
        return self._count(self.records)

    @property
    def failed(self) -> int:
        """How many of them failed."""
        return self._count([record for record in self.records if record.failed])

    def _count(self, records: Sequence[Record]) -> int:
        return len({record.row if self.pairs else record.case for record in records})


def groups(records: Sequence[Record]) -> list[Group]:
    """The figures of a run, without those that it has no case of."""
    return [group for group in GROUPED[records[0].benchmark](records) if group.n] if records else []


def _micro(name: str, records: Iterable[Record]) -> Group:
    return Group(name, (tuple(records),))


def _persona_mme(records: Sequence[Record]) -> list[Group]:
    questions = [record for record in records if record.group != ALIGNMENT]
    fits = [record for record in records if record.group == ALIGNMENT]
    aspects = [_micro(name, (r for r in questions if r.group == name)) for name in ASPECTS.values()]
    tasks = [_micro(name, (r for r in questions if r.task == name)) for name, _ in TASKS.values()]
    halves = [
        _micro(f"{ALIGNMENT}: {half}", (r for r in fits if r.half == half))
        for half in (ALIGNED, MISALIGNED)
    ]
    overall = [_micro(WITHOUT, questions), *([_micro(WITH, records)] if fits else [])]
    return [*aspects, *tasks, _micro(ALIGNMENT, fits), *halves, *overall]


def _personamem(records: Sequence[Record]) -> list[Group]:
    """The types of the benchmark and whatever others a file has; micro and macro."""
    names = dict.fromkeys((*TYPES, *(record.group for record in records)))
    types = [_micro(name, (r for r in records if r.group == name)) for name in names]
    parts = tuple(group.parts[0] for group in types if group.n)
    return [*types, _micro(MICRO, records), Group(MACRO, parts)]


def _p_soups(records: Sequence[Record]) -> list[Group]:
    """Each axis, its two personas, and the mean of the axes; n counts pairs, not orders."""
    axes = [_pairs(name, (r for r in records if r.group == name)) for name in AXES]
    personas = dict.fromkeys((record.group, record.persona) for record in records)
    each = [
        _pairs(
            f"{axis}: {persona}", (r for r in records if (r.group, r.persona) == (axis, persona))
        )
        for axis, persona in personas
    ]
    there = [group for group in axes if group.n]
    name = OVERALL if len(there) == len(AXES) else f"{OVERALL} of {len(there)} axes"
    overall = Group(name, tuple(group.parts[0] for group in there), pairs=True)
    return [*axes, *each, overall]


def _pairs(name: str, records: Iterable[Record]) -> Group:
    return Group(name, (tuple(records),), pairs=True)


GROUPED: Mapping[Benchmark, Callable[[Sequence[Record]], list[Group]]] = {
    Benchmark.PERSONA_MME: _persona_mme,
    Benchmark.PERSONAMEM: _personamem,
    Benchmark.P_SOUPS: _p_soups,
}
