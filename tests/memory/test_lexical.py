"""Words in common: terms, postings that come and go, and BM25 counted by plain loops."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personavlm.memory.encode import Vectors
from personavlm.memory.lexical import K1, B, Lexicon, saying, shared, terms
from personavlm.memory.table import Row, Table

texts = st.lists(st.sampled_from(["corgi", "bike", "jazz", "walnut", "fern", "cake"]), max_size=6)
rows = st.lists(st.tuples(texts.map(" ".join), st.integers(0, 1)), min_size=1, max_size=12)


def test_terms_are_stems_without_the_most_common_words() -> None:
    assert terms("What were the CORGI's puppies doing in 2023?") == ["corgi", "puppi", "2023"]
    assert terms("Ação, naïve_words 猫") == ["ação", "naïv", "word", "猫"]
    assert terms("it was what it was") == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Maya likes walnuts", "maya liked walnuts.", True),
        ("Maya likes walnuts", "Maya does not like walnuts", False),
        ("Prefers tea over coffee", "Prefers coffee over tea", False),
        ("Vegetarian since 2022", "Vegetarian since 2023", False),
        ("I don't run", "I do run", False),
    ],
)
def test_what_says_the_same(one: str, other: str, same: bool) -> None:
    assert (saying(one) == saying(other)) is same


def test_shared_words_as_they_are_written() -> None:
    asked = frozenset(terms("Which puppies and bikes?"))
    assert shared(asked, "The Puppy chased bikes, a bike and a puppy", 4) == ["Puppy", "bikes"]
    assert shared(asked, "The Puppy chased bikes", 1) == ["Puppy"]
    assert shared(frozenset(), "The Puppy", 4) == []


def test_what_is_discarded_leaves_no_word_behind() -> None:
    lexicon = Lexicon()
    assert lexicon.add(1, "corgi corgi bike") == 3
    lexicon.add(2, "bike")
    lexicon.discard([1, 99])
    ids, which, often = lexicon.of(["corgi", "bike"])
    assert (ids.tolist(), which.tolist(), often.tolist()) == ([2], [0], [1.0])
    assert "corgi" not in repr(vars(lexicon))


def bm25(question: set[str], texts: list[list[str]]) -> list[float]:
    """The share of a question that each text covers, by loops."""
    average = max(sum(map(len, texts)) / len(texts), 1)
    rare = {}
    for term in question:
        having = sum(term in text for text in texts)
        if having:
            rare[term] = math.log(1 + (len(texts) - having + 0.5) / (having + 0.5))
    shares = []
    for text in texts:
        counts, damping = Counter(text), K1 * (1 - B + B * len(text) / average)
        covered = sum(rare[t] * counts[t] / (counts[t] + damping) for t in rare)
        shares.append(covered / sum(rare.values()) if rare else 0.0)
    return shares


@settings(max_examples=100, deadline=None, derandomize=True)
@given(rows, texts, st.sets(st.integers(1, 12)), st.integers(0, 5))
def test_coverage_is_bm25_of_rows_and_of_their_sessions(
    written: list[tuple[str, int]], question: list[str], gone: set[int], low: int
) -> None:
    table = Table(2)
    starts = np.cumsum([new for _, new in written]).tolist()  # a session starts where it grows
    made = [
        Row(id, id, id, session, text)
        for id, ((text, _), session) in enumerate(zip(written, starts, strict=True), 1)
    ]
    vectors: Vectors = np.ones((len(made), 2), np.float32)
    table.add(made, vectors)
    table.discard(gone)
    again = made[: len(made) // 2]
    table.add(again, vectors[: len(again)])  # changed rows come back out of order
    kept = [row for row in made if row in again or row.id not in gone]
    found = table.find(vectors[0], set(terms(" ".join(question))), low, 99)
    asked = set(terms(" ".join(question)))
    assert found.ids.tolist() == [row.id for row in kept if row.id >= low]
    if not kept:
        return
    alone = bm25(asked, [terms(row.text) for row in kept])
    sessions = sorted({row.session for row in kept})
    together = dict(zip(sessions, bm25(asked, [
        [term for row in kept if row.session == session for term in terms(row.text)]
        for session in sessions
    ]), strict=True))  # fmt: skip
    inside = [place for place, row in enumerate(kept) if row.id >= low]
    assert found.covered.tolist() == pytest.approx([alone[i] for i in inside], abs=1e-5)
    expected = [together[kept[i].session] for i in inside]
    assert found.session_covered.tolist() == pytest.approx(expected, abs=1e-5)
