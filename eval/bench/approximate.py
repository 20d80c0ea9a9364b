"""Where exact search stops being enough: approximate indexes over a person's turns.

A search needs all products, because what is said around a turn counts for it; an index gives only
the nearest. So what it loses is told: how many of the hundred nearest turns it finds; how many of
the ten best, by all evidence that a search goes by, are among the thousand that it gives; and how
many if the thousand come along that share most words with the question, they or their session.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

import faiss
import numpy as np

from eval.bench.made import Vocabulary
from personavlm.memory.encode import Vectors
from personavlm.memory.fusion import HYBRID, fuse
from personavlm.memory.index import Key
from personavlm.memory.lexical import Ints, terms
from personavlm.memory.memory import Memory

TURNS: Key = ("turn", "content")
ASKED = 50
NEAREST, BEST, CANDIDATES = 100, 10, 1_000
MOST_FOR_GRAPH = 100_000  # rows of a graph, which takes minutes for each further hundred thousand
EVER = (-(2**62), 2**62)


def measure_approximate(
    memory: Memory, question: Callable[[], tuple[str, str]], vocabulary: Vocabulary
) -> list[dict[str, object]]:
    """Latency, recall and the time to build, for each index and effort."""
    block = memory.index._sync()[TURNS].block
    rows = block.rows
    asked = [question()[1] for _ in range(ASKED)]
    queries = vocabulary.encode(asked)
    ids = np.arange(len(rows))
    best, worded = [], []
    for text, query in zip(asked, queries, strict=True):
        found = memory.index.find({TURNS: (query, frozenset(terms(text)))}, EVER)[TURNS]
        scores = fuse(found, HYBRID, None, follow=True, sessions=True)
        best.append(np.argsort(-scores)[:BEST])
        worded.append(np.argsort(-(found.covered + found.session_covered))[:CANDIDATES])
    metric = faiss.METRIC_INNER_PRODUCT
    started = time.perf_counter()
    nearest = [faiss.knn(query[None], rows, NEAREST, metric=metric)[1][0] for query in queries]
    exact_ms = (time.perf_counter() - started) / ASKED * 1000
    results: list[dict[str, object]] = [{"index": "exact knn", "rows": len(ids), "ms": exact_ms}]
    lists = int(2 * np.sqrt(len(rows)))
    started = time.perf_counter()
    inverted = faiss.index_factory(block.rows.shape[1], f"IVF{lists},Flat", metric)
    inverted.cp.max_points_per_centroid, inverted.cp.niter = 64, 10
    inverted.train(rows)
    inverted.add(rows)
    built = time.perf_counter() - started
    for probes in (8, 32, 128):
        inverted.nprobe = probes
        name = f"IVF{lists}, {probes} probed"
        results.append({"index": name, "rows": len(rows), "built_s": built,
                        **_measured(inverted, queries, nearest, best, worded)})  # fmt: skip
    del inverted
    if len(rows) <= MOST_FOR_GRAPH:
        started = time.perf_counter()
        graph = faiss.IndexHNSWFlat(rows.shape[1], 32, metric)
        graph.add(rows)
        built = time.perf_counter() - started
        for effort in (64, 256):
            graph.hnsw.efSearch = effort
            name = f"HNSW32, effort {effort}"
            results.append({"index": name, "rows": len(rows), "built_s": built,
                            **_measured(graph, queries, nearest, best, worded)})  # fmt: skip
    return [{key: round(value, 3) if isinstance(value, float) else value
             for key, value in result.items()} for result in results]  # fmt: skip


def _measured(
    index: faiss.Index,
    queries: Vectors,
    nearest: Sequence[Ints],
    best: Sequence[Ints],
    worded: Sequence[Ints],
) -> dict[str, object]:
    started = time.perf_counter()
    found = [index.search(query[None], NEAREST)[1][0] for query in queries]
    milliseconds = (time.perf_counter() - started) / len(queries) * 1000
    many = [index.search(query[None], CANDIDATES)[1][0] for query in queries]
    return {
        "ms": milliseconds,
        "recall_of_100_nearest": _recall(nearest, found),
        "recall_of_10_best": _recall(best, many),
        "with_words": _recall(best, map(np.union1d, many, worded)),
    }


def _recall(wanted: Iterable[Ints], found: Iterable[Ints]) -> float:
    return float(np.mean([np.isin(a, b).mean() for a, b in zip(wanted, found, strict=True)]))
