"""How many model calls a second the evaluation keeps going, and how much of the time is its own.

    python eval/bench/throughput.py [--json OUT] [--people N] [--concurrency N] [--encoder minilm]

The engine is a stand-in: every call takes 10 ms, however many there are at once, and brings a fixed
text that the product can read. Everything else is what a run does: histories of made-up people are
replayed into agents that keep memory on disk, then their questions are asked. Own work is the share
of the wall time that the calls alone would not have taken: 1 - calls * 10 ms / concurrency / wall.
Aims: at concurrency 32 at least 20 times the calls a second of one at a time, own work below 15%.

The stand-in encoder takes no time either; `--encoder minilm` has the real one on the CPU.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from eval.bench.machine import machine
from eval.benchmarks.persona_mme import read
from eval.case import Case
from eval.crew import answered
from eval.methods.memories import Memories
from eval.methods.remembering import WHOLE, Remembering
from eval.methods.subject import Subject
from eval.samples.build import write
from personavlm.engines.base import Chunk, Engine, Request
from personavlm.engines.choose import Wanted
from personavlm.memory.encode import CachedEncoder, MiniLM, TextEncoder, Vectors
from personavlm.model import PersonaVLM
from personavlm.protocol import (
    Answer,
    ReasonInputs,
    RetrieveRequest,
    SemanticDecision,
    SessionInputs,
    Task,
    TopicDraft,
    TurnInputs,
    write_entries,
    write_semantic,
    write_step,
    write_topics,
    write_traits,
)
from personavlm.records import Usage, Window

LATENCY = 0.010  # seconds a call
RATIO_AIM, OWN_AIM = 20.0, 0.15
ALONE = 2  # people that are enough to measure one at a time


class StandIn(Engine):
    """Takes 10 ms a call, whatever is asked, and any number of calls at once."""

    name = "stand-in of 10 ms"
    concurrency = 1024

    def __init__(self) -> None:
        self.calls = 0
        self._lock = threading.Lock()

    def generate(self, request: Request) -> Iterator[Chunk]:
        with self._lock:
            self.calls += 1
        time.sleep(LATENCY)
        yield Chunk(_text(request), Usage(1000, 50, 0, LATENCY))


def _text(request: Request) -> str:
    """Something that the product can read, of the length that a model would give."""
    match request.task, request.inputs:
        case Task.REASON, ReasonInputs() as inputs:
            if inputs.retrieved:
                return write_step("This settles it.", Answer("(a)"))
            words = " ".join(inputs.query.text.split()[:4])
            return write_step("I have to look that up.", RetrieveRequest(words, Window()))
        case Task.PERSONALITY, _:
            return write_traits([4, 3, 3, 3, 2])
        case Task.SEMANTIC, TurnInputs() as inputs:
            text = inputs.query.text
            kept = SemanticDecision("It may matter.", True, text, tuple(text.split()[:3]), ())
            return write_semantic(kept)
        case Task.EPISODIC, SessionInputs() as inputs:
            rounds = tuple(range(len(inputs.dialogue)))
            return write_topics([TopicDraft(inputs.dialogue[0].text, ("talk",), rounds)])
        case ((Task.PROCEDURAL | Task.CORE), SessionInputs()):
            return write_entries({"mood": "Is calm most of the time."})
        case _:
            raise AssertionError(request.task)


class Instant:
    """A stand-in encoder: a direction drawn from the text's hash. It takes next to no time."""

    name = "stand-in"
    dimension = 384

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = [np.frombuffer(hashlib.shake_128(t.encode()).digest(384), np.int8) for t in texts]
        vectors = np.array(rows, np.float32).reshape(len(texts), self.dimension) + 0.5
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@dataclass(frozen=True, slots=True)
class Measured:
    """own: share of the wall time, from 0 to 1."""

    concurrency: int
    people: int
    calls: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.calls / self.seconds

    @property
    def own(self) -> float:
        return 1 - self.calls * LATENCY / self.concurrency / self.seconds


def measured(cases: Sequence[Case], concurrency: int, encoder: TextEncoder) -> Measured:
    """One run of these cases, memories and all, from nothing."""
    engine = StandIn()
    with tempfile.TemporaryDirectory() as folder:
        model = PersonaVLM(engine, "a benchmark", CachedEncoder(encoder), Path(folder) / "unused")
        subject = Subject(model, Wanted())
        method = Remembering(WHOLE, subject, Memories(model, Path(folder) / "memories"))
        started = time.perf_counter()
        records = list(answered(method, cases, concurrency))
        seconds = time.perf_counter() - started
    failed = [record.failed for record in records if record.failed]
    if failed:
        raise SystemExit(f"{len(failed)} cases failed: {failed[0]}")
    people = len({case.persona for case in cases})
    return Measured(concurrency, people, engine.calls, round(seconds, 3))


def main() -> None:
    asked = _parser().parse_args()
    encoder = MiniLM() if asked.encoder == "minilm" else Instant()
    encoder.encode(["ready"])
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), people=[f"50/{number}" for number in range(asked.people)])
        cases = read(Path(folder), "32k")
        first = {f"50/{number}" for number in range(ALONE)}
        alone = measured([case for case in cases if case.persona in first], 1, encoder)
        many = measured(cases, asked.concurrency, encoder)
    ratio = many.rate / alone.rate
    for one in (alone, many):
        print(
            f"concurrency {one.concurrency:3}: {one.people} people, {one.calls} calls in "
            f"{one.seconds:.1f} s, {one.rate:.0f} calls a second, own work {one.own:.0%}"
        )
    print(f"{ratio:.1f} times the calls a second (aim {RATIO_AIM:g}), encoder: {encoder.name}")
    if asked.json:
        runs = [asdict(one) | {"rate": one.rate, "own": one.own} for one in (alone, many)]
        told = {"machine": machine(), "engine": StandIn.name, "encoder": encoder.name}
        aims = {"ratio": RATIO_AIM, "own": OWN_AIM}
        text = json.dumps(told | {"runs": runs, "ratio": ratio, "aims": aims}, indent=1)
        asked.json.write_text(text + "\n", "utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=64)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--encoder", choices=("stand-in", "minilm"), default="stand-in")
    parser.add_argument("--json", type=Path, metavar="OUT")
    return parser


if __name__ == "__main__":
    main()
