"""What everything around the engine costs: time per turn, search, memory of idle agents.

    python eval/bench/overhead.py [--json OUT] [--turns N] [--idle N]

A turn is one message answered with one search, by an engine that answers at once: what is left is
ours. The encoder is the real one (all-MiniLM-L6-v2); its share is told separately. Search is
compared with a bare `faiss.knn` over the same vectors, one for each view, in the same run. Memories
are written through the product's own code. Aims: a turn p95 below 15 ms at 1,000 memories and 40 ms
at 10,000; search at most 3 times the bare knn at 10,000.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import faiss
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from eval.bench.machine import machine  # noqa: E402
from personavlm.agent import Agent  # noqa: E402
from personavlm.engines.base import Chunk, Engine, Request  # noqa: E402
from personavlm.memory.database import Database, person_folder  # noqa: E402
from personavlm.memory.encode import MiniLM, TextEncoder, Vectors  # noqa: E402
from personavlm.memory.index import VIEWS  # noqa: E402
from personavlm.protocol import Answer, RetrieveRequest, Task, write_step  # noqa: E402
from personavlm.records import MemoryType, Usage, Window  # noqa: E402

SIZES = (1_000, 10_000)
AIMS_MS = {1_000: 15.0, 10_000: 40.0}
RATIO_AIM = 3.0
ZONE = ZoneInfo("Europe/Lisbon")
FIRST = datetime(2024, 1, 1, 9, tzinfo=ZONE)
SUBJECTS = ("my sister", "the corgi", "a friend from work", "our neighbour", "my teacher", "I")
VERBS = ("bought", "lost", "painted", "repaired", "cooked", "forgot", "found", "borrowed")
OBJECTS = ("a red bike", "the old piano", "a walnut cake", "two tickets", "the garden fence")
PLACES = ("in Lisbon", "at the market", "on Thursday", "after work", "by the sea", "at home")


class InstantEngine(Engine):
    """Searches once, then answers: no time passes in it."""

    name = "instant"

    def generate(self, request: Request) -> Iterator[Chunk]:
        if request.task is Task.REASON and not request.inputs.retrieved:  # type: ignore[union-attr]
            words = request.inputs.query.text.split()[:3]  # type: ignore[union-attr]
            yield Chunk(write_step("Let me look.", RetrieveRequest(", ".join(words), Window())))
        else:
            yield Chunk(write_step("Enough is known.", Answer("That is what I found.")))
        yield Chunk("", Usage(1, 1, 0, 0.0))


class TimedEncoder:
    """The encoder, and how long it took since it was last asked.

    `filling`: random vectors instead, under the real one's name. An exact search takes the same
    time whatever the vectors are, and 16,000 real ones take minutes.
    """

    def __init__(self, encoder: TextEncoder) -> None:
        self._encoder = encoder
        self.name, self.dimension = encoder.name, encoder.dimension
        self.seconds = 0.0
        self.filling = False

    def encode(self, texts: Sequence[str]) -> Vectors:
        started = time.perf_counter()
        vectors = (RandomEncoder() if self.filling else self._encoder).encode(texts)
        self.seconds += time.perf_counter() - started
        return vectors

    def lap(self) -> float:
        seconds, self.seconds = self.seconds, 0.0
        return seconds


class RandomEncoder:
    """Unit vectors of MiniLM's length, for what is only measured in bytes."""

    name, dimension = "random", 384

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.random.default_rng(len(texts)).standard_normal((len(texts), 384), np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@dataclass
class Spread:
    """Milliseconds: the middle and the slow end."""

    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Spread:
        p50, p95 = np.percentile(np.array(seconds) * 1000, (50, 95))
        return cls(round(float(p50), 2), round(float(p95), 2))

    def __str__(self) -> str:
        return f"p50 {self.p50:7.2f}  p95 {self.p95:7.2f}"


def sentence(chance: random.Random, number: int) -> str:
    words = (chance.choice(part) for part in (SUBJECTS, VERBS, OBJECTS, PLACES))
    return f"{' '.join(words)} (number {number})"


def open_agent(folder: Path, user: str, encoder: TextEncoder) -> Agent:
    database = Database(person_folder(folder, user), user, ZONE.key)
    return Agent(database, InstantEngine(), encoder)


def fill(agent: Agent, memories: int) -> None:
    """Half facts, half turns, in sessions of ten with a topic each; five habits."""
    chance = random.Random(memories)
    memory, knowledge = agent.memory, agent.memory.knowledge
    with memory.database.write():
        for start in range(0, memories // 2, 10):
            at = FIRST + timedelta(hours=start)
            session = memory.turns.start_session(at)
            turns = []
            for number in range(start, start + 10):
                moment = at + timedelta(minutes=number - start)
                text = sentence(chance, number)
                turn = memory.turns.add(session, moment, text, ())
                memory.turns.finish(turn, "That is good to know. " * 3, "done")
                knowledge.add_fact(moment, text, text.split()[:4], "said so", turn)
                turns.append(turn)
            knowledge.add_topic(session, f"They talked about {text}", text.split()[:4], turns)
            opened = memory.turns.open_session()
            assert opened is not None
            memory.turns.end_session(opened)
        habits = {f"habit {n}": sentence(chance, n) for n in range(5)}
        knowledge.replace_entries(MemoryType.PROCEDURAL, habits, FIRST, None)
    with memory.database.write() as connection:
        connection.execute("DELETE FROM jobs")  # no update is measured here


def measure_turns(agent: Agent, encoder: TimedEncoder, turns: int) -> list[Spread]:
    """Whole turns, the encoder's part of them, the rest, and the CPU time of the whole.

    On a machine that others use too, the CPU time says what a turn costs, and the rest is waiting.
    """
    chance = random.Random(turns)
    whole, encoding, cpu = [], [], []
    now = FIRST + timedelta(days=900)
    for number in range(turns + 5):
        now += timedelta(minutes=3)
        encoder.lap()
        started, used = time.perf_counter(), time.process_time()
        for _ in agent.respond(sentence(chance, number), time=now):
            pass
        if number >= 5:  # the first ones warm up
            whole.append(time.perf_counter() - started)
            cpu.append(time.process_time() - used)
            encoding.append(encoder.lap())
        agent.memory.index.sync()  # as the update after each turn does
    rest = [a - b for a, b in zip(whole, encoding, strict=True)]
    return [Spread.of(part) for part in (whole, encoding, rest, cpu)]


def timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def measure_search(agent: Agent, encoder: TimedEncoder, rounds: int) -> tuple[Spread, Spread]:
    """A search without its encoding, and a bare knn over the same rows, one for each view."""
    chance = random.Random(rounds)
    index = agent.memory.index
    tables = index._sync()
    views = [np.array(tables[key].block.rows) for key in VIEWS]
    ours, bare = [], []
    for number in range(rounds + 5):
        text = sentence(chance, number)
        query = encoder.encode([text])
        encoder.lap()
        whole = timed(lambda text=text: agent.memory.search(text, text, Window()))  # type: ignore[misc]
        rest = whole - encoder.lap()
        knn = timed(lambda query=query: [  # type: ignore[misc]
            faiss.knn(query, rows, 4, metric=faiss.METRIC_INNER_PRODUCT) for rows in views
        ])  # fmt: skip
        if number >= 5:
            ours.append(rest)
            bare.append(knn)
    return Spread.of(ours), Spread.of(bare)


def resident_kib() -> int:
    gc.collect()
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    raise OSError("no VmRSS here")


def measure_idle(folder: Path, agents: int, memories: int) -> dict[str, float]:
    """KiB of resident memory for each agent that is open and has nothing to do."""
    encoder = RandomEncoder()
    for number in range(agents):
        agent = open_agent(folder, f"person {number}", encoder)
        fill(agent, memories)
        agent.memory.index.sync()
        agent.close()
    del agent
    before = resident_kib()
    opened = [open_agent(folder, f"person {number}", encoder) for number in range(agents)]
    after_opening = resident_kib()
    for agent in opened:
        agent.memory.search("corgi", "corgi", Window())
    after_search = resident_kib()
    for agent in opened:
        agent.close()
    return {
        "opened_kib": round((after_opening - before) / agents, 1),
        "after_a_search_kib": round((after_search - before) / agents, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--idle", type=int, default=100, help="agents that are open and idle")
    asked = parser.parse_args()
    here = machine()
    results: dict[str, object] = {"machine": here}
    print("\n".join(f"{name:10} {value}" for name, value in here.items()))
    with tempfile.TemporaryDirectory() as folder:
        results["idle"] = idle = measure_idle(Path(folder), asked.idle, 500)
    encoder = TimedEncoder(MiniLM())
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            agent = open_agent(Path(folder), "maya", encoder)
            encoder.filling = True
            fill(agent, size)
            agent.memory.index.sync()
            encoder.filling = False
            agent.memory.index.unload()
            loaded = timed(agent.memory.index.sync)
            ours, bare = measure_search(agent, encoder, asked.turns)
            whole, encoding, rest, cpu = measure_turns(agent, encoder, asked.turns)
            agent._database.close()
        ratio = ours.p50 / bare.p50
        print(f"\n{size:,} memories (index loaded in {loaded:.2f} s)")
        print(f"  a turn outside the engine  {whole}  ms   aim: p95 < {AIMS_MS[size]:.0f} ms")
        print(f"    of it the encoder        {encoding}  ms   {encoding.p50 / whole.p50:.0%}")
        print(f"    of it all else           {rest}  ms")
        print(f"    CPU time of the whole    {cpu}  ms")
        print(f"  a search without encoding  {ours}  ms")
        print(f"    bare knn, {len(VIEWS)} views        {bare}  ms   "
              f"ratio {ratio:.2f}, aim <= {RATIO_AIM:.0f} at 10,000")  # fmt: skip
        results[str(size)] = {
            "turn": asdict(whole), "encoder": asdict(encoding), "rest": asdict(rest),
            "cpu": asdict(cpu), "search": asdict(ours), "knn": asdict(bare),
            "ratio": round(ratio, 2), "load_s": round(loaded, 3),
        }  # fmt: skip
    print(f"\n{asked.idle} idle agents of 500 memories: {idle['opened_kib']:,.0f} KiB each once "
          f"opened, {idle['after_a_search_kib']:,.0f} KiB after a search")  # fmt: skip
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
