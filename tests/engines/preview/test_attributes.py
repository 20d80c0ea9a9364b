"""Attributes that were never told are not known, and likings are found behind other words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from personavlm.engines.base import Request
from personavlm.engines.preview.engine import PreviewEngine
from personavlm.personality import BigFive
from personavlm.protocol import AnswerInputs, Query, Task
from personavlm.records import Hit, MemoryType, Retrieval, Turn

NOW = datetime(2026, 3, 20, 18, 0, tzinfo=ZoneInfo("Europe/Lisbon"))
UNKNOWN = "You haven't told me that yet."
LENA = (
    "My friend Lena moved to Leeds last week.",
    "Lena was on the next stool, we met at the vet's with two howling animals.",
    "Lena gave me a fern in a terracotta pot.",
    "I sold the old bike and bought a blue Trek with proper brakes.",
)


def ask(engine: PreviewEngine, text: str, *said: str) -> str:
    """The answer when these messages were said, one a day, the last of them yesterday."""
    told = [
        Turn(number, number, NOW - timedelta(days=len(said) - number), message, reply="I see.")
        for number, message in enumerate(said)
    ]
    hits = tuple(
        Hit(f"turn:{turn.id}", MemoryType.EPISODIC, turn.time, turn.text, "", 1.0, turns=(turn,))
        for turn in told
    )
    retrieved = Retrieval("x", None, None, hits)
    inputs = AnswerInputs({}, BigFive(), (), Query(text, NOW), retrieved)
    chunks = engine.generate(Request(Task.ANSWER, inputs, ()))
    return "".join(chunk.text for chunk in chunks).replace("\u2060", "")


@pytest.mark.parametrize(
    "question",
    [
        "What does Lena do for a living?",
        "What colour is Lena's hair?",
        "Which company does Lena work for?",
        "What did I pay for the Trek?",
        "What is Lena's phone number?",
        "What's Lena's last name?",
        "How old is Lena?",
        "How tall is Lena?",
        "What's the name of Lena's cat?",
    ],
)
def test_an_attribute_that_was_never_told(engine: PreviewEngine, question: str) -> None:
    assert ask(engine, question, *LENA).startswith(UNKNOWN)


@pytest.mark.parametrize(
    ("question", "said", "answer"),
    [
        ("What does Lena do for a living?", "Lena is a pharmacist, she lives in Alfama.", "pharm"),
        ("What does Lena do for work?", "I live with Lena, she restores paintings.", "paintings"),
        ("What colour is Lena's hair?", "Lena has dyed her hair bright green.", "green"),
        ("Which company does Lena work for?", "Lena works for Vodafone.", "Vodafone"),
        ("What did I pay for the Trek?", "The Trek was 640 euros.", "640"),
        ("What's Lena's surname?", "I had lunch with Lena Marsh.", "Marsh"),
        ("How tall is Lena?", "Lena is 1.82 m, she can reach the lamp.", "1.82"),
    ],
)
def test_and_one_that_was(engine: PreviewEngine, question: str, said: str, answer: str) -> None:
    assert answer in ask(engine, question, *LENA, said)


@pytest.mark.parametrize(
    ("question", "older", "newer", "answer"),
    [
        (
            "Which part of the day suits me for writing?",
            "I do my best work late at night.",
            "I've turned into an early bird, I get more done first thing.",
            "early bird",
        ),
        (
            "How do I keep on top of my tasks?",
            "Sticky notes are my whole system.",
            "I got a proper planner and tick things off.",
            "planner",
        ),
        (
            "Which shade would suit me for a scarf?",
            "Mustard is my favourite colour.",
            "Dark green is my favourite colour now.",
            "Dark green",
        ),
    ],
)
def test_the_newest_way_behind_other_words(
    engine: PreviewEngine, question: str, older: str, newer: str, answer: str
) -> None:
    text = ask(engine, question, older, "The bus was late.", newer)
    assert answer.lower() in text.lower()
    assert older.lower()[:12] not in text.lower()[: text.lower().index(answer.lower())]
