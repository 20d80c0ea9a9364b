"""Reranking, by the real class with random weights, and by one that says what it likes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from checkpoints import cross_encoder_checkpoint
from oracle import ZONE, Life, Said, Talk
from scripted import HashEncoder

from personavlm.errors import WeightsError
from personavlm.memory.database import Database
from personavlm.memory.lexical import Floats
from personavlm.memory.memory import Memory
from personavlm.memory.rerank import CrossEncoder
from personavlm.records import MemoryType, Window

QUESTION = "corgi bike"


class Prefers:
    """Likes texts with one word; the rest as little as each other."""

    name = "prefers"

    def __init__(self, word: str) -> None:
        self.word = word
        self.read: list[str] = []

    def scores(self, question: str, texts: Sequence[str]) -> Floats:
        assert question == QUESTION
        self.read += texts
        return np.array([self.word in text for text in texts], np.float32)


def life(folder: Path, reranker: Prefers | CrossEncoder | None) -> Life:
    memory = Memory(Database(folder, "maya", ZONE), HashEncoder(), reranker=reranker)
    living = Life(memory)
    talks = [Talk([Said(0, "corgi bike red")], None), Talk([Said(30, "fern")], "walnut talk")]
    facts = [Said(n, f"corgi bike number {n}") for n in range(6)] + [Said(9, "walnut cake")]
    living.live(talks, facts, [Said(1, "corgi bike"), Said(2, "walnut")])
    return living


def found(living: Life) -> list[str]:
    return [hit.text for hit in living.memory.search(QUESTION, QUESTION, Window())]


def test_what_it_likes_best_comes_first_of_its_kind(tmp_path: Path) -> None:
    plain = found(life(tmp_path / "plain", None))
    assert "walnut cake" not in plain
    reranker = Prefers("walnut")
    hits = life(tmp_path / "liked", reranker).memory.search(QUESTION, QUESTION, Window())
    first = {hit.type: hit.text for hit in reversed(hits)}
    assert first[MemoryType.SEMANTIC] == "walnut cake"
    assert first[MemoryType.EPISODIC] == "walnut talk"
    assert first[MemoryType.PROCEDURAL].endswith("walnut")
    assert len(hits) == len(plain)
    assert "fern" in " ".join(reranker.read), "a topic is read with its turns"


def test_it_reads_only_the_first_candidates(tmp_path: Path) -> None:
    living = life(tmp_path / "maya", reranker := Prefers("none"))
    living.live([], [Said(40 + n, f"fern number {n}") for n in range(100)], [])
    found(living)
    assert len(reranker.read) < 60


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cross_encoder_checkpoint(tmp_path_factory.mktemp("rerank") / "tiny")


def test_a_real_cross_encoder_orders_by_its_scores(tmp_path: Path, tiny: Path) -> None:
    reranker = CrossEncoder(str(tiny))
    texts = ["corgi", "walnut cake", "a long tale of ferns"]
    together = reranker.scores(QUESTION, texts)
    alone = [float(reranker.scores(QUESTION, [text])[0]) for text in texts]
    assert together.tolist() == pytest.approx(alone, abs=1e-5)
    assert len(set(alone)) == 3
    assert reranker.scores(QUESTION, []).tolist() == []
    hits = life(tmp_path / "maya", reranker).memory.search(QUESTION, QUESTION, Window())
    facts = [hit.text for hit in hits if hit.id.startswith("semantic")]
    scores = reranker.scores(QUESTION, facts)
    assert scores.tolist() == sorted(scores.tolist(), reverse=True)


def test_what_is_no_reranker_is_said(tmp_path: Path) -> None:
    classes = cross_encoder_checkpoint(tmp_path / "three", labels=3)
    with pytest.raises(WeightsError, match="into 3 classes"):
        CrossEncoder(str(classes)).scores(QUESTION, ["corgi"])
    with pytest.raises(WeightsError, match=r"cannot be loaded\. Name a cross-encoder"):
        CrossEncoder(str(tmp_path / "nothing")).scores(QUESTION, ["corgi"])
