"""A benchmark by its name: its context lengths, files and cases, all of them or a part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.benchmarks import p_soups, persona_mme, personamem
from eval.benchmarks.files import Absent
from eval.case import Benchmark, Case


@dataclass(frozen=True, slots=True)
class Reader:
    """How one benchmark is read. contexts: its lengths; one empty name where it has none.

    named: patterns of the names that the files of questions have, wherever they are.
    """

    contexts: tuple[str, ...]
    named: Callable[[str], tuple[str, ...]]
    files: Callable[[Path, str], list[Path]]
    read: Callable[[Path, str], list[Case]]


READERS: Mapping[Benchmark, Reader] = {
    Benchmark.PERSONA_MME: Reader(
        persona_mme.CONTEXTS, lambda _: ("Persona-MME.json",), persona_mme.files, persona_mme.read
    ),
    Benchmark.PERSONAMEM: Reader(
        personamem.CONTEXTS,
        lambda context: (f"questions_{context}.csv",),
        personamem.files,
        personamem.read,
    ),
    Benchmark.P_SOUPS: Reader(
        p_soups.CONTEXTS,
        lambda _: tuple(f"{stem}*.json" for stem in p_soups.AXES.values()),
        p_soups.files,
        p_soups.read,
    ),
}


def load(benchmark: Benchmark, folder: Path, context: str, limit: int | None = None) -> list[Case]:
    """The cases of a benchmark in a folder; with a limit, those of so many rows.

    Raises:
        Absent: there is nothing of that context. BadInput: a file is malformed.
    """
    cases = READERS[benchmark].read(folder, context)
    if not cases:
        raise Absent(f"{folder} has no question of {benchmark} {context}.".replace(" .", "."))
    return cases if limit is None else part(cases, limit)


def part(cases: Sequence[Case], limit: int) -> list[Case]:
    """The cases of so many rows, spread evenly over the files, whose rows are sorted by person."""
    rows = list(dict.fromkeys(case.row for case in cases))
    count = min(limit, len(rows))
    kept = {rows[place * len(rows) // count] for place in range(count)}
    return [case for case in cases if case.row in kept]
