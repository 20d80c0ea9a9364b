"""The runs that a command line comes to: of which cases, by which methods, in which folders."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from eval.bench.machine import machine
from eval.benchmarks.files import Absent, fingerprints
from eval.benchmarks.histories import histories
from eval.benchmarks.load import READERS, part
from eval.benchmarks.source import Source, source, tell
from eval.case import Benchmark, Case
from eval.journal import MANIFEST, Manifest, code, differences, read
from eval.methods.base import Method
from eval.methods.choose import choose
from eval.methods.leaks import Rule
from eval.methods.predictions import Predictions
from eval.methods.prompted import NONE
from eval.methods.subject import ANSWERED_BY, Subject
from eval.tables import shares


@dataclass(frozen=True, slots=True)
class Planned:
    """A run to be made: of these cases, by this method, in this folder."""

    method: Method
    cases: tuple[Case, ...]
    manifest: Manifest
    folder: Path


def plan(asked: argparse.Namespace, subject: Subject | None = None) -> list[Planned]:
    """The runs that a command line asks for, of a model where they need one.

    What is to be had of the data is fetched; a dry run leaves the histories out.

    Raises:
        BadInput: the data is missing or malformed, or the options do not go together.
    """
    planned: list[Planned] = []
    absent: list[str] = []
    sources: dict[Benchmark, Source] = {}
    for share in shares(asked.table, asked.benchmark, asked.context, asked.method, subject):
        benchmark = share.benchmark
        methods = choose(
            share.methods, benchmark, asked.seed, asked.predictions, subject, memories(asked)
        )
        if benchmark not in sources:
            sources[benchmark] = source(benchmark, asked.data, asked.data_revision)
        try:
            cases = sources[benchmark].cases(share.context)
        except Absent as error:
            absent.append(str(error))
            continue
        kept = cases if asked.limit is None else part(cases, asked.limit)
        if any(map(reads_history, methods)) and not asked.dry_run:
            sources[benchmark].histories(kept)
        planned += [
            run_of(method, kept, len(cases), share.context, sources[benchmark], asked, asked.out)
            for method in methods
        ]
    if absent and not planned:
        raise Absent(absent[0])
    for reason in dict.fromkeys(absent):
        tell(f"Not run: {reason}")
    return planned


def memories(asked: argparse.Namespace) -> Path:
    """Where the memories that models built are kept: with other code they might be others."""
    return Path(asked.out / "memories" / _this_code()[0][:16])


def run_of(
    method: Method,
    cases: Sequence[Case],
    of: int,
    context: str,
    place: Source,
    asked: argparse.Namespace,
    out: Path,
    **settings: object,
) -> Planned:
    """One run of these cases, out of so many. settings: what it depends on besides the method's."""
    sha, commit = _this_code()
    files = READERS[place.benchmark].files(place.questions(context), context)
    manifest = Manifest(
        place.benchmark, context, method.name, method.published, {**method.settings, **settings},
        asked.limit, len(cases), of, fingerprints(files), sha, commit,
        histories=histories(cases) if reads_history(method) else {},
        revision=place.revision,
        weights=_weights(method),
    )  # fmt: skip
    row = re.sub(r"[^\w.-]+", "-", method.name).strip("-")
    folder = out / "-".join(filter(None, (place.benchmark, context))) / row
    return Planned(method, tuple(cases), manifest, folder)


@cache
def _this_code() -> tuple[str, str]:
    """Its SHA-256, and the commit that it is of."""
    return code(), machine()["commit"]


def _weights(method: Method) -> str:
    subject = getattr(method, "subject", None)
    weights = subject.model.engine.weights if isinstance(subject, Subject) else None
    return f"{weights.source}@{weights.commit}" if weights and weights.commit else ""


def reads_history(method: Method) -> bool:
    """Whether a method reads what was said before a question."""
    return not isinstance(method, Rule | Predictions) and method.settings.get("context") != NONE


def described(run: Planned, again: bool = False) -> str:
    """One line on what would be run, with how many model calls. again: failed cases too."""
    if differing := refusal(run):
        return f"{run.folder}: refused, it holds another run: {differing}"
    done, of_these = 0, ""
    if (run.folder / MANIFEST).exists():
        records = read(run.folder).records
        failed = sum(bool(record.failed) for record in records)
        done = len(records) - (failed if again else 0)
        if failed:
            of_these = f" ({failed} failed: to be asked again)" if again else f" ({failed} failed)"
    limited = "" if run.manifest.limit is None else f" of {run.manifest.of}"
    calls = run.method.calls(run.cases)
    return (
        f"{run.folder}: {len(run.cases)}{limited} cases, {done} done{of_these}, {calls} model calls"
    )


def refusal(run: Planned) -> str:
    """In which way its folder holds another run; empty where it does not."""
    if not (run.folder / MANIFEST).exists():
        return ""
    return differences(_unloaded(read(run.folder).manifest), _unloaded(run.manifest))


def _unloaded(manifest: Manifest) -> Manifest:
    """Without what is known only once a model is loaded or histories are fetched."""
    settings = {name: v for name, v in manifest.settings.items() if name != ANSWERED_BY}
    return replace(manifest, settings=settings, published=(), weights="", histories={})
