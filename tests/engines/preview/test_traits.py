"""The Big Five reader on its development set, which shares no sentence with its examples."""

from typing import Any

import pytest

from personavlm.engines.preview.trait_examples import POLES, lines
from personavlm.engines.preview.trait_words import leanings
from personavlm.engines.preview.traits import TraitReader
from personavlm.memory.encode import CachedEncoder, MiniLM
from personavlm.personality import TRAITS


@pytest.fixture(scope="module")
def reader(cached: CachedEncoder, encoder: MiniLM) -> TraitReader:
    return TraitReader(cached, encoder)


def test_the_sets_share_nothing(trait_cases: dict[str, Any]) -> None:
    examples = {line for poles in POLES for block in poles for line in lines(block)}
    assert not examples & {case["text"] for case in trait_cases["clear"]}
    assert len(trait_cases["clear"]) == 60 and len(trait_cases["neutral"]) == 30


def test_signs_of_clear_cues(reader: TraitReader, trait_cases: dict[str, Any]) -> None:
    right = 0
    for case in trait_cases["clear"]:
        score = reader.read(case["text"])[TRAITS.index(case["trait"])]
        right += (score - 3) * case["sign"] > 0
    assert right >= 54


def test_plain_facts_are_left_alone(reader: TraitReader, trait_cases: dict[str, Any]) -> None:
    assert sum(reader.read(text) == (3,) * 5 for text in trait_cases["neutral"]) >= 25


def test_scores_are_in_range(reader: TraitReader) -> None:
    for text in ("", "?", "a" * 5000, "I panic. I panic! I panic?", "好き"):
        assert all(score in (1, 2, 3, 4, 5) for score in reader.read(text))


def test_denied_words_do_not_count_for_their_pole() -> None:
    assert leanings("I'm worried about it")[4] > 0 > leanings("I'm not worried about it")[4]
