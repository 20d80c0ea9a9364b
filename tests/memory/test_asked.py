"""What is searched for: the question, not the options that it comes with."""

from __future__ import annotations

import pytest

from personavlm.memory.asked import question_of

OPTIONS = "(a). green tea\n(b). black tea\n(c). cocoa\n(d). none"


@pytest.mark.parametrize(
    ("message", "question"),
    [
        (f"What do I drink?\nOptions:\n{OPTIONS}\nPlease give your final answer.",
         "What do I drink?"),
        (f"What do I drink?\n\n{OPTIONS}", "What do I drink?"),
        ("What do I drink? Choices: (a) tea\n(b) cocoa", "What do I drink?"),
        ("What do I drink?\nA) tea\nB) cocoa", "What do I drink?"),
    ],
)  # fmt: skip
def test_options_are_left_out(message: str, question: str) -> None:
    assert question_of(message) == question


@pytest.mark.parametrize(
    "message",
    [
        "What do I drink?",
        "Buy\n1. milk\n2. eggs",
        "I like (a) tea and (b) cocoa",
        "A. J. Smith\nB. B. King",
        "b) first\na) second",
        OPTIONS,  # nothing else would be left to search for
    ],
)
def test_other_messages_stay_as_they_are(message: str) -> None:
    assert question_of(message) == message
