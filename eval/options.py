"""What the command line of `run.py` takes, and which of it goes together."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from eval import smoke
from eval.case import Benchmark
from eval.methods.choose import NAMES as METHODS
from eval.open import flags
from eval.tables import ALL, EFFICIENCY, OPEN, parts
from eval.tables import NAMES as TABLE_NAMES
from personavlm.engines.choose import ENGINES, PREVIEW

NOT_WITH_SMOKE = (
    "table", "benchmark", "context", "method", "predictions", "data", "data_revision", "model",
    "revision", "engine", "engine_url", "retry_failed",
)  # fmt: skip
OF_OPEN = (
    *("judge_model", "judge_url"),
    *("opponent", "opponent_engine", "opponent_model", "opponent_revision", "opponent_url"),
)


def options(argv: Sequence[str] | None, about: str) -> argparse.Namespace:
    """What was asked for; ends the process, with a line on what is wrong, where it makes no sense.

    about: the command's own words. data_revision comes as a mapping from benchmark to revision.
    """
    parser = _parser(about)
    asked = parser.parse_args(argv)
    problem = _problem(asked, parser)
    if problem:
        parser.error(problem)
    asked.data_revision = _revisions(asked)
    if asked.smoke:
        asked.benchmark, asked.method, asked.engine = smoke.BENCHMARK, list(smoke.METHODS), PREVIEW
        asked.out /= smoke.FOLDER  # apart from real runs
        asked.data = asked.out / smoke.SAMPLES
    asked.benchmark = Benchmark(asked.benchmark) if asked.benchmark else None
    return asked


def _problem(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> str:
    """Why these options do not go together; empty if they do."""
    given = [name for name, value in vars(asked).items() if value != parser.get_default(name)]
    alone = asked.table in (EFFICIENCY, OPEN)
    if asked.smoke and (other := _first(NOT_WITH_SMOKE, given)):
        return f"--smoke has its own people, methods and engine: leave {other} out"
    if not asked.smoke and asked.table is None and asked.benchmark is None:
        return "name a --table, a --benchmark, or --smoke"
    if asked.table not in (OPEN, ALL) and (other := _first(OF_OPEN, given)):
        return f"{other} is for --table {OPEN} (or {ALL})"
    if alone and (other := _first(("method", "predictions"), given)):
        return f"--table {asked.table} has its own methods: leave {other} out"
    if alone and asked.benchmark not in (None, Benchmark.PERSONA_MME):
        return f"--table {asked.table} is of {Benchmark.PERSONA_MME}: leave --benchmark out"
    if asked.data is not None and asked.data_revision:
        return "--data-revision is of data from the Hub, and --data names a folder: give one"
    return _problem_of_revisions(asked)


def _first(names: Sequence[str], given: Sequence[str]) -> str:
    """The first option of these that was given, as it was written; empty if none was."""
    found = next((name for name in names if name in given), "")
    return found and f"--{found.replace('_', '-')}"


def _problem_of_revisions(asked: argparse.Namespace) -> str:
    several = len({part.benchmark for part in parts(asked.table)}) > 1 and not asked.benchmark
    for text in asked.data_revision:
        name, _ = _revision(text)
        if name and name not in tuple(Benchmark):
            return f"--data-revision {text}: {name} is none of {', '.join(Benchmark)}"
        if not name and several:
            return "--data-revision: say of which benchmark, as in personamem=COMMIT"
    return ""


def _revisions(asked: argparse.Namespace) -> dict[str, str]:
    """Revisions by their benchmark's name; one without a name is of the only one there is."""
    named = dict(map(_revision, asked.data_revision))
    if "" in named:
        [only] = {asked.benchmark} if asked.benchmark else {p.benchmark for p in parts(asked.table)}
        named[only] = named.pop("")
    return named


def _revision(text: str) -> tuple[str, str]:
    """`personamem=abc` in its two parts; the first is empty where it is not named."""
    name, found, revision = text.partition("=")
    return (name, revision) if found else ("", text)


def _parser(about: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "run.py",
        "%(prog)s (--table TABLE | --benchmark BENCHMARK | --smoke) [options]",
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_what(parser.add_argument_group("what is run"))
    _add_data(parser.add_argument_group("its data"))
    _add_model(parser.add_argument_group("its model, where a method runs one"))
    _add_how(parser.add_argument_group("how it is run"))
    flags.add(parser)
    return parser


def _add_what(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--table", choices=TABLE_NAMES,
                       help="a table of the paper: its benchmarks and lengths, and the methods of "
                            f"the rows that the model makes; {EFFICIENCY} counts tokens and "
                            f"seconds, {OPEN} is Fig. 5, {ALL} is every one")  # fmt: skip
    group.add_argument("--benchmark", choices=[name.value for name in Benchmark],
                       help="one benchmark; with --table: only this one of it")  # fmt: skip
    group.add_argument("--context", choices=("32k", "128k"), help="default: each that is there")
    group.add_argument("--method", action="append", choices=(ALL, *METHODS), default=[],
                       metavar="NAME",
                       help="may be given several times; all, or of: " + ", ".join(METHODS) +
                            ". Default: the table's; without a table every rule, and with a model "
                            "named the methods that the tables have")  # fmt: skip
    group.add_argument("--predictions", type=Path, metavar="FILE",
                       help="CSV or JSON lines, for --method predictions")  # fmt: skip
    group.add_argument("--limit", type=positive, metavar="N",
                       help="only N questions of each length, spread over the files")  # fmt: skip
    group.add_argument("--smoke", action="store_true",
                       help="every method with the preview engine, on made-up people")  # fmt: skip


def _add_data(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--data", type=Path, metavar="DIR",
                       help="the folder with a benchmark's files, or with a folder for each "
                            f"({', '.join(Benchmark)}); default: from the Hub")  # fmt: skip
    group.add_argument("--data-revision", action="append", default=[],
                       metavar="[BENCHMARK=]REVISION",
                       help="the branch, tag or commit of its dataset on the Hub (default: main, "
                            "and every run says which commit that was)")  # fmt: skip


def _add_model(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--engine", choices=ENGINES, default="auto", help="what runs it")
    group.add_argument("--model", metavar="REPO",
                       help="Hub repository or folder of its weights; with --engine openai, what "
                            "the provider calls it, as gpt-4o")  # fmt: skip
    group.add_argument("--revision", help="branch, tag or commit of that repository")
    group.add_argument("--engine-url", metavar="URL",
                       help="running servers, with commas between them, or the one address that "
                            "--engine openai asks (default: OpenAI's own); their key is taken from "
                            "PERSONAVLM_ENGINE_KEY, OpenAI's from OPENAI_API_KEY too")  # fmt: skip
    group.add_argument("--prompts", default="auto", help="auto, own, or a prompt pack's file")


def _add_how(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--concurrency", type=positive, default=1, metavar="N",
                       help="so many people at a time (default: 1)")  # fmt: skip
    group.add_argument("--seed", type=int, default=0, help="for what is left to chance")
    group.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR",
                       help="where runs and tables are kept (default: runs)")  # fmt: skip
    group.add_argument(
        "--retry-failed",
        action="store_true",
        help="ask the cases once more that failed in runs that are there",
    )
    group.add_argument("--dry-run", action="store_true",
                       help="say what would be run, with how many model calls, and estimate "
                            "tokens and time")  # fmt: skip


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
