"""`run.py --table open` (paper, Fig. 5): two systems answer openly, and judges compare the replies.

PersonaVLM answers from the memory that it built, the opponent by its own method. Each question is
judged in both orders. What is answered and what is judged is kept, and never done twice.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from tqdm import tqdm

from eval.benchmarks.source import source
from eval.case import Benchmark
from eval.journal import Run
from eval.methods.remembering import WHOLE
from eval.open import lines
from eval.open.answers import Side, planned, replies, there
from eval.open.flags import JUDGE_KEY, OPPONENT_KEY
from eval.open.judge import try_out
from eval.open.judgement import Judgement, claimed, judgement
from eval.open.questions import DRAWN, Drawn, draw, known
from eval.open.verdicts import Pair, Shown, Verdict, put_all
from eval.plan import described
from eval.report.comparison import report
from personavlm.engines.choose import Wanted, split_urls
from personavlm.engines.openai.endpoint import OPENAI, Endpoint
from personavlm.errors import BadInput, EngineUnavailable


def run(asked: argparse.Namespace) -> str:
    """Answer, judge and report what is not there yet; returns the report as Markdown.

    Raises:
        BadInput: no judge is named, the data is missing or malformed, or the options do not go
        together. EngineUnavailable: a model or a judge cannot be asked (any more): what is there
        stays, and the same command goes on.
    """
    judges = _judges(asked)
    sides = _sides(asked)
    place = source(Benchmark.PERSONA_MME, asked.data, asked.data_revision)
    drawn = draw(place, asked.context, asked.limit or DRAWN, asked.seed)
    if asked.dry_run:
        return _described(sides, drawn, judges, asked)
    place.histories(drawn.cases)
    if not all(there(side, drawn, asked) for side in sides):
        for endpoint in judges:  # before hours go into replies that nobody could judge
            with _named(endpoint.model):
                try_out(endpoint)
    ours, theirs = replies(sides, drawn, asked)
    pairs = _pairs(ours, theirs, drawn)
    told_of = sum(bool(pair.person) for pair in pairs)
    for endpoint in judges:
        about = judgement(ours, theirs, endpoint.model, endpoint.url, drawn, told_of)
        with closing(endpoint):
            _judge(endpoint, about, pairs, asked)
    return report(asked.out)


def _judges(asked: argparse.Namespace) -> list[Endpoint]:
    """Those that are named, at the addresses that go with them.

    Raises:
        BadInput: none is named, or there are not as many addresses or keys as there should be.
    """
    names = list(dict.fromkeys(asked.judge_model))
    if not names or not asked.judge_url:
        raise BadInput(
            "Open replies are compared by a model: name it with --judge-model, and its "
            f"OpenAI-compatible address with --judge-url. Its key goes into {JUDGE_KEY}."
        )
    urls = _for_each(asked.judge_url, names, "--judge-url")
    keys = os.environ.get(JUDGE_KEY, "").split(",")
    if len(set(urls)) > 1 and len(keys) == 1 and keys[0]:
        raise BadInput(
            f"{JUDGE_KEY} has one key for judges at several addresses, which would all see it: "
            "give one for each, in the order of the judges and with commas between them; nothing "
            "between two commas for one that needs none."
        )
    keys = _for_each(keys, names, JUDGE_KEY)
    return [
        Endpoint(name, url=url, key=key.strip() or _usual_key(url))
        for name, url, key in zip(names, urls, keys, strict=True)
    ]


def _usual_key(url: str) -> str | None:
    """That of the environment is for OpenAI's own address: no other is sent it."""
    return os.environ.get("OPENAI_API_KEY") if url.rstrip("/") == OPENAI else None


def _for_each(given: Sequence[str], names: Sequence[str], what: str) -> list[str]:
    """One for all, or one for each."""
    if len(given) not in (1, len(names)):
        raise BadInput(f"{what}: {len(given)} for {len(names)} judges. Give one, or one for each.")
    return list(given) * (len(names) if len(given) == 1 else 1)


