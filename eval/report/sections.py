"""The runs of a folder by what they are of: one section a benchmark and context length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.benchmarks.persona_mme import TASKS
from eval.case import Benchmark
from eval.journal import Run
from eval.methods.leaks import FIRST, LONGEST, PROFILE, SHORTEST, at_random
from eval.methods.remembering import WHOLE, WITHOUT
from eval.report.lines import Line, lines, other_sizes, remarks
from eval.report.means import too_few
from eval.scoring.bootstrap import RESAMPLES, SEED
from eval.scoring.official import OFFICIAL

RULES = {rule.name for rule in (at_random(0), FIRST, LONGEST, SHORTEST, PROFILE)}
FINER = {task for task, _ in TASKS.values()}
PART = ": "  # in the name of a group that is a part of another


@dataclass(frozen=True, slots=True)
class Made:
    """A complete run and its figures."""

    run: Run
    lines: tuple[Line, ...]

    @property
    def method(self) -> str:
        return self.run.manifest.method

    @property
    def rule(self) -> bool:
        """Whether it is by a rule, without any model."""
        return self.method in RULES

    @property
    def limited(self) -> str:
        """In a few words, how much less than the benchmark it is over; empty where it is all."""
        told = self.run.manifest
        return f"{told.cases:,} of {told.of:,} cases" if told.cases < told.of else ""


@dataclass(frozen=True, slots=True)
class Section:
    """Runs over the same benchmark at the same context length. unfinished: without figures."""

    benchmark: Benchmark
    context: str
    made: tuple[Made, ...]
    unfinished: tuple[Run, ...]

    @property
    def name(self) -> str:
        return f"{self.benchmark} {self.context}".strip()

    @property
    def slug(self) -> str:
        return self.name.replace(" ", "-")


def sections(found: Iterable[Run]) -> list[Section]:
    """In the order of the benchmarks and their lengths."""
    by_name: dict[tuple[Benchmark, str], list[Run]] = {}
    for run in found:
        by_name.setdefault((run.manifest.benchmark, run.manifest.context), []).append(run)
    return [_section(*about, kept) for about, kept in sorted(by_name.items(), key=_order)]


def _order(one: tuple[tuple[Benchmark, str], list[Run]]) -> tuple[int, int, str]:
    (benchmark, context), _ = one
    return list(Benchmark).index(benchmark), len(context), context  # 32k before 128k


def _section(benchmark: Benchmark, context: str, kept: Sequence[Run]) -> Section:
    made = [Made(run, tuple(lines(run))) for run in kept if run.complete]
    unfinished = tuple(run for run in kept if not run.complete)
    return Section(benchmark, context, tuple(sorted(made, key=_rank)), unfinished)


def _rank(made: Made) -> int:
    """The system, the system without a part of it, what else has a model, rules."""
    return (
        0 if made.method.startswith(WHOLE)
        else 1 if made.method.startswith(WITHOUT)
        else 3 if made.rule
        else 2
    )  # fmt: skip


def columns(section: Section) -> tuple[list[str], list[str]]:
    """The groups that the main table is of, and the finer ones (tasks, halves, personas)."""
    names = dict.fromkeys(
        line.group for made in section.made for line in made.lines if not line.robust
    )
    finer = [name for name in names if name in FINER or PART in name]
    return [name for name in names if name not in finer], finer


def notes(section: Section, known: Sequence[str]) -> list[str]:
    """What a reader has to know before comparing these figures. known: of all sections."""
    unit = "items" if section.benchmark is Benchmark.P_SOUPS else "persons"
    runs = [made.run for made in section.made]
    found = [
        *known,
        f"Scores in percent. Intervals: 95% of {RESAMPLES:,} bootstrap resamples (seed {SEED}), "
        f"which draw whole {unit}, the same for all methods; none where there is one only.",
    ]
    found += too_few((record.cluster for run in runs for record in run.records), unit)
    if section.benchmark not in OFFICIAL:
        found.append("No scorer was published for this benchmark; replies are read by ours.")
    found += dict.fromkeys(note for run in runs for note in other_sizes(run))
    found += [remark for run in runs for remark in remarks(run)]
    found += [
        f"{run.manifest.method}: not complete, {len(run.records)} of {run.manifest.cases}: left "
        "out."
        for run in section.unfinished
    ]
    if len({(run.manifest.code, *run.manifest.data.values()) for run in runs}) > 1:
        found.append("These runs were made from different files or by different code.")
    return found
