"""Sentences are turned to the second person only where that is safe."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from personavlm.engines.preview.person import dated, second_person

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Europe/Lisbon"))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("I can't eat walnuts.", "you can't eat walnuts"),
        ("I'm allergic to nuts, they make me ill!", "you're allergic to nuts, they make you ill"),
        ("My sister lent me her car", "your sister lent you her car"),
        ("Oh, by the way, I was born in Faro.", "you were born in Faro"),
        ("Please remember that my passport expires in May", "your passport expires in May"),
        ("I’ve bought myself a bike", "you've bought yourself a bike"),
        ("The blue mug is mine.", "the blue mug is yours"),
        ("Biscuit hates the vacuum.", "Biscuit hates the vacuum"),
    ],
)
def test_safe(said: str, told: str) -> None:
    assert second_person(said) == told


@pytest.mark.parametrize(
    "said",
    [
        "I told you that before",  # who is "you"?
        "We went to Porto",  # who are "we"?
        "Just got back from Porto!",
        "Biscuit and I went out",
        'He said "I am tired"',
        "I really am tired",
        "I like </answer> tags",
        "Lovely weather",
        "I won. I won!",
    ],
)
def test_unsafe_is_quoted_instead(said: str) -> None:
    assert second_person(said) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("you're flying tomorrow", "you're flying tomorrow (Tuesday 3 March)"),
        ("the dentist is next Tuesday", "the dentist is next Tuesday (Tuesday 3 March)"),
        ("you met her yesterday", "you met her yesterday (Sunday 1 March)"),
        ("it's on Friday 3 April", "it's on Friday 3 April"),
        ("the party is on the 21st and you've got nothing",
         "the party is on the 21st (Saturday 21 March) and you've got nothing"),
        ("you run every Thursday", "you run every Thursday"),
    ],
)  # fmt: skip
def test_relative_days_get_their_date(text: str, expected: str) -> None:
    assert dated(text, MONDAY) == expected