def _sides(asked: argparse.Namespace) -> tuple[Side, Side]:
    """PersonaVLM, and its opponent: with a model of its own where one is named."""
    ours = Wanted(
        asked.engine, asked.model, asked.revision, split_urls(asked.engine_url),
        os.environ.get("PERSONAVLM_ENGINE_KEY"),
    )  # fmt: skip
    own = (
        asked.opponent_engine, asked.opponent_model, asked.opponent_revision, asked.opponent_url
    )  # fmt: skip
    theirs = ours
    if any(own):
        theirs = Wanted(
            asked.opponent_engine or "auto", asked.opponent_model, asked.opponent_revision,
            split_urls(asked.opponent_url), os.environ.get(OPPONENT_KEY),
        )  # fmt: skip
    if (asked.opponent, theirs) == (WHOLE, ours):
        raise BadInput(
            "These are the same two systems: give another --opponent, or an --opponent-model."
        )
    return Side(WHOLE, ours), Side(asked.opponent, theirs)


def _pairs(ours: Run, theirs: Run, drawn: Drawn) -> list[Pair]:
    """The replies of both, question by question, with what the judge is told of the person."""
    mine, yours = ({record.case: record for record in run.records} for run in (ours, theirs))
    rows = drawn.rows
    return [Pair(case, mine[case.id], yours[case.id], known(case, rows)) for case in drawn.cases]


def _judge(
    endpoint: Endpoint, about: Judgement, pairs: Sequence[Pair], asked: argparse.Namespace
) -> None:
    """All verdicts of one judge, in the order of the questions once they are complete.

    One stays as long as it is of the replies that there are; where failed ones are to be asked
    again, those without an outcome too.
    """
    digests = {pair.case.id: pair.digest for pair in pairs}

    def stays(verdict: Verdict) -> bool:
        again = asked.retry_failed and verdict.outcome is None
        return verdict.of == digests.get(verdict.case) and not again

    folder = _folder(asked.out, about)
    with lines.opened(folder, claimed(about), pairs, stays) as journal:
        done = {(verdict.case, verdict.shown): verdict for verdict in journal.rows}
        verdicts = put_all(pairs, set(done), endpoint, asked.concurrency)
        progress = tqdm(
            verdicts, f"judged by {endpoint.model}", len(Shown) * len(pairs), initial=len(done),
            unit="verdict", disable=None,
        )  # fmt: skip
        with closing(verdicts), _named(endpoint.model):
            for verdict in progress:
                journal.append(verdict)
                done[verdict.case, verdict.shown] = verdict
        lines.rewrite(folder, [done[pair.case.id, shown] for pair in pairs for shown in Shown])


def _folder(out: Path, about: Judgement) -> Path:
    between = f"{about.ours.name} against {about.theirs.name}"
    judge = f"{about.judge} at {about.url.partition('//')[2]}"
    return out / "open" / "verdicts" / _plain(between) / _plain(judge)


def _plain(name: str) -> str:
    """Fit for a folder."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-")


@contextmanager
def _named(judge: str) -> Iterator[None]:
    """What goes wrong with a judge, as its: the engines' keys and options are others."""
    try:
        yield
    except EngineUnavailable as error:
        raise EngineUnavailable(
            f"The judge {judge}: {error} (For a judge that is --judge-model, --judge-url and "
            f"{JUDGE_KEY}.)"
        ) from error


def _described(
    sides: Sequence[Side], drawn: Drawn, judges: Sequence[Endpoint], asked: argparse.Namespace
) -> str:
    """What would be run, with how many model calls."""
    each = len(Shown) * len(drawn.cases)
    return "\n".join([
        f"{len(drawn.cases)} of {drawn.of} questions of {drawn.context}, asked openly",
        *(described(planned(side, drawn, asked), asked.retry_failed) for side in sides),
        *(f"judged by {one.model} at {one.url}: {each} calls" for one in judges),
    ])  # fmt: skip
