"""The Big Five reader on its development set, which shares no sentence with its examples."""

import pytest
from trait_cases import CLEAR, NEUTRAL

from personavlm.engines.preview.engine import PreviewEngine
from personavlm.engines.preview.trait_examples import POLES, lines
from personavlm.engines.preview.trait_words import leanings
from personavlm.engines.preview.traits import TraitReader

LETTERS = "OCEAN"


@pytest.fixture(scope="module")
def reader(engine: PreviewEngine) -> TraitReader:
    return engine._traits


def test_the_sets_share_nothing() -> None:
    examples = {line for poles in POLES for block in poles for line in lines(block)}
    assert not examples & {text for _, _, text in CLEAR}
    assert len(CLEAR) == 60 and len(NEUTRAL) == 30


def test_signs_of_clear_cues(reader: TraitReader) -> None:
    right = sum(
        (reader.read(text)[LETTERS.index(trait)] - 3) * sign > 0 for trait, sign, text in CLEAR
    )
    assert right >= 54


def test_plain_facts_are_left_alone(reader: TraitReader) -> None:
    assert sum(reader.read(text) == (3,) * 5 for text in NEUTRAL) >= 25


def test_scores_are_in_range(reader: TraitReader) -> None:
    for text in ("", "?", "a" * 5000, "I panic. I panic! I panic?", "好き"):
        assert all(score in (1, 2, 3, 4, 5) for score in reader.read(text))


def test_denied_words_do_not_count_for_their_pole() -> None:
    assert leanings("I'm worried about it")[4] > 0 > leanings("I'm not worried about it")[4]
