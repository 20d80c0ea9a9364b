"""efficiency.json, .md, .tex and .csv: Table 11 as our runs have it, beside the published one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

from filelock import FileLock

from eval import durable
from eval.journal import MANIFEST, Run, read
from eval.methods.prompted import FULL
from eval.methods.remembering import REASONING, WHOLE
from eval.methods.subject import ANSWERED_BY
from eval.published.efficiency import TABLE_11, row_of
from eval.published.sizes import SIZES
from eval.published.table import SOURCE
from eval.report.means import mean, too_few
from eval.report.sheet import Sheet, comma_separated, latex, markdown
from eval.scoring.bootstrap import RESAMPLES, SEED, Interval
from eval.scoring.groups import WITH
from eval.scoring.score import Record

FOLDER = "efficiency"  # where its runs are, apart from those of the other tables
METHODS = (FULL, REASONING, WHOLE)  # of its rows, in the paper's order
HEAD = (
    "method", "n", "failed", "prompt", "generated", "of these cached", "tokens", "95% interval",
    "published", "seconds", "95% interval", "published",
)  # fmt: skip
NONE = "-"
HOW = (
    "Means an answer; failed cases are counted, and in no mean. The same questions for every "
    "row, one request at a time, memories built before.",
    "Tokens: of the prompts and replies of all calls of an answer, as the engine counts them. "
    "What is cached was read from an earlier prompt and not computed again. The paper does "
    "not say what its tokens count.",
    "Seconds are of this machine and its load at the time; the paper does not name its "
    "hardware, so the two columns of seconds cannot be held against each other.",
    f"Intervals: 95% of {RESAMPLES:,} bootstrap resamples (seed {SEED}), which draw whole persons; "
    "none where there is one only.",
)


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
    tokens_interval: Interval | None
    seconds: float | None
    seconds_interval: Interval | None
    published_tokens: float | None
    published_seconds: float | None


@dataclass(frozen=True, slots=True)
class Costs:
    """One row: a method, its runs (one for each context length), and what they come to."""

    runs: tuple[Run, ...]
    figures: Figures

    @property
    def published(self) -> str:
        """What the paper calls the row; empty where it has none."""
        row = row_of(*self.runs[0].manifest.published)
        return row.label if row else ""


@dataclass(frozen=True, slots=True)
class Efficiency:
    """The table of a folder. unfinished: runs without figures, as not all of a row are complete."""

    rows: tuple[Costs, ...]
    unfinished: tuple[Run, ...]

    @property
    def runs(self) -> list[Run]:
        return [run for row in self.rows for run in row.runs]

    @property
    def notes(self) -> list[str]:
        """What a reader has to know before comparing these figures."""
        made_of = {(run.manifest.code, *run.manifest.data.values()) for run in self.runs}
        asked = dict.fromkeys(_draw(row) for row in self.rows)
        return [
            *HOW,
            *too_few((one.cluster for run in self.runs for one in run.records), "persons"),
            *asked,
            *(f"{one.figures.method}: answered by {one.figures.answered_by}." for one in self.rows),
            *dict.fromkeys(
                f"{run.manifest.method}: not complete: left out." for run in self.unfinished
            ),
            *(
                ["These runs were made from different files or by different code."]
                if len(made_of) > 1
                else []
            ),
        ]


def _draw(row: Costs) -> str:
    """Which questions a row is over."""
    told = row.runs[0].manifest.settings
    by_length = ", ".join(
        f"{len(run.records)} from {run.manifest.of:,} cases of {run.manifest.context}{_other(run)}"
        for run in row.runs
    )
    return f"Questions, drawn with seed {told.get('seed')}: {by_length}."


def _other(run: Run) -> str:
    """How many the paper drew from, where that is not the same."""
    theirs = SIZES[run.manifest.benchmark, run.manifest.context][WITH]
    return "" if run.manifest.of == theirs else f" (theirs {theirs:,}: not the same set)"


def efficiency(out: Path) -> Efficiency:
    """What the runs below a folder come to.

    Raises:
        BadInput: a run is damaged.
    """
    there = [read(path.parent) for path in (out / FOLDER).glob(f"*/*/{MANIFEST}")]
    by_method: dict[str, list[Run]] = {}
    for run in sorted(there, key=_order):
        by_method.setdefault(run.manifest.method, []).append(run)
    whole = [runs for runs in by_method.values() if all(run.complete for run in runs)]
    return Efficiency(
        tuple(Costs(tuple(runs), _figures(runs)) for runs in whole),
        tuple(run for runs in by_method.values() if runs not in whole for run in runs),
    )


def _order(run: Run) -> tuple[int, str, int, str]:
    """By model, in the paper's order of rows, 32k before 128k."""
    about = run.manifest
    method = about.method.partition(" ")[0]
    place = METHODS.index(method) if method in METHODS else len(METHODS)
    return (place, about.method, len(about.context), about.context)


