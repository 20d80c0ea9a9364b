"""What a search costs as memories grow: one person with up to a million, and a thousand people.

    python eval/bench/search.py [--json OUT] [--sizes 1000 10000 ...] [--people N] [--folder DIR]

A search is the product's own `Memory.search`: the window, six views (content of facts, topics,
turns and habits, keywords of facts and topics), fusion, and the hits read from the database. Beside
it, in the same run and in turn, a bare `faiss.knn` over the same rows, one for each view: on one
thread, where a single question is answered fastest, and with FAISS's own choice of threads. The
encoder is a stand-in of fixed vectors: its time (20 ms for all-MiniLM-L6-v2 on one core) is not
counted. The memories are made up (eval/bench/made.py). The ratio is of CPU times: waiting for what
else runs on the machine is not in them. Aims: within 3 times the bare knn from 10,000 up, a million
in under 150 ms, 100,000 opened in under 1 s, and a turn written in the same time whatever there is.
Needs 4 GB of disk and 4 GB of memory for the million.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import faiss

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from eval.bench.approximate import measure_approximate  # noqa: E402
from eval.bench.asking import Asker, Spent, Spread, timed  # noqa: E402
from eval.bench.machine import machine  # noqa: E402
from eval.bench.made import FIRST, Vocabulary, fill  # noqa: E402
from personavlm.memory.database import Database, person_folder  # noqa: E402
from personavlm.memory.memory import Memory  # noqa: E402
from personavlm.records import Window  # noqa: E402

SIZES = (1_000, 10_000, 100_000, 1_000_000)
ROUNDS = 200
APPROXIMATE_FROM = 100_000  # memories from which indexes are compared
EACH = 500  # memories of each of many people
AT_ONCE = 8  # threads that search for many people


def peak_gib() -> float:
    """The most memory that this process ever had, in GiB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20), 2)


def resident_gib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / (1 << 30)


def measure_searches(asker: Asker, rounds: int, days: int) -> dict[str, Any]:
    """Everything that is there, a month of it, and bare knn, in turn."""
    chance = random.Random(5)
    threads = faiss.omp_get_max_threads()
    whole, month, bare, threaded = (list[Spent]() for _ in range(4))
    for number in range(rounds + 5):
        keywords, query = asker.question()
        start = FIRST + timedelta(days=chance.randrange(max(days - 30, 1)))
        times = (
            asker.search(keywords, query, Window()),
            asker.bare(query),
            asker.search(keywords, query, Window(start, start + timedelta(days=30))),
            asker.bare(query, threads),
        )
        if number >= 5:  # the first ones warm up
            for kept, spent in zip((whole, bare, month, threaded), times, strict=True):
                kept.append(spent)
    searched, knn = Spread.of(whole), Spread.of(bare)
    return {
        "search": asdict(searched), "month": asdict(Spread.of(month)), "knn": asdict(knn),
        "knn_threads": threads, "knn_threaded": asdict(Spread.of(threaded)),
        "ratio": round(searched.cpu / knn.cpu, 2), "rounds": rounds,
    }  # fmt: skip


def measure_writing(asker: Asker, memory: Memory, rounds: int) -> dict[str, Any]:
    """A turn stored, answered, embedded and made searchable (two transactions that wait for the
    disk), and the search right after it, which works out anew what follows from all rows."""
    last = memory.turns.last()
    assert last is not None
    session = memory.turns.start_session(last.time)
    written, searched = [], []
    for number in range(rounds + 3):
        at = last.time + timedelta(minutes=number + 1)

        def write(at: datetime = at, text: str = f"something new, number {number}") -> None:
            turn = memory.turns.add(session, at, text, ())
            memory.turns.finish(turn, "I see.", "done")
            memory.index.touch("turn", [turn])
            memory.index.sync()

        written.append(timed(write))
        searched.append(asker.search(*asker.question(), Window()))
    return {
        "write": asdict(Spread.of(written[3:])),
        "search_after_write": asdict(Spread.of(searched[3:])),
    }


