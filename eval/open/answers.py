"""What the two systems reply to open questions: runs like those of the tables, without letters.

A run that is complete is taken as it is, without loading its model again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, cast

from tqdm import tqdm

from eval.case import Benchmark
from eval.crew import answered
from eval.journal import MANIFEST, Manifest, Run, differences, opened, put_in_order, read
from eval.methods.base import Method
from eval.methods.choose import choose
from eval.methods.subject import ANSWERED_BY, Asking, Subject
from eval.open.questions import Drawn
from eval.plan import Planned, memories, run_of
from eval.scoring.score import Record, Verdict
from personavlm.engines.choose import Wanted
from personavlm.errors import BadInput
from personavlm.model import PersonaVLM

OPENLY = "openly: no options, and its own words are the answer"


class AskedOpenly(Subject):
    """A model whose own words are the answer, whichever engine runs it."""

    __slots__ = ()

    @property
    def asking(self) -> Asking:
        return Asking.OPTIONS  # of which an open question has none

    @property
    def settings(self) -> Mapping[str, object]:
        return {**super().settings, "asked": OPENLY}


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two systems: a method by its name, and the model that it runs."""

    method: str
    wanted: Wanted


def replies(sides: Sequence[Side], drawn: Drawn, asked: argparse.Namespace) -> list[Run]:
    """The replies of each side, made where they are not there yet.

    Raises:
        EngineUnavailable: a model cannot be run, or stopped; what is answered so far stays.
        BadInput: a method cannot be asked openly, or a folder holds another run.
    """
    runs: dict[Side, Run] = {}
    for wanted in dict.fromkeys(side.wanted for side in sides):  # each model is loaded once
        with PersonaVLM.prepare(wanted, prompts=asked.prompts) as model:
            for side in sides:
                if side.wanted == wanted:
                    runs[side] = _replies(side, model, drawn, asked)
    return [runs[side] for side in sides]


def there(side: Side, drawn: Drawn, asked: argparse.Namespace) -> bool:
    """Whether all replies of a side are; loads nothing."""
    return _finished(planned(side, drawn, asked), asked.retry_failed)


def planned(side: Side, drawn: Drawn, asked: argparse.Namespace) -> Planned:
    """The run of a side, for which nothing is loaded."""
    with PersonaVLM.prepare(side.wanted, prompts=asked.prompts) as model:
        return _planned(side, model, drawn, asked)


def _replies(side: Side, model: PersonaVLM, drawn: Drawn, asked: argparse.Namespace) -> Run:
    run = _planned(side, model, drawn, asked)
    if _finished(run, asked.retry_failed):
        return read(run.folder)
    model.load(lambda line: print(line, file=sys.stderr))
    run = _planned(side, model, drawn, asked)  # now it is known what answers
    with opened(run.folder, run.manifest, asked.retry_failed) as journal:
        left = [case for case in run.cases if case.id not in journal.done]
        records = answered(run.method, left, asked.concurrency)
        progress = tqdm(
            records, f"{run.method.name}, openly", len(run.cases),
            initial=len(run.cases) - len(left), unit="question", disable=None,
        )  # fmt: skip
        with closing(records):
            for record in progress:
                journal.append(_unscored(record))
    put_in_order(run.folder, [case.id for case in run.cases])
    return read(run.folder)


def _unscored(record: Record) -> Record:
    """An open reply has no letter that a scorer could read."""
    return replace(record, official=None, robust=Verdict("", False))


def _planned(side: Side, model: PersonaVLM, drawn: Drawn, asked: argparse.Namespace) -> Planned:
    """Memories are those of the same model's other runs."""
    plain = Subject(model, side.wanted)
    [method] = choose(
        [side.method], Benchmark.PERSONA_MME, asked.seed, None, plain, memories(asked)
    )
    if not hasattr(method, "subject"):
        raise BadInput(f"{side.method} picks options, and has no words of its own to compare.")
    openly: Method = replace(cast(Any, method), subject=AskedOpenly(model, side.wanted))
    return run_of(
        openly, drawn.cases, drawn.of, drawn.context, drawn.source, asked,
        asked.out / "open" / "answers", seed=asked.seed,
    )  # fmt: skip


def _finished(run: Planned, again: bool) -> bool:
    """Whether it is there, for all that is known before its model is loaded.

    again: failed questions are to be asked once more.

    Raises:
        BadInput: its folder holds another run.
    """
    if not (run.folder / MANIFEST).exists():
        return False
    there = read(run.folder)
    if other := differences(_unloaded(there.manifest), _unloaded(run.manifest)):
        raise BadInput(
            f"{run.folder} holds another run: {other}. Give another --out, or remove it."
        )
    return there.complete and not (again and any(record.failed for record in there.records))


def _unloaded(manifest: Manifest) -> Manifest:
    settings = {name: v for name, v in manifest.settings.items() if name != ANSWERED_BY}
    return replace(manifest, settings=settings, published=(), weights="")
