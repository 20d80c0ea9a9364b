"""The tables of the paper as runs of ours: which benchmarks, at which lengths, by which methods.

A row of the paper belongs to a model. PersonaVLM's own weights make the rows of the system and of
its ablations; the models that the paper holds it against make the rows of the baselines; any other
model makes both. Rows of models that were not run are shown as published, and as nothing else. What
a benchmark gives away without any history stands in every table.

Tables share their runs: Table 8 is Table 1's run of PersonaVLM and the same with parts left out,
from the same memories. Table 2 is of a part of the cases of Tables 1 and 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eval.benchmarks.load import READERS
from eval.case import Benchmark
from eval.methods import paper
from eval.methods.choose import MODELS, unfit, usual
from eval.methods.critic import CRITIC
from eval.methods.fewshot import FEW_SHOT
from eval.methods.prompted import FULL, NONE, RAG
from eval.methods.remembering import NAMES as VERSIONS
from eval.methods.remembering import PEM, WHOLE
from eval.methods.subject import Subject
from eval.published.lookup import TABLES as PUBLISHED_TABLES
from personavlm.engines.choose import PREVIEW, PROTOCOL
from personavlm.errors import BadInput
from personavlm.hub.weights import PUBLISHED

EFFICIENCY, OPEN, ALL = "11", "open", "all"


@dataclass(frozen=True, slots=True)
class Part:
    """What one table takes of one benchmark.

    ours: the methods that make PersonaVLM's rows; base: those of the models beside it.
    """

    benchmark: Benchmark
    contexts: tuple[str, ...]
    ours: tuple[str, ...] = (WHOLE,)
    base: tuple[str, ...] = ()


BOTH = ("32k", "128k")
MME, MEM, SOUPS = Benchmark.PERSONA_MME, Benchmark.PERSONAMEM, Benchmark.P_SOUPS
TABLES: Mapping[str, tuple[Part, ...]] = {
    "1": (Part(MME, BOTH, base=(FULL, RAG)), Part(MEM, BOTH, base=(FULL, RAG))),
    "2": (
        Part(MME, BOTH, base=(FULL, CRITIC)),
        Part(SOUPS, ("",), base=(FULL, CRITIC, FEW_SHOT)),
    ),
    "4": (Part(MME, ("128k",), base=(FULL,)),),
    "8": (Part(MME, BOTH, tuple(version for version in VERSIONS if version != PEM)),),
    "9": (Part(SOUPS, ("",), (WHOLE, PEM)),),
}
NAMES = (*TABLES, EFFICIENCY, OPEN, ALL)


@dataclass(frozen=True, slots=True)
class Share:
    """Runs that are asked for: of one benchmark at one length, by these methods."""

    benchmark: Benchmark
    context: str
    methods: tuple[str, ...]


def shares(
    table: str | None,
    benchmark: Benchmark | None,
    context: str | None,
    methods: Sequence[str],
    subject: Subject | None,
) -> list[Share]:
    """What is to be run, each run once; nothing for the tables 11 and `open`, which are no runs.

    benchmark, context: only of these, where named. methods: instead of the table's own, or of those
    that the model makes; `all` stands for every one that goes with the benchmark. subject: the
    model; None where no method runs one.

    Raises:
        BadInput: nothing of the table is of that benchmark or length.
    """
    if table in (EFFICIENCY, OPEN):
        return []
    kept = [
        (part, length)
        for part in parts(table)
        for length in part.contexts
        if benchmark in (None, part.benchmark) and context in (None, length)
    ]
    if not kept:
        raise BadInput(_nothing(table, benchmark, context))
    found: dict[tuple[Benchmark, str], dict[str, None]] = {}
    for part, length in kept:
        names = _named(methods, part.benchmark, subject) if methods else _rows(part, subject)
        held = found.setdefault((part.benchmark, length), {})
        held |= dict.fromkeys(names)
    return [Share(*about, tuple(names)) for about, names in found.items()]


def beside(table: str, labels: Iterable[str]) -> str:
    """Which rows of a published table a run of these labels stands beside, and which none does."""
    [printed] = (one for one in PUBLISHED_TABLES if one.number == table)
    ours = set(labels)
    rows = dict.fromkeys(row.label for row in printed.rows)
    made, others = ([row for row in rows if (row in ours) is known] for known in (True, False))
    return (
        f"Table {table}: run here: {', '.join(made) or 'none of its rows'}; published only: "
        f"{', '.join(others) or 'none'}."
    )


def parts(table: str | None) -> list[Part]:
    """Of one table; of all of them, where none is named."""
    if table in (EFFICIENCY, OPEN):
        return [Part(MME, BOTH)]
    if table is not None and table in TABLES:
        return list(TABLES[table])
    return [part for parts in TABLES.values() for part in parts]


def _nothing(table: str | None, benchmark: Benchmark | None, context: str | None) -> str:
    if benchmark is not None and context is not None and READERS[benchmark].contexts == ("",):
        return f"{benchmark} has no context lengths: leave --context out."
    wanted = " ".join(filter(None, (benchmark, context)))
    return f"Table {table} has no row of {wanted}."


def _named(
    methods: Sequence[str], benchmark: Benchmark, subject: Subject | None
) -> tuple[str, ...]:
    if ALL not in methods:
        return tuple(methods)
    every = (*usual(benchmark), *MODELS, *(name for name in methods if name != ALL))
    return tuple(name for name in every if not unfit(name, benchmark, subject))


def _rows(part: Part, subject: Subject | None) -> tuple[str, ...]:
    """What the benchmark gives away, and the rows that the model makes."""
    if subject is None:
        return usual(part.benchmark)
    made = (*(part.ours if not _is_beside_it(subject) else ()),
            *(part.base if not _is_personavlm(subject) else ()))  # fmt: skip
    every = (*usual(part.benchmark), NONE, *(made or part.ours))
    return tuple(name for name in every if not unfit(name, part.benchmark, subject))


def _is_beside_it(subject: Subject) -> bool:
    """Whether the model is one that the paper holds PersonaVLM against."""
    return bool(paper.run_by(subject) or paper.named(subject.wanted.model or ""))


def _is_personavlm(subject: Subject) -> bool:
    """Whether these are the paper's weights; before they are loaded, whether they would be."""
    engine = subject.model.engine
    if engine.weights is not None or engine.name in (PREVIEW, PROTOCOL):
        return subject.is_the_papers
    wanted = subject.wanted.model or ("" if subject.wanted.urls else PUBLISHED)
    return wanted.rstrip("/").rpartition("/")[2].casefold().startswith("personavlm")