def measure_person(folder: Path, vocabulary: Vocabulary, memories: int) -> dict[str, Any]:
    database = Database(folder, "maya", "UTC")
    fill(database, vocabulary, memories)
    database.close()
    started = time.perf_counter()
    database = Database(folder, "maya", "UTC")
    file_s = time.perf_counter() - started
    memory = Memory(database, vocabulary)
    first_s = timed(lambda: memory.search("bada", "bada", Window())).wall
    rounds = ROUNDS if memories <= 100_000 else ROUNDS // 2
    asker = Asker(memory, vocabulary)
    days = memories // 40
    row: dict[str, Any] = {
        "memories": memories,
        "rows": sum(view.size for view in asker.views),
        **measure_searches(asker, rounds, days),
        "open_s": round(file_s + first_s, 3),
        "open_file_s": round(file_s, 3),
        **measure_writing(asker, memory, rounds // 2),
        "peak_gib": peak_gib(),
        "file_gib": round((folder / "memory.sqlite3").stat().st_size / (1 << 30), 2),
    }
    if memories >= APPROXIMATE_FROM:
        row["approximate"] = measure_approximate(memory, asker.question, vocabulary)
    database.close()
    return row


def measure_people(folder: Path, vocabulary: Vocabulary, people: int) -> dict[str, Any]:
    """Many people with memories of their own, all open: copies of one file, searched at random."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    names = [f"person {number}" for number in range(people)]
    folders = [person_folder(folder, name) for name in names]
    database = Database(folders[0], names[0], "UTC")
    fill(database, vocabulary, EACH)
    database.close()
    for other in folders[1:]:
        other.mkdir(parents=True)
        shutil.copy(folders[0] / "memory.sqlite3", other)
    before = resident_gib()
    started = time.perf_counter()
    memories = [Memory(Database(*pair, None), vocabulary)
                for pair in zip(folders, names, strict=True)]  # fmt: skip
    for memory in memories:
        memory.index.sync()
    opening = (time.perf_counter() - started) / people
    askers = [Asker(memory, vocabulary) for memory in memories]
    chance = random.Random(7)
    drawn = [(asker, *asker.question()) for asker in chance.choices(askers, k=2 * people)]
    alone = [asker.search(keywords, query, Window()) for asker, keywords, query in drawn]
    bare = [asker.bare(query) for asker, _, query in drawn]
    started = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda asked: asked[0].search(*asked[1:], Window()), drawn))
    rate = len(drawn) / (time.perf_counter() - started)
    searched, knn = Spread.of(alone), Spread.of(bare)
    grown = round(resident_gib() - before, 2)
    for memory in memories:
        memory.database.close()
    return {
        "people": people, "memories_each": EACH, "search": asdict(searched), "knn": asdict(knn),
        "ratio": round(searched.cpu / knn.cpu, 2), "threads": AT_ONCE,
        "searches_per_second": round(rate), "open_each_ms": round(opening * 1000, 1),
        "resident_gib": grown,
    }  # fmt: skip


COLUMNS = (
    "memories", "rows", "search p50 / p99", "CPU", "bare knn p50, 1 thread / its own choice", "CPU",
    "ratio", "per tenfold", "a month p50", "write a turn p50", "open (s)", "peak (GiB)",
)  # fmt: skip


def show(rows: Sequence[dict[str, Any]]) -> None:
    """A Markdown table of one person's rows; times in milliseconds."""
    print(f"\n| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    before = None
    for row in rows:
        search, knn = row["search"], row["knn"]
        cells = (
            f"{row['memories']:,}",
            f"{row['rows']:,}",
            f"{search['p50']:.1f} / {search['p99']:.1f}",
            f"{search['cpu']:.1f}",
            f"{knn['p50']:.1f} / {row['knn_threaded']['p50']:.1f}",
            f"{knn['cpu']:.1f}",
            row["ratio"],
            f"x{search['cpu'] / before:.1f}" if before else "",
            f"{row['month']['p50']:.1f}",
            f"{row['write']['p50']:.1f}",
            f"{row['open_s']:.2f}",
            row["peak_gib"],
        )
        print(f"| {' | '.join(map(str, cells))} |")
        before = search["cpu"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="memories of a person")
    parser.add_argument("--people", type=int, default=1_000, help="how many at once; 0: none")
    parser.add_argument("--folder", type=Path, help="where the files go (a temporary folder)")
    asked = parser.parse_args()
    results: dict[str, Any] = {"machine": machine()}
    print("\n".join(f"{name:10} {value}" for name, value in machine().items()))
    vocabulary, rows = Vocabulary(), []
    for size in sorted(asked.sizes):
        gc.collect()
        with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
            rows.append(measure_person(Path(folder) / "maya", vocabulary, size))
            print(json.dumps(rows[-1]), flush=True)
    results["sizes"] = rows
    gc.collect()
    if asked.people:
        with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
            results["people"] = measure_people(Path(folder), vocabulary, asked.people)
            print(json.dumps(results["people"]), flush=True)
    show(rows)
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
