"""How many model calls a second the evaluation keeps going, and how much of the time is its own.

    python eval/bench/throughput.py [--json OUT] [--people N] [--concurrency N] [--latency MS]

The engine is a stand-in: every call takes 10 ms, however many there are at once, and brings a fixed
text that the product can read. (A call of the 7B takes about a hundred times as long: --latency.)
Everything else is what a run does: histories of made-up people are replayed into agents that keep
memory on disk, then their questions are asked. Own work is the share of the wall time that the
calls alone would not have taken: 1 - calls * latency / concurrency / wall. Aims: at concurrency 32
at least 20 times the calls a second of one at a time, own work below 15%.

The text encoder is a model too, but ours to run, so both are measured: with all-MiniLM-L6-v2 on the
CPU, whose work counts as own, and with a stand-in for it that takes next to no time. CPU time tells
what own work comes to whatever else the machine does, and so how many free cores it takes until no
call waits for one: concurrency * cpu / (cpu + latency). A process has one, as Python's threads take
turns, so it is 1000 / cpu calls a second at most.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
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

LATENCY = 10.0  # milliseconds a call
RATIO_AIM, OWN_AIM = 20.0, 0.15
ALONE = 2  # people that are enough to measure one at a time


class StandIn(Engine):
    """Takes the same time for every call, whatever is asked, and any number of calls at once."""

    concurrency = 1024

    def __init__(self, latency: float) -> None:
        """latency: seconds."""
        self.name = f"stand-in of {1000 * latency:g} ms"
        self.calls = 0
        self._latency = latency
        self._lock = threading.Lock()

    def generate(self, request: Request) -> Iterator[Chunk]:
        with self._lock:
            self.calls += 1
        time.sleep(self._latency)
        yield Chunk(_text(request), Usage(1000, 50, 0, self._latency))


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


ENCODERS: dict[str, Callable[[], TextEncoder]] = {"stand-in": Instant, "MiniLM": MiniLM}


@dataclass(frozen=True, slots=True)
class Measured:
    """own: share of the wall time, from 0 to 1. latency, cpu: milliseconds a call. cores: how many
    would have to work at once, so that no call waits."""

    encoder: str
    latency: float
    concurrency: int
    people: int
    calls: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        return self.calls / self.seconds

    @property
    def own(self) -> float:
        return 1 - self.calls * self.latency / 1000 / self.concurrency / self.seconds

    @property
    def cores(self) -> float:
        return self.concurrency * self.cpu / (self.cpu + self.latency)

    @property
    def told(self) -> dict[str, object]:
        return asdict(self) | {"rate": self.rate, "own": self.own, "cores": self.cores}


def measured(cases: Sequence[Case], concurrency: int, encoder: str, latency: float) -> Measured:
    """One run of these cases, memories and all, from nothing."""
    engine, embeds = StandIn(latency / 1000), ENCODERS[encoder]()
    embeds.encode(["ready"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = PersonaVLM(engine, "a benchmark", CachedEncoder(embeds), folder / "unused")
        method = Remembering(WHOLE, Subject(model, Wanted()), Memories(model, folder / "memories"))
        started, used = time.perf_counter(), time.process_time()
        records = list(answered(method, cases, concurrency))
        seconds, cpu = time.perf_counter() - started, time.process_time() - used
    failed = [record.failed for record in records if record.failed]
    if failed:
        raise SystemExit(f"{len(failed)} cases failed: {failed[0]}")
    return Measured(
        encoder, latency, concurrency, len({case.persona for case in cases}), engine.calls,
        round(seconds, 3), round(1000 * cpu / engine.calls, 3),
    )  # fmt: skip


def write_people(folder: Path, people: int) -> list[Case]:
    """Their cases. Nobody's messages are another's, or their vectors would be there already."""
    names = [f"50/{number}" for number in range(people)]
    write(folder, people=names)
    for name in names:
        path = folder / "samples" / name / "user_data.json"
        data = json.loads(path.read_text("utf-8"))
        for number, turn in enumerate(turn for turns in data["sessions"] for turn in turns):
            turn["user"] += f" ({name}, {number})"
        path.write_text(json.dumps(data), "utf-8")
    return read(folder, "32k")


def main() -> None:
    asked = _parser().parse_args()
    told: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        cases = write_people(Path(folder), asked.people)
        first = {f"50/{number}" for number in range(ALONE)}
        for encoder in ENCODERS:
            few = [case for case in cases if case.persona in first]
            alone = measured(few, 1, encoder, asked.latency)
            _say(alone, "")
            many = measured(cases, asked.concurrency, encoder, asked.latency)
            ratio = many.rate / alone.rate
            _say(many, f": {ratio:.1f} times as many (aim {RATIO_AIM:g})")
            told += [alone.told, many.told | {"ratio": ratio}]
    if asked.json:
        aims = {"ratio": RATIO_AIM, "own": OWN_AIM}
        result = {"machine": machine(), "load": os.getloadavg(), "aims": aims, "runs": told}
        asked.json.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


def _say(one: Measured, more: str) -> None:
    print(
        f"encoder {one.encoder}, {one.people} people, {one.concurrency} at a time: "
        f"{one.calls} calls in {one.seconds:.1f} s, "
        f"{one.rate:.0f} a second{more}; own work {one.own:.0%} (aim {OWN_AIM:.0%}), "
        f"{one.cpu:.2f} ms of CPU a call: {one.cores:.1f} cores; "
        f"load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=64)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--latency", type=float, default=LATENCY, metavar="MS")
    parser.add_argument("--json", type=Path, metavar="OUT")
    return parser


if __name__ == "__main__":
    main()
