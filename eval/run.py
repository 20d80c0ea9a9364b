"""Answer a benchmark's questions by one or more methods, and put the scores beside the paper's.

    python eval/run.py --benchmark personamem --data DIR                     # what it gives away
    python eval/run.py --benchmark personamem --data DIR --method longest
    python eval/run.py --benchmark personamem --data DIR --method predictions --predictions FILE
    python eval/run.py --benchmark persona-mme --data DIR --method personavlm --method full \
        --engine sglang --concurrency 32
    python eval/run.py --smoke

Each method of each context length is a run: a folder below --out with its manifest and a JSON line
a case. Started again, a run goes on where it stopped; a folder never takes up a run with other
settings. The summary and the tables in --out are of all complete runs there. Memories that a model
built are kept in --out too, for its next method.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tqdm import tqdm

from eval import smoke
from eval.bench.machine import machine
from eval.benchmarks.files import Absent, fingerprints
from eval.benchmarks.load import READERS, load, part
from eval.case import Benchmark, Case
from eval.crew import answered
from eval.journal import MANIFEST, Journal, Manifest, code, opened, put_in_order, read
from eval.methods.base import Method
from eval.methods.choose import NAMES, choose, needs_model
from eval.methods.subject import ANSWERED_BY, Subject
from eval.report.write import report
from personavlm.engines.choose import ENGINES, PREVIEW, Wanted, split_urls
from personavlm.errors import BadInput, PersonaVLMError
from personavlm.model import PersonaVLM


@dataclass(frozen=True, slots=True)
class Planned:
    """A run to be made: of these cases, by this method, in this folder."""

    method: Method
    cases: tuple[Case, ...]
    manifest: Manifest
    folder: Path


def main(argv: Sequence[str] | None = None) -> int:
    asked = _asked(argv)
    try:
        if asked.smoke:
            smoke.write_samples(asked.data)
        with _subject(asked) as subject:
            planned = plan(asked, subject)
            if asked.dry_run:
                print("\n".join(map(described, planned)))
                return 0
            for run in planned:
                with opened(run.folder, run.manifest) as journal:
                    carry_out(run, journal, asked.concurrency)
                put_in_order(run.folder, [case.id for case in run.cases])
        print(report(asked.out, *([smoke.NOTE] if asked.smoke else [])))
        if asked.smoke:
            print(smoke.verdict(asked.out))
    except PersonaVLMError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. The same command goes on where this one stopped.", file=sys.stderr)
        return 130
    return 0


@contextmanager
def _subject(asked: argparse.Namespace) -> Iterator[Subject | None]:
    """The model that the methods run, loaded unless nothing is to be run; None if none does."""
    if not needs_model(asked.method):
        yield None
        return
    wanted = Wanted(
        asked.engine, asked.model, asked.revision, split_urls(asked.engine_url),
        os.environ.get("PERSONAVLM_ENGINE_KEY"),
    )  # fmt: skip
    with PersonaVLM.prepare(wanted, prompts=asked.prompts) as model:
        if not asked.dry_run:
            model.load(lambda line: print(line, file=sys.stderr))
        yield Subject(model, wanted)


def plan(asked: argparse.Namespace, subject: Subject | None = None) -> list[Planned]:
    """The runs that a command line asks for, of a model where they need one.

    Raises:
        BadInput: the data is missing or malformed, or the options do not go together.
    """
    benchmark = Benchmark(asked.benchmark)
    sha, commit = code(), machine()["commit"]
    memories = asked.out / "memories" / sha[:16]  # by other code they might be others
    methods = choose(asked.method, benchmark, asked.seed, asked.predictions, subject, memories)
    planned = []
    for context, cases in _cases(benchmark, asked.data, asked.context).items():
        data = fingerprints(READERS[benchmark].files(asked.data, context))
        kept = cases if asked.limit is None else part(cases, asked.limit)
        for method in methods:
            manifest = Manifest(
                benchmark, context, method.name, method.published, dict(method.settings),
                asked.limit, len(kept), len(cases), data, sha, commit,
            )  # fmt: skip
            place = re.sub(r"[^\w.-]+", "-", method.name).strip("-")
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
        if _unloaded(there.manifest) != _unloaded(run.manifest):
            return f"{run.folder}: refused, it holds another run"
        done = len(there.records)
    else:
        done = 0
    calls = run.method.calls(run.cases)
    limited = "" if run.manifest.limit is None else f" of {run.manifest.of}"
    return f"{run.folder}: {len(run.cases)}{limited} cases, {done} done, {calls} model calls"


def _unloaded(manifest: Manifest) -> Manifest:
    """Without what is known of a model once it is loaded only: a dry run loads none."""
    settings = {name: v for name, v in manifest.settings.items() if name != ANSWERED_BY}
    return replace(manifest, settings=settings, published=())


def carry_out(run: Planned, journal: Journal, concurrency: int = 1) -> None:
    """Answer what is not answered yet, about so many people at a time."""
    left = [case for case in run.cases if case.id not in journal.done]
    records = answered(run.method, left, concurrency)
    progress = tqdm(
        records, run.method.name, len(run.cases), initial=len(journal.done), unit="case",
        disable=None,
    )  # fmt: skip
    with closing(records):
        for record in progress:
            journal.append(record)


def _asked(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = _parser()
    asked = parser.parse_args(argv)
    if asked.smoke:
        asked.benchmark, asked.method, asked.engine = smoke.BENCHMARK, list(smoke.METHODS), PREVIEW
        asked.out /= smoke.FOLDER  # apart from real runs
        asked.data = asked.out / smoke.SAMPLES
    if asked.benchmark is None or asked.data is None:
        parser.error("--benchmark and --data are needed, or --smoke alone")
    return asked


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--benchmark", choices=[name.value for name in Benchmark])
    parser.add_argument("--data", type=Path, metavar="DIR",
                        help="the folder with the benchmark's files")  # fmt: skip
    parser.add_argument("--smoke", action="store_true",
                        help="every method with the preview engine, on made-up people")  # fmt: skip
    parser.add_argument("--context", choices=("32k", "128k"), help="default: each that is there")
    parser.add_argument("--method", action="append", choices=NAMES, default=[],
                        help="may be given several times; default: every rule")  # fmt: skip
    parser.add_argument("--predictions", type=Path, metavar="FILE",
                        help="CSV or JSON lines, for --method predictions")  # fmt: skip
    parser.add_argument("--engine", choices=ENGINES, default="auto",
                        help="what runs the model, where a method runs one")  # fmt: skip
    parser.add_argument("--model", metavar="REPO", help="Hub repository or folder of its weights")
    parser.add_argument("--revision", help="branch, tag or commit of that repository")
    parser.add_argument("--engine-url", metavar="URL",
                        help="running servers, with commas between them; their key is taken from "
                             "PERSONAVLM_ENGINE_KEY")  # fmt: skip
    parser.add_argument("--prompts", default="auto", help="auto, own, or a prompt pack's file")
    parser.add_argument("--concurrency", type=positive, default=1, metavar="N",
                        help="so many people at a time (default: 1)")  # fmt: skip
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
