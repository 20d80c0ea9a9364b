"""Answer a benchmark's questions by one or more methods, and put the scores beside the paper's.

    python eval/run.py --benchmark personamem --data DIR                     # what it gives away
    python eval/run.py --benchmark personamem --data DIR --method longest
    python eval/run.py --benchmark personamem --data DIR --method predictions --predictions FILE

Each method of each context length is a run: a folder below --out with its manifest and a JSON line
a case. Started again, a run goes on where it stopped; a folder never takes up a run with other
settings. The summary and the tables in --out are of all complete runs there.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tqdm import tqdm

from eval.bench.machine import machine
from eval.benchmarks.files import Absent, fingerprints
from eval.benchmarks.load import READERS, load, part
from eval.case import Benchmark, Case
from eval.journal import MANIFEST, Journal, Manifest, code, opened, read
from eval.methods.base import Method
from eval.methods.choose import NAMES, choose
from eval.report.write import report
from eval.scoring.score import failed, judged
from personavlm.errors import BadInput, PersonaVLMError


@dataclass(frozen=True, slots=True)
class Planned:
    """A run to be made: of these cases, by this method, in this folder."""

    method: Method
    cases: tuple[Case, ...]
    manifest: Manifest
    folder: Path


def main(argv: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(argv)
    try:
        planned = plan(asked)
        if asked.dry_run:
            print("\n".join(map(described, planned)))
            return 0
        for run in planned:
            with opened(run.folder, run.manifest) as journal:
                carry_out(run, journal)
        print(report(asked.out))
    except PersonaVLMError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. The same command goes on where this one stopped.", file=sys.stderr)
        return 130
    return 0


def plan(asked: argparse.Namespace) -> list[Planned]:
    """The runs that a command line asks for.

    Raises:
        BadInput: the data is missing or malformed, or the options do not go together.
    """
    benchmark = Benchmark(asked.benchmark)
    methods = choose(asked.method, benchmark, asked.seed, asked.predictions)
    sha, commit = code(), machine()["commit"]
    planned = []
    for context, cases in _cases(benchmark, asked.data, asked.context).items():
        data = fingerprints(READERS[benchmark].files(asked.data, context))
        kept = cases if asked.limit is None else part(cases, asked.limit)
        for method in methods:
            manifest = Manifest(
                benchmark, context, method.name, method.published, dict(method.settings),
                asked.limit, len(kept), len(cases), data, sha, commit,
            )  # fmt: skip
            place = re.sub(r"[^\w.-]+", "-", method.name)
            folder = asked.out / "-".join(filter(None, (benchmark, context))) / place
            planned.append(Planned(method, tuple(kept), manifest, folder))
    return planned


def _cases(benchmark: Benchmark, folder: Path, context: str | None) -> dict[str, list[Case]]:
    """The cases of the context length that is asked for, or else of each that is there."""
    contexts = READERS[benchmark].contexts
    if context is not None and context not in contexts:
        raise BadInput(f"{benchmark} has no context lengths: leave --context out.")
    found, absent = {}, []
    for name in contexts if context is None else (context,):
        try:
            found[name] = load(benchmark, folder, name)
        except Absent as error:
            absent.append(str(error))
    if not found:
        raise Absent(absent[0])
    for reason in absent:
        print(f"Not run: {reason}", file=sys.stderr)
    return found


def described(run: Planned) -> str:
    """One line on what would be run, with how many model calls."""
    if (run.folder / MANIFEST).exists():
        there = read(run.folder)
        if there.manifest != run.manifest:
            return f"{run.folder}: refused, it holds another run"
        done = len(there.records)
    else:
        done = 0
    calls = sum(map(run.method.calls, run.cases))
    limited = "" if run.manifest.limit is None else f" of {run.manifest.of}"
    return f"{run.folder}: {len(run.cases)}{limited} cases, {done} done, {calls} model calls"


def carry_out(run: Planned, journal: Journal) -> None:
    """Answer what is not answered yet, in order."""
    left = [case for case in run.cases if case.id not in journal.done]
    progress = tqdm(
        left, run.method.name, len(run.cases), initial=len(journal.done), unit="case", disable=None
    )
    for case in progress:
        try:
            record = judged(case, run.method.answer(case))
        except PersonaVLMError as error:
            record = failed(case, str(error))
        journal.append(record)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--benchmark", required=True, choices=[name.value for name in Benchmark])
    parser.add_argument("--data", required=True, type=Path, metavar="DIR",
                        help="the folder with the benchmark's files")  # fmt: skip
    parser.add_argument("--context", choices=("32k", "128k"), help="default: each that is there")
    parser.add_argument("--method", action="append", choices=NAMES, default=[],
                        help="may be given several times; default: every rule")  # fmt: skip
    parser.add_argument("--predictions", type=Path, metavar="FILE",
                        help="CSV or JSON lines, for --method predictions")  # fmt: skip
    parser.add_argument("--limit", type=positive, metavar="N",
                        help="only N questions, spread over the files")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="for what is left to chance")
    parser.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR",
                        help="where runs and tables are kept (default: runs)")  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="say what would be run")
    return parser


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


if __name__ == "__main__":
    sys.exit(main())
