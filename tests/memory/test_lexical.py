"""Words in common: terms, postings that come and go, and BM25 counted by plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st

from personavlm.memory.lexical import counted, saying, shared, terms

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


def test_words_are_packed_the_same_in_every_process() -> None:
    packed = np.frombuffer(counted("corgi, corgis and a bike"), "<u8")
    assert dict(zip((packed >> 16).tolist(), (packed & 0xFFFF).tolist(), strict=True)) == {
        0x8474C556FD6F: 2, 0x9C3D092AB4A4: 1
    }  # fmt: skip
    assert counted("it was") == b""
