"""How well memory finds what was said: LoCoMo's questions, asked through the product's own search.

    python eval/bench/retrieval.py --locomo FILE [--json OUT]

FILE is in LoCoMo's format. Every dated session is written through the product's own memory, turn by
turn (`Agent.observe`), and every question is searched with `Memory.search`, by each method below.
There is no language model: nothing is summed up, there are no keywords (so that the paper's fusion
is its content view alone), and no date is given but those in the question's own words.

A LoCoMo turn is one utterance of one of two friends. Each is stored as a message of its own, as
LoCoMo's own runs embed it: `X said, "..." and shared <caption>`. So a message is exactly one
evidence id. The second friend is not put into the replies: those are the assistant's, and what the
assistant says is never searched.

Of a question's evidence, frac is the share among the first k, any is whether one is, all is whether
all are. A session counts as found where its best message is. Ids that name no turn are left out,
and so are questions that have no evidence then.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from eval.bench.locomo import Conversation, Question, read  # noqa: E402
from eval.bench.machine import machine  # noqa: E402
from eval.bench.overhead import InstantEngine  # noqa: E402
from personavlm.agent import Agent  # noqa: E402
from personavlm.memory.database import Database, person_folder  # noqa: E402
from personavlm.memory.encode import CachedEncoder, MiniLM, TextEncoder  # noqa: E402
from personavlm.memory.fusion import HYBRID, PAPER, Ranking  # noqa: E402
from personavlm.memory.memory import Memory  # noqa: E402
from personavlm.memory.rerank import CrossEncoder, Reranker  # noqa: E402
from personavlm.memory.retrieve import Limits  # noqa: E402
from personavlm.records import Window  # noqa: E402

METHODS: dict[str, Ranking] = {
    "paper": PAPER,
    "minilm": replace(PAPER, own_words=True),
    "bm25": replace(PAPER, dense=False, lexical=True),
    "minilm + bm25": replace(PAPER, lexical=True),
    "hybrid": HYBRID,
    "hybrid, no time words": replace(HYBRID, time=False),
    "hybrid, no bm25": replace(HYBRID, lexical=False),
    "hybrid, no minilm": replace(HYBRID, dense=False),
    "hybrid, no neighbours": replace(HYBRID, context=False),
    "hybrid, no session": replace(HYBRID, session=False),
}
RERANKED = "hybrid, reranked"
CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
LEVELS = ("turn", "session")
KS = (5, 10)
NAMES = [*(f"{name}@{k}" for name in ("frac", "any", "all") for k in KS), "ndcg@10"]
AIMS = (("hybrid", "turn", "frac@10", 67.0), ("hybrid", "session", "any@5", 94.0))

# Who, unit and retriever, figures in percent; each as its authors define it, on all ten
# conversations. Theirs, not run here.
PUBLISHED = (
    ("LoCoMo paper, table 3", "turn, DRAGON", "frac@5 56.7, frac@10 66.2"),
    ("LoCoMo paper, table 3", "observations (a language model's)", "frac@5 56.2, frac@10 61.3"),
    ("LoCoMo paper, table 3", "session summaries", "frac@5 72.1, frac@10 84.7"),
    ("MemPalace", "turn, MiniLM", "frac@10 48.0"),
    ("MemPalace", "session, MiniLM", "frac@10 60.3"),
    ("MemPalace, hybrid v5", "session", "frac@5 83.7, frac@10 88.9"),
    ("loomcycle, PR 1064", "turn, bge-m3, categories 1-4", "frac@10 66.75, any@10 74.1"),
    ("Engram, locomo issue 38", "6 turns, bge-large, BM25, reranker", "any@5 93.9, any@10 95.0"),
    ("deja-vu, PR 326", "session, lexical", "any@5 85.6"),
    ("graph-memory, issue 76", "session, full text, two stages", "all@5 82.9, all@10 90.2"),
    ("acolyte, PR 147", "observations, text-embedding-3-small", "@5 66.9, @10 73.1, ndcg@5 60.2"),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What one search was worth, at one level."""

    method: str
    level: str
    conversation: str
    category: int
    figures: Mapping[str, float]


def remember(conversation: Conversation, folder: Path, encoder: TextEncoder) -> tuple[Agent, Any]:
    """Write a conversation into an empty memory. Returns the agent, and the dia_id of each turn."""
    name = conversation.name
    agent = Agent(Database(person_folder(folder, name), name, "UTC"), InstantEngine(), encoder)
    ids: dict[int, str] = {}
    before = conversation.said[0]
    now = before.time
    for said in conversation.said:
        if said.session != before.session:
            agent.end_session()
        before, now = said, max(now, said.time)  # where two sessions of one day overlap
        ids[agent.observe(said.text, "", time=now)] = said.id
    agent.end_session()
    agent.memory.index.sync()
    return agent, ids


def ask(
    memory: Memory, question: Question, ranking: Ranking, now: datetime, ids: Mapping[int, str]
) -> tuple[list[str], list[str]]:
    """The turns that a search finds, best first, and their sessions: ten at least of each."""
    wanted = 40
    while True:
        limits = Limits(0, wanted, 0, turn_tokens=10**9)
        hits = memory.search(
            question.text, question.text, Window(), now=now, limits=limits, ranking=ranking
        )
        turns = [ids[turn.id] for hit in hits for turn in hit.turns]
        sessions = list(dict.fromkeys(map(session_of, turns)))
        if len(sessions) >= max(KS) or len(hits) < wanted:
            return turns, sessions
        wanted *= 4


def session_of(id: str) -> str:
    return id.split(":", 1)[0]


