"""Methods that other processes make for themselves: what a test starts has to be importable."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from eval.subjects import memories, subject

from eval.case import Answer, Case
from eval.methods.remembering import WHOLE, Remembering
from personavlm.errors import BadInput, EngineUnavailable

UNREADABLE = "Too long."
STOPPED = "The server has stopped."


@dataclass(frozen=True, slots=True)
class Telling:
    """Says which process answered; some cases go wrong."""

    stops_at: str
    dies_at: str
    name: str = "telling"
    published: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)

    def calls(self, cases: Sequence[Case]) -> int:
        return len(cases)

    def answer(self, case: Case) -> Answer:
        if case.id == self.stops_at:
            raise EngineUnavailable(STOPPED)
        if case.id == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if case.id == "q3":
            raise BadInput(UNREADABLE)
        return Answer("(a)", None, {"process": os.getpid()})


@contextmanager
def telling(stops_at: str = "", dies_at: str = "") -> Iterator[Telling]:
    yield Telling(stops_at, dies_at)


@contextmanager
def remembering(folder: Path) -> Iterator[Remembering]:
    """PersonaVLM with a scripted engine, and memories in this folder."""
    of = subject(folder)
    yield Remembering(WHOLE, of, memories(folder, of))
