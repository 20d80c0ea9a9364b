"""The figures of the runs in a folder, each with its interval and what the paper prints for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.case import Benchmark
from eval.journal import FAILED_BEFORE, MANIFEST, Run, read
from eval.methods.subject import ANSWERED_BY
from eval.published.lookup import published
from eval.published.sizes import SIZES
from eval.published.table import Cell
from eval.scoring.bootstrap import Draws, Interval, Right, score
from eval.scoring.groups import Group, groups

ROBUST = "robust scorer"


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. score and interval: percent. n: cases; failed: how many of them had no answer.

    group: what it is over. robust: whether it is by our own scorer, which is given only where that
    reads a reply otherwise than the official one. printed: the cells of the paper that it may be
    held against.
    """

    benchmark: Benchmark
    context: str
    method: str
    group: str
    n: int
    failed: int
    score: float
    interval: Interval | None
    printed: tuple[Cell, ...] = ()
    robust: bool = False

    @property
    def name(self) -> str:
        """The group, and the scorer where that is not the main one."""
        return f"{self.group} ({ROBUST})" if self.robust else self.group

    @property
    def published(self) -> float | None:
        return self.printed[0].value if self.printed else None

    @property
    def difference(self) -> float | None:
        """Ours less theirs, from the figures as they are shown."""
        return None if self.published is None else round(self.score, 2) - self.published


def runs(out: Path) -> list[Run]:
    """The runs below a folder, in the order of their names.

    Raises:
        BadInput: one is damaged.
    """
    return [read(path.parent) for path in sorted(out.glob(f"*/*/{MANIFEST}"))]


def lines(run: Run) -> list[Line]:
    """The figures of one run."""
    draws = Draws.of(record.cluster for record in run.records)
    return [line for group in groups(run.records) for line in _figures(run, group, draws)]


def _figures(run: Run, group: Group, draws: Draws) -> Iterator[Line]:
    """By the main scorer; and by ours, where that gives another figure."""
    told = run.manifest
    cells = published(told.benchmark, told.context, group.name, *told.published)

    def line(right: Right, printed: Sequence[Cell] = (), robust: bool = False) -> Line:
        return Line(
            told.benchmark,
            told.context,
            told.method,
            group.name,
            group.n,
            group.failed,
            score(group, right),
            draws.interval(group, right),
            tuple(printed),
            robust,
        )

    yield line(lambda record: record.main.correct, cells)
    if any(record.main.correct != record.robust.correct for record in group.records):
        yield line(lambda record: record.robust.correct, robust=True)


def remarks(run: Run) -> list[str]:
    """What a reader has to know before comparing a run with anything."""
    told = run.manifest
    found = []
    if "asked" in told.settings:
        by, how = told.settings[ANSWERED_BY], told.settings["asked"]
        found.append(f"{told.method}: answered by {by}; {how}.")
    if told.cases < told.of:
        found.append(f"{told.method}: {told.cases} of {told.of} cases, spread over the files.")
    failed = [record for record in run.records if record.failed]
    if failed:
        reasons = "; ".join(sorted({record.failed for record in failed})[:3])
        found.append(f"{told.method}: {len(failed)} failed and count as wrong ({reasons}).")
    again = sum(FAILED_BEFORE in (record.detail or {}) for record in run.records)
    if again:
        found.append(f"{told.method}: {again} had failed before and were asked again.")
    return found


def other_sizes(run: Run) -> list[str]:
    """Where a run of all cases is not over as many as the published figures."""
    if run.manifest.cases < run.manifest.of:
        return []
    sizes = SIZES.get((run.manifest.benchmark, run.manifest.context), {})
    other = [
        f"{group.name} {group.n} (theirs {sizes[group.name]})"
        for group in groups(run.records)
        if group.name in sizes and group.n != sizes[group.name]
    ]
    return [f"Not the set that the paper's figures are over: {', '.join(other)}."] if other else []
