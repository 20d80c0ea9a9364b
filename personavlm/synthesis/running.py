"""One run of `synthesize`: who writes and who checks, how far it is, and the files in the end."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm  # type: ignore[import-untyped]

from personavlm.engines.openai.endpoint import OPENAI, Endpoint
from personavlm.errors import EngineUnavailable
from personavlm.memory.hits import Limits
from personavlm.prompts import PromptPack
from personavlm.synthesis.checking import ModelCheck
from personavlm.synthesis.formats import Format
from personavlm.synthesis.mix import Mix
from personavlm.synthesis.plots import illustrate
from personavlm.synthesis.produce import produce
from personavlm.synthesis.simulator import Simulator
from personavlm.synthesis.spent import Prices, told
from personavlm.synthesis.split import Split
from personavlm.synthesis.writing.model import Material, ModelWriter
from personavlm.synthesis.writing.personas import personas
from personavlm.synthesis.writing.photos import album

# In the environment; a check at the writer's own address uses the writer's.
WRITER_KEY, CHECK_KEY = "PERSONAVLM_ENGINE_KEY", "PERSONAVLM_JUDGE_KEY"
OPENAI_KEY = "OPENAI_API_KEY"
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Run:
    """What was asked for, whoever writes it. at_once: people, where models are asked.

    size: of the simulator's lives. pack: the wording of the prompts in training rows. limits: what
    the searches in those rows return. mix: what of a life the supervised rows are made of.
    """

    out: Path
    people: int
    seed: int
    split: Split
    size: int | None
    formats: tuple[Format, ...]
    at_once: int
    pack: PromptPack
    limits: Limits
    mix: Mix


@dataclass(frozen=True, slots=True)
class Writing:
    """A model that writes. url: None for OpenAI's own address."""

    model: str
    url: str | None
    personas: str
    pictures: Path | None
    prices: Prices | None


@dataclass(frozen=True, slots=True)
class Checking:
    """A model that checks."""

    model: str
    url: str | None


def run(
    wanted: Run, writing: Writing | None, checking: Checking | None, report: Report
) -> dict[str, Any]:
    """Write people and their files; returns the figures of the report.

    writing: None for the simulator. checking: None for the rules alone.

    Raises:
        PersonaVLMError: something asked for cannot be had, or a model cannot be asked any more.
    """
    with ExitStack() as stack:
        check = None
        if checking is not None:
            beside = writing is not None and checking.url == writing.url
            key = WRITER_KEY if beside else CHECK_KEY
            check = ModelCheck(stack.enter_context(_endpoint(checking, key)), wanted.out)
        if writing is None:
            figures = _simulated(wanted, check)
        else:
            endpoint = stack.enter_context(_endpoint(writing, WRITER_KEY))
            figures = _written(wanted, writing, endpoint, check, report)
    illustrate(figures, wanted.out)
    return figures


def _simulated(wanted: Run, check: ModelCheck | None) -> dict[str, Any]:
    with tqdm(total=wanted.people, unit="person") as bar:
        return produce(
            Simulator(wanted.seed, wanted.split, wanted.size),
            wanted.people,
            wanted.out,
            wanted.formats,
            lambda _: bar.update(),
            check=check,
            at_once=wanted.at_once if check else 1,
            pack=wanted.pack,
            limits=wanted.limits,
            mix=wanted.mix,
        )


def _written(
    wanted: Run, writing: Writing, endpoint: Endpoint, check: ModelCheck | None, report: Report
) -> dict[str, Any]:
    material = Material(
        personas(writing.personas, wanted.split, wanted.seed, report),
        album(writing.pictures),
        wanted.out / "pieces",
    )
    if not material.pictures.shots:
        report("No --pictures: nobody shows any, and nobody is asked about one.")
    writer = ModelWriter(endpoint, wanted.seed, wanted.split, material)
    with closing(Meter(writer, wanted.people, writing.prices)) as meter:
        return produce(
            writer,
            wanted.people,
            wanted.out,
            wanted.formats,
            meter.finished,
            check=check,
            at_once=wanted.at_once,
            prices=writing.prices,
            pack=wanted.pack,
            limits=wanted.limits,
            mix=wanted.mix,
        )


class Meter:
    """How many turns are written, how fast, what it took, and how much time is left.

    What was there from an earlier run counts as done, but not towards the rate.
    """

    def __init__(self, writer: ModelWriter, people: int, prices: Prices | None) -> None:
        self._writer = writer
        self._prices = prices
        self._turns = [writer.turns(number) for number in range(people)]
        self._counted = [0] * people
        self._lock = threading.Lock()
        self.bar = tqdm(total=sum(self._turns), unit="turn", smoothing=0)
        writer.progress = self.wrote

    def close(self) -> None:
        self.bar.close()

    def wrote(self, number: int, turns: int, fresh: bool) -> None:
        """So many turns more of a person, from any thread. fresh: the model was asked for them."""
        with self._lock:
            self._counted[number] += turns
            if not fresh:
                self.bar.initial += turns
            self.bar.set_postfix_str(told(self._writer.asked, self._prices), refresh=False)
            self.bar.update(turns)

    def finished(self, people: int) -> None:
        """So many people are done: whatever of the last one was not counted was there."""
        number = people - 1
        self.wrote(number, self._turns[number] - self._counted[number], fresh=False)


@contextmanager
def _endpoint(asked: Writing | Checking, name: str) -> Iterator[Endpoint]:
    """name: of the environment's variable with the key. OpenAI's own key goes to OpenAI alone.

    Raises:
        EngineUnavailable: it needs a key, and there is none.
    """
    url = asked.url or OPENAI
    names = (name, OPENAI_KEY) if url == OPENAI else (name,)
    key = next((found for name in names if (found := os.environ.get(name))), None)
    if url == OPENAI and key is None:
        raise EngineUnavailable(
            f"{OPENAI} needs a key. Set it in {' or '.join(names)}, or name another address."
        )
    with closing(Endpoint(asked.model, url=url, key=key)) as endpoint:
        yield endpoint
