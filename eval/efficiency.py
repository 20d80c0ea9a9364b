"""Table 11: what an answer costs with reasoning, without it, and with the full context.

Each of the three answers the same questions of Persona-MME, drawn by chance from all lengths that
are there (the paper does not say of which its 100 were), one request at a time: under load seconds
say how busy a server is. Tokens are those that the engine counted, of every call that an answer
took. Memories are built before, as many at a time as asked for, and are no part of it.

These runs are apart from those of the other tables, which may be made under load.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tqdm import tqdm

from eval.benchmarks.files import Absent
from eval.benchmarks.persona_mme import ALIGNMENT, CONTEXTS
from eval.benchmarks.replay import told
from eval.benchmarks.source import source
from eval.case import Benchmark, Case
from eval.methods.choose import choose
from eval.methods.remembering import Remembering
from eval.methods.subject import Asking, Subject
from eval.plan import Planned, memories, run_of
from eval.published.efficiency import QUESTIONS
from eval.report.efficiency import FOLDER, METHODS
from personavlm.errors import BadInput, EngineUnavailable, PersonaVLMError


def plan(asked: argparse.Namespace, subject: Subject) -> list[Planned]:
    """The runs of the table: each method's, for each length that any drawn question is of.

    Raises:
        BadInput: the data is missing or malformed, or the engine runs no language model.
    """
    if subject.asking is Asking.CLOSEST:
        raise BadInput(
            "Table 11 counts the tokens of a language model, and the preview engine runs none. "
            "Name another --engine, or a running server with --engine-url."
        )
    place = source(Benchmark.PERSONA_MME, asked.data, asked.data_revision)
    found: dict[str, list[Case]] = {}
    absent = []
    for context in (asked.context,) if asked.context else CONTEXTS:
        try:
            found[context] = place.cases(context)
        except Absent as error:
            absent.append(error)
    if not found:
        raise absent[0]
    count = min(QUESTIONS, asked.limit or QUESTIONS)
    drawn = draw([case for cases in found.values() for case in cases], count, asked.seed)
    if not asked.dry_run:
        place.histories(drawn)
    methods = choose(METHODS, Benchmark.PERSONA_MME, asked.seed, None, subject, memories(asked))
    how = {"drawn": len(drawn), "seed": asked.seed, "requests at a time": 1}
    return [
        run_of(method, kept, len(cases), context, place, asked, asked.out / FOLDER, **how)
        for method in methods
        for context, cases in found.items()
        if (kept := [case for case in drawn if case.context == context])
    ]


def draw(cases: Sequence[Case], count: int, seed: int) -> list[Case]:
    """So many questions by chance, in the order of the file; whether a reply fits is not one."""
    fit = [case for case in cases if case.group != ALIGNMENT]
    places = random.Random(f"{seed} efficiency").sample(range(len(fit)), min(count, len(fit)))
    return [fit[place] for place in sorted(places)]


def build(planned: Sequence[Planned], concurrency: int) -> None:
    """Have the memories built that these runs read, about so many people at a time.

    Raises:
        EngineUnavailable: the engine stopped; what is built so far stays.
    """
    runs = [run for run in planned if isinstance(run.method, Remembering)]
    if not runs:
        return
    built_by = runs[0].method
    assert isinstance(built_by, Remembering)
    first = {case.history.path: case for run in runs for case in run.cases if case.history}

    def one(case: Case) -> None:
        try:
            with built_by.memories.opened(told(case)):
                pass
        except EngineUnavailable:
            raise
        except PersonaVLMError:
            return  # the cases about it will fail, where they are answered, and say why

    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="person")
    try:
        done = pool.map(one, first.values())
        for _ in tqdm(done, "memories", len(first), unit="person", disable=None):
            pass
    finally:
        pool.shutdown(cancel_futures=True)
