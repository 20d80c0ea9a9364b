"""Table 11: what an answer costs with reasoning, without it, and with the full context.

Each of the three answers the same questions of Persona-MME, drawn by chance from all lengths that
are there (the paper does not say of which its 100 were), one request at a time: under load seconds
say how busy a server is. Tokens are those that the engine counted, of every call that an answer
took. Memories are built before, as many at a time as asked for, and are no part of it.

These runs are apart from those of the other tables, which may be made under load.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

from tqdm import tqdm

from eval.benchmarks.files import Absent
from eval.benchmarks.persona_mme import ALIGNMENT, CONTEXTS
from eval.benchmarks.replay import told
from eval.benchmarks.source import source
from eval.case import Benchmark, Case
from eval.journal import MANIFEST, Run, read
from eval.methods.choose import choose
from eval.methods.prompted import FULL
from eval.methods.remembering import REASONING, WHOLE, Remembering
from eval.methods.subject import Asking, Subject
from eval.plan import Planned, memories, run_of
from eval.published.efficiency import TABLE_11, row_of
from eval.published.table import SOURCE
from eval.report.sheet import Sheet, comma_separated, latex, markdown
from eval.scoring.score import Record
from personavlm.errors import BadInput, EngineUnavailable, PersonaVLMError

QUESTIONS = 100  # as many as the paper drew
METHODS = (FULL, REASONING, WHOLE)
FOLDER = "efficiency"
HEAD = (
    "method", "n", "failed", "prompt", "generated", "of these cached", "tokens", "published",
    "seconds", "published",
)  # fmt: skip
NONE = "-"


@dataclass(frozen=True, slots=True)
class Figures:
    """Means an answer, over those that did not fail. None: no language model counted any."""

    method: str
    answered_by: str
    n: int
    failed: int
    prompt_tokens: float | None
    completion_tokens: float | None
    cached_tokens: float | None
    tokens: float | None
    seconds: float | None
    published_tokens: float | None
    published_seconds: float | None


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


def report(out: Path) -> str:
    """Write what the runs of a folder come to, beside the published table; as Markdown.

    Raises:
        BadInput: a run is damaged.
    """
    runs = [read(path.parent) for path in sorted((out / FOLDER).glob(f"*/*/{MANIFEST}"))]
    by_method: dict[str, list[Run]] = {}
    for run in runs:
        by_method.setdefault(run.manifest.method, []).append(run)
    whole = [made for made in by_method.values() if all(run.complete for run in made)]
    made = [_figures(runs) for runs in whole]
    unfinished = [name for name in by_method if name not in {one.method for one in made}]
    made_of = {(run.manifest.code, *run.manifest.data.values()) for made in whole for run in made}
    sheets = [_ours(made, unfinished, len(made_of) > 1), _theirs()]
    rows = [asdict(one) for one in made]
    text = markdown(sheets)
    for name, content in {
        "efficiency.json": json.dumps({"rows": rows}, indent=1) + "\n",
        "efficiency.md": text,
        "efficiency.tex": latex(sheets),
        "efficiency.csv": comma_separated(
            tuple(Figures.__dataclass_fields__), [tuple(row.values()) for row in rows]
        ),
    }.items():
        draft = out / f"{name}.draft"
        draft.write_text(content, "utf-8")
        draft.replace(out / name)
    return text


def _figures(runs: Sequence[Run]) -> Figures:
    records = [record for run in runs for record in run.records]
    answered = [record for record in records if not record.failed]
    told_of = runs[0].manifest
    theirs = row_of(*told_of.published)
    # A server that counts no tokens says 0 of a prompt, which has always some.
    counted = [each.usage for each in answered if each.usage and each.usage["prompt_tokens"]]
    prompt, completion, cached = (
        _mean([usage[name] for usage in counted])
        for name in ("prompt_tokens", "completion_tokens", "cached_tokens")
    )
    tokens = None if prompt is None or completion is None else round(prompt + completion, 1)
    seconds = _mean([_seconds(record) for record in answered], 3)
    return Figures(
        told_of.method, str(told_of.settings.get("answered by", "")), len(records),
        len(records) - len(answered), prompt, completion, cached, tokens, seconds,
        *(theirs.cells if theirs else (None, None)),
    )  # fmt: skip


def _mean(values: Sequence[float], decimals: int = 1) -> float | None:
    return round(fmean(values), decimals) if values else None


def _seconds(record: Record) -> float:
    """From the question to the end of the reply: searching too, where a method searches."""
    return float((record.detail or {})["seconds"])


def _ours(made: Sequence[Figures], unfinished: Sequence[str], mixed: bool) -> Sheet:
    rows = tuple(
        (
            one.method, str(one.n), str(one.failed),
            *map(_whole, (one.prompt_tokens, one.completion_tokens, one.cached_tokens, one.tokens,
                          one.published_tokens)),
            NONE if one.seconds is None else f"{one.seconds:.2f}",
            NONE if one.published_seconds is None else f"{one.published_seconds:g}",
        )
        for one in made
    )  # fmt: skip
    notes = (
        "Means an answer; failed cases are counted, and in no mean. The same questions for every "
        "row, one request at a time, memories built before.",
        "Tokens: of the prompts and replies of all calls of an answer, as the engine counts them. "
        "`of these cached` were read from an earlier prompt and not computed again. The paper does "
        "not say what its tokens count.",
        "Seconds are of this machine and its load at the time; the paper does not name its "
        "hardware, so the two columns of seconds cannot be held against each other.",
        *(f"{one.method}: answered by {one.answered_by}." for one in made),
        *(f"{name}: not complete: left out." for name in unfinished),
        *(["These runs were made from different files or by different code."] if mixed else []),
    )
    return Sheet("Efficiency: our runs", HEAD, rows, notes)


def _whole(value: float | None) -> str:
    return NONE if value is None else f"{value:,.0f}"


def _theirs() -> Sheet:
    texts = [note.text for note in TABLE_11.notes]
    rows = []
    for row in TABLE_11.rows:
        cells = [
            " ".join([
                f"{value:,g}" if value is not None else NONE,
                *(f"[{n}]" for n, note in enumerate(TABLE_11.notes, 1) if note.marks(row, column)),
            ])
            for column, value in zip(TABLE_11.columns, row.cells, strict=True)
        ]  # fmt: skip
        rows.append((row.label, *cells))
    head = ("published row", *(column.name for column in TABLE_11.columns))
    title = f"{TABLE_11.title}: {SOURCE}, Table {TABLE_11.number}"
    notes = tuple(f"[{number}] {text}" for number, text in enumerate(texts, 1))
    return Sheet(title, head, tuple(rows), notes)