def judge(found: Sequence[str], wanted: Sequence[str]) -> dict[str, float]:
    """The figures of one search, each from 0 to 1."""
    figures: dict[str, float] = {}
    for k in KS:
        share = sum(id in found[:k] for id in wanted) / len(wanted)
        figures |= {f"frac@{k}": share, f"any@{k}": float(share > 0), f"all@{k}": float(share == 1)}
    gain = sum(1 / math.log2(place + 2) for place, id in enumerate(found[:10]) if id in wanted)
    best = sum(1 / math.log2(place + 2) for place in range(min(10, len(wanted))))
    return figures | {"ndcg@10": gain / best}


def examine(
    conversation: Conversation,
    folder: Path,
    encoder: TextEncoder,
    reranker: Reranker | None,
    seconds: dict[str, float],
) -> Iterator[Judged]:
    """Ask all questions about a conversation by all methods; `seconds` adds up their time."""
    agent, ids = remember(conversation, folder, encoder)
    methods = [(name, agent.memory, ranking) for name, ranking in METHODS.items()]
    if reranker is not None:
        methods.append((RERANKED, Memory(agent.memory.database, encoder, reranker), HYBRID))
    now = conversation.said[-1].time + timedelta(days=1)
    encoder.encode([question.text for question in conversation.questions])
    for method, memory, ranking in methods:
        begun = time.perf_counter()
        for question in conversation.questions:
            turns, sessions = ask(memory, question, ranking, now, ids)
            wanted = list(dict.fromkeys(map(session_of, question.evidence)))
            pairs = ((turns, question.evidence), (sessions, wanted))
            for level, (found, gold) in zip(LEVELS, pairs, strict=True):
                yield Judged(
                    method, level, conversation.name, question.category, judge(found, gold)
                )
        seconds[method] = seconds.get(method, 0.0) + time.perf_counter() - begun
    agent.memory.database.close()


def rows(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """One row a method, level and category (all first), in percent."""
    made = []
    for method in dict.fromkeys(j.method for j in judged):
        for level in LEVELS:
            mine = [j for j in judged if (j.method, j.level) == (method, level)]
            row = {"method": method, "level": level}
            made.append(row | {"category": "all"} | means(mine))
            for number, name in CATEGORIES.items():
                of_it = [j for j in mine if j.category == number]
                if of_it:
                    made.append(row | {"category": name} | means(of_it))
    return made


def means(judged: Sequence[Judged]) -> dict[str, float]:
    """How many, and the mean of each figure in percent."""
    count = len(judged)
    return {"n": count} | {
        name: round(100 * sum(j.figures[name] for j in judged) / count, 1) for name in NAMES
    }


def by_conversation(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """The spread: hybrid on each conversation by itself."""
    names = dict.fromkeys(j.conversation for j in judged)
    return [
        {"method": "hybrid", "level": level, "conversation": name} | means(
            [j for j in judged if (j.method, j.level, j.conversation) == ("hybrid", level, name)]
        )
        for name in names for level in LEVELS
    ]  # fmt: skip


def tables(made: Sequence[Mapping[str, Any]], spread: Sequence[Mapping[str, Any]]) -> str:
    """What is printed: all questions, then by category, the spread, and the published rows."""
    head = ["method", "n", *NAMES]
    parts = []
    for level in LEVELS:
        whole = [r for r in made if r["level"] == level and r["category"] == "all"]
        parts.append(f"{level} level, all questions\n" + table(head, whole))
    named = [r | {"method": f"{r['method']}: {r['category']}"} for r in made
             if r["level"] == "turn" and r["category"] != "all"]  # fmt: skip
    parts.append("turn level, by category\n" + table(head, named))
    each = [r | {"method": f"{r['conversation']}, {r['level']}"} for r in spread]
    parts.append("hybrid, by conversation\n" + table(head, each))
    told = "\n".join(f"| {who} | {unit} | {figures} |" for who, unit, figures in PUBLISHED)
    parts.append("Published by others on all ten conversations, not run here\n"
                 f"| who | unit, retriever | figures |\n|---|---|---|\n{told}")  # fmt: skip
    return "\n\n".join(parts)


def table(head: Sequence[str], lines: Sequence[Mapping[str, Any]]) -> str:
    """Markdown."""
    body = ["| " + " | ".join(str(line[name]) for name in head) + " |" for line in lines]
    return "\n".join(["| " + " | ".join(head) + " |", "|---" * len(head) + "|", *body])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--locomo", type=Path, metavar="FILE", required=True)
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--reranker", metavar="REPO", help="a cross-encoder, for a row with it")
    asked = parser.parse_args()
    begun = time.perf_counter()
    encoder = CachedEncoder(MiniLM())
    reranker = CrossEncoder(asked.reranker) if asked.reranker else None
    judged: list[Judged] = []
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for conversation in read(asked.locomo):
            judged += examine(conversation, Path(folder), encoder, reranker, seconds)
    made, spread = rows(judged), by_conversation(judged)
    print(tables(made, spread))
    for method, level, name, aim in AIMS:
        got = next(r for r in made if (r["method"], r["level"], r["category"])
                   == (method, level, "all"))[name]  # fmt: skip
        print(
            f"\n{level} {name} of {method}: {got}, aim {aim}: {'met' if got >= aim else 'missed'}"
        )
    took = time.perf_counter() - begun
    print(f"\n{took:.0f} s in all")
    if asked.json:
        result = {
            "machine": machine(),
            "rows": made,
            "conversations": spread,
            "published": [dict(zip(("who", "unit", "figures"), row, strict=True))
                          for row in PUBLISHED],
            "seconds": {"all": round(took, 1)} | {k: round(v, 1) for k, v in seconds.items()},
        }  # fmt: skip
        asked.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
