"""The search benchmark on few memories: those are as they are said to be, all is measured."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from eval.bench import approximate, search
from eval.bench.made import FACTS, SESSION, Vocabulary, fill
from personavlm.memory.database import Database
from personavlm.memory.lexical import counted, terms
from personavlm.memory.memory import Memory
from personavlm.memory.retrieve import Limits
from personavlm.records import Window


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary()


@pytest.fixture
def memory(tmp_path: Path, vocabulary: Vocabulary) -> Memory:
    database = Database(tmp_path / "maya", "maya", "UTC")
    fill(database, vocabulary, 400)
    return Memory(database, vocabulary)


def test_as_many_memories_as_asked_for(memory: Memory) -> None:
    counts = memory.counts()
    assert counts["turns"] == 20 * SESSION and counts["semantic"] == 20 * FACTS
    assert counts["episodic"] == 20 and counts["procedural"] == 5
    topics = memory.episodic()
    assert all(len(topic.turns) == SESSION for topic in topics)
    assert memory.turn(topics[0].turns[0]).time == topics[0].start


def test_rows_that_were_put_in_are_as_the_product_would_have_them(
    memory: Memory, vocabulary: Vocabulary
) -> None:
    rows = memory.database.read(
        "SELECT words, text, vector FROM vectors JOIN turns ON owner = 'turn' AND owner_id = id"
    )
    assert len(rows) == 20 * SESSION
    for row in rows[:20]:
        assert row["words"] == counted(row["text"])
        own = np.frombuffer(row["vector"], np.float32)
        assert np.linalg.norm(own) == pytest.approx(1, abs=1e-5)
        assert own @ vocabulary.encode([row["text"]])[0] > 0.7, "the text is what it says"
    memory.index.sync()
    embedded = memory.database.read("SELECT count(*) FROM vectors WHERE owner = 'entry'")
    assert embedded[0][0] == 5, "only the habits were left to embed"


def test_words_are_as_unevenly_frequent_as_in_talk(vocabulary: Vocabulary) -> None:
    drawn = vocabulary.draw(np.random.default_rng(2), (100_000,))
    counts = np.bincount(drawn, minlength=vocabulary.size)
    assert 0.005 < counts.max() / len(drawn) < 0.03
    assert (counts[vocabulary.size // 2 :] > 0).any()
    words = [vocabulary.words[number] for number in range(1000)]
    assert len({*terms(" ".join(words))}) > 900, "nearly all have a stem of their own"


def test_a_question_finds_what_it_asks_for(memory: Memory, vocabulary: Vocabulary) -> None:
    chance = np.random.default_rng(4)
    found = 0
    for turn in memory.turns.all()[:20]:
        keywords, query = vocabulary.question(turn.text, chance)
        hits = memory.search(keywords, query, Window(), limits=Limits(episodic=3))
        found += any(shown.id == turn.id for hit in hits for shown in hit.turns)
    assert found >= 15


def test_all_is_measured_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "search.json"
    monkeypatch.setattr(sys, "argv", ["search.py", "--sizes", "400", "200", "--people", "3",
                                      "--folder", str(tmp_path), "--json", str(out)])  # fmt: skip
    monkeypatch.setattr(search, "ROUNDS", 3)
    monkeypatch.setattr(search, "APPROXIMATE_FROM", 400)
    monkeypatch.setattr(approximate, "ASKED", 2)
    search.main()
    results = json.loads(out.read_text())
    small, large = results["sizes"]
    assert (small["memories"], large["memories"]) == (200, 400)
    assert large["rows"] == 20 * SESSION + 2 * 20 * FACTS + 2 * 20 + 5
    for row in (small, large, results["people"]):
        assert row["ratio"] == pytest.approx(row["search"]["cpu"] / row["knn"]["cpu"], rel=0.05)
        assert row["search"]["p99"] >= row["search"]["p50"] > 0
    assert "approximate" not in small
    assert {row["index"].split(",")[0] for row in large["approximate"]} == {
        "exact knn", "IVF31", "HNSW32"
    }  # fmt: skip
    everything = large["approximate"][-1]
    assert everything["recall_of_100_nearest"] > 0.9, "few enough to be found by a graph"
    assert results["people"]["people"] == 3 and results["people"]["searches_per_second"] > 0
    assert "| 200 |" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["search.json"]
