"""Make the tables of the paper, or a part of them, and put our scores beside the published ones.

    python eval/run.py --table all --engine sglang --concurrency 32    # every table, from the Hub
    python eval/run.py --table 1 --data DIR --model Qwen/Qwen2.5-VL-7B-Instruct
    python eval/run.py --table 8 --dry-run                             # what that would take
    python eval/run.py --benchmark personamem --data DIR               # what it gives away
    python eval/run.py --benchmark personamem --method predictions --predictions FILE
    python eval/run.py --smoke

Each method of each context length is a run: a folder below --out with its manifest and a JSON line
a case. Started again, a run goes on where it stopped; a folder never takes up a run with other
settings. The summary and the tables in --out are of all complete runs there, so further models and
tables may go into the same folder. Memories that a model built are kept there too, for its next
method. A case that failed counts as wrong and as failed until --retry-failed asks it again.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tqdm import tqdm

from eval import efficiency, smoke
from eval.benchmarks.source import tell
from eval.crew import answered
from eval.estimate import estimate
from eval.journal import Journal, opened, put_in_order
from eval.methods.choose import needs_model
from eval.methods.subject import Asking, Subject
from eval.options import options
from eval.plan import Planned, described, plan
from eval.report.efficiency import report as report_efficiency
from eval.report.questions import keep_questions
from eval.report.write import refresh, report
from eval.tables import ALL, EFFICIENCY, OPEN, TABLES, beside
from personavlm.engines.choose import Wanted, split_urls
from personavlm.errors import PersonaVLMError
from personavlm.model import PersonaVLM


def main(argv: Sequence[str] | None = None) -> int:
    asked = options(argv, __doc__ or "")
    try:
        if asked.smoke:
            smoke.write_samples(asked.data)
        if asked.table != OPEN:
            with _subject(asked) as subject:
                _tables(asked, subject)
        if asked.table == OPEN or (asked.table == ALL and asked.judge_model):
            from eval.open import command  # which no other table needs

            print(command.run(asked))
            if not asked.dry_run:
                refresh(asked.out, *smoke.notes(asked.out))
        elif asked.table == ALL:
            tell(f"Not run: Fig. 5 (--table {OPEN}), as no --judge-model is named.")
        if asked.smoke and not asked.dry_run:
            print(smoke.verdict(asked.out))
    except PersonaVLMError as error:
        tell(str(error))
        return 1
    except KeyboardInterrupt:
        tell("Interrupted. The same command goes on where this one stopped.")
        return 130
    return 0


@contextmanager
def _subject(asked: argparse.Namespace) -> Iterator[Subject | None]:
    """The model that the methods run, loaded unless nothing is to be run; None if none does."""
    if not _needs_model(asked):
        yield None
        return
    wanted = Wanted(
        asked.engine, asked.model, asked.revision, split_urls(asked.engine_url),
        os.environ.get("PERSONAVLM_ENGINE_KEY"),
    )  # fmt: skip
    with PersonaVLM.prepare(wanted, prompts=asked.prompts) as model:
        if not asked.dry_run:
            model.load(tell)
        yield Subject(model, wanted)


def _needs_model(asked: argparse.Namespace) -> bool:
    if asked.method:
        return ALL in asked.method or needs_model(asked.method)
    named = asked.model or asked.engine_url or asked.engine != "auto"
    return asked.table is not None or bool(named)


def _tables(asked: argparse.Namespace, subject: Subject | None) -> None:
    """Everything but the open comparison: run, or only described."""
    planned = plan(asked, subject)
    timed = _timed(asked, subject)
    if asked.dry_run:
        print("\n".join(described(run, asked.retry_failed) for run in (*planned, *timed)))
        if subject is not None:
            print(estimate(planned, timed, asked.out, subject, asked.retry_failed))
        return
    for run in planned:
        make(run, asked.concurrency, asked.retry_failed)
    if planned:
        print(report(asked.out, *smoke.notes(asked.out)))
        labels = {label for run in planned for label in run.method.published}
        for name in TABLES if asked.table == ALL else TABLES.keys() & {asked.table}:
            print(beside(name, labels))
    if timed:
        efficiency.build(timed, asked.concurrency)
        for run in timed:
            make(run, 1, asked.retry_failed)
        print(report_efficiency(asked.out))
        refresh(asked.out, *smoke.notes(asked.out))


def _timed(asked: argparse.Namespace, subject: Subject | None) -> list[Planned]:
    """The runs of Table 11, where that is asked for."""
    if subject is None or asked.table not in (EFFICIENCY, ALL) or asked.method or asked.benchmark:
        return []
    if asked.table == ALL and subject.asking is Asking.CLOSEST:
        tell(f"Not run: Table {EFFICIENCY} counts the tokens of a language model: there is none.")
        return []
    return efficiency.plan(asked, subject)


def make(run: Planned, concurrency: int, again: bool = False) -> None:
    """Make a run, or what is left of it. again: ask failed cases once more."""
    with opened(run.folder, run.manifest, again) as journal:
        keep_questions(run.folder, run.cases)
        carry_out(run, journal, concurrency)
    put_in_order(run.folder, [case.id for case in run.cases])


def carry_out(run: Planned, journal: Journal, concurrency: int = 1) -> None:
    """Answer what is not answered yet, about so many people at a time."""
    left = [case for case in run.cases if case.id not in journal.done]
    records = answered(run.method, left, concurrency)
    progress = tqdm(
        records, run.method.name, len(run.cases), initial=len(run.cases) - len(left), unit="case",
        disable=None,
    )  # fmt: skip
    failed = 0
    with closing(records):
        for record in progress:
            journal.append(record)
            if record.failed:
                failed += 1
                progress.set_postfix(failed=failed, refresh=False)


if __name__ == "__main__":
    sys.exit(main())