def report(out: Path) -> str:
    """Write the table of a folder into it; returns it as Markdown.

    Raises:
        BadInput: a run is damaged.
    """
    with FileLock(out / ".lock"):
        found = efficiency(out)
        sheets = [_ours(found), _theirs()]
        rows = [asdict(one.figures) for one in found.rows]
        text = markdown(sheets)
        table = comma_separated(
            tuple(Figures.__dataclass_fields__), [tuple(map(_plain, row.values())) for row in rows]
        )
        for name, content in {
            "efficiency.json": json.dumps({"rows": rows}, indent=1) + "\n",
            "efficiency.md": text,
            "efficiency.tex": latex(sheets),
            "efficiency.csv": table,
        }.items():
            durable.replace(out / name, content)
    return text


def _plain(value: object) -> object:
    return f"{value[0]} to {value[1]}" if isinstance(value, tuple) else value


def _figures(runs: Sequence[Run]) -> Figures:
    records = [record for run in runs for record in run.records]
    answered = [record for record in records if not record.failed]
    told = runs[0].manifest
    theirs = row_of(*told.published)
    # A server that counts no tokens says 0 of a prompt, which has always some.
    counted = [(one.cluster, one.usage) for one in answered
               if one.usage and one.usage["prompt_tokens"]]  # fmt: skip
    prompt, completion, cached = (
        round(fmean(usage[name] for _, usage in counted), 1) if counted else None
        for name in ("prompt_tokens", "completion_tokens", "cached_tokens")
    )
    tokens = [(who, usage["prompt_tokens"] + usage["completion_tokens"]) for who, usage in counted]
    return Figures(
        told.method, str(told.settings.get(ANSWERED_BY, "")), len(records),
        len(records) - len(answered), prompt, completion, cached,
        *_mean(tokens, 1), *_mean([(one.cluster, _seconds(one)) for one in answered], 3),
        *(theirs.cells if theirs else (None, None)),
    )  # fmt: skip


def _mean(
    values: Sequence[tuple[str, float]], decimals: int
) -> tuple[float | None, Interval | None]:
    if not values:
        return None, None
    found = mean(values)
    if found.interval is None:
        return round(found.value, decimals), None
    low, high = found.interval
    return round(found.value, decimals), (round(low, decimals), round(high, decimals))


def _seconds(record: Record) -> float:
    """From the question to the end of the reply: searching too, where a method searches."""
    return float((record.detail or {})["seconds"])


def _ours(found: Efficiency) -> Sheet:
    rows = tuple(_row(one.figures) for one in found.rows)
    return Sheet("Efficiency: our runs", HEAD, rows, tuple(found.notes))


def _row(one: Figures) -> tuple[str, ...]:
    return (
        one.method, str(one.n), str(one.failed),
        *map(_whole, (one.prompt_tokens, one.completion_tokens, one.cached_tokens, one.tokens)),
        NONE if one.tokens_interval is None else " to ".join(map(_whole, one.tokens_interval)),
        _whole(one.published_tokens),
        NONE if one.seconds is None else f"{one.seconds:.2f}",
        NONE if one.seconds_interval is None
        else " to ".join(f"{end:.2f}" for end in one.seconds_interval),
        NONE if one.published_seconds is None else f"{one.published_seconds:g}",
    )  # fmt: skip


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
