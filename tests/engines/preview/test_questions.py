"""Messages are told apart, and questions understood as far as rules can."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from personavlm.engines.preview.kinds import Kind, holds
from personavlm.engines.preview.questions import Act, understand

NOW = datetime(2026, 3, 20, 18, 0, tzinfo=ZoneInfo("Europe/Lisbon"))


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("What's my sister's name?", Act.ASK),
        ("do you remember where Lena lives", Act.ASK),
        ("Remind me what time my dentist appointment is", Act.ASK),
        ("Any idea what I got Tom for his birthday?", Act.ASK),
        ("Describe the mug I made.", Act.ASK),
        ("What can't I eat?", Act.ASK),
        ("What did you recommend last week?", Act.ASK),
        ("What should I cook tonight?", Act.ADVICE),
        ("I can't eat walnuts, so what should I bake?", Act.ADVICE),
        ("Suggest a book for the train.", Act.ADVICE),
        ("What's the capital of France?", Act.GENERAL),
        ("How does photosynthesis work?", Act.GENERAL),
        ("Can you write me a poem?", Act.GENERAL),
        ("Who are you?", Act.META),
        ("I adopted a corgi, Biscuit!", Act.TELL),
        ("I actually had fun??", Act.TELL),
        ("Can you keep your replies short please?", Act.TELL),
        ("Hello Biscuit is ill today", Act.TELL),
        ("Hi!", Act.GREET),
        ("Thanks, that's great", Act.THANK),
        ("ok", Act.NOD),
    ],
)
def test_acts(text: str, act: Act) -> None:
    assert understand(text, NOW).act is act


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Who lent me the drill?", Kind.PERSON),
        ("When is the wedding?", Kind.TIME),
        ("What time is the meeting?", Kind.CLOCK),
        ("Where does Lena live?", Kind.PLACE),
        ("How many eggs does the cake need?", Kind.NUMBER),
        ("How old is my niece?", Kind.AGE),
        ("How much did I pay for the bike?", Kind.PRICE),
        ("What colour is my bike?", Kind.COLOUR),
        ("What's my dog called?", Kind.NAME),
        ("Why did I leave early?", Kind.REASON),
        ("How often do I run?", Kind.OFTEN),
    ],
)
def test_kinds(text: str, kind: Kind) -> None:
    assert understand(text, NOW).kind is kind


def test_two_questions_in_one() -> None:
    question = understand("Which town did I go to on Sunday, and what did I buy there?", NOW)
    assert [part.kind for part in question.parts] == [Kind.PLACE, Kind.ANY]
    assert question.parts[1].spans == question.spans != ()


def test_what_is_told_beside_the_question() -> None:
    assert understand("I can't eat walnuts, so what should I bake?", NOW).told == (
        "I can't eat walnuts",
    )
    assert understand("If someone bakes for me, what do they leave out?", NOW).told == ()


@pytest.mark.parametrize(
    ("kind", "yes", "no"),
    [
        (Kind.PLACE, "We met in Porto", "I love tea"),
        (Kind.PLACE, "The key is under the mat", "We talked a lot"),
        (Kind.AGE, "Theo turned four today", "I have a cat"),
        (Kind.PRICE, "It was 32 euros", "It was blue"),
        (Kind.COLOUR, "Mine is dark green", "Mine is fast"),
        (Kind.TIME, "It's next Tuesday", "It's fun"),
        (Kind.NAME, "My boss Declan is nice", "My boss is nice"),
    ],
)
def test_what_holds_an_answer(kind: Kind, yes: str, no: str) -> None:
    assert holds(kind, yes) > 0.5 > holds(kind, no)


def test_the_questions_own_name_is_no_answer() -> None:
    assert holds(Kind.NAME, "I saw Rita", frozenset({"rita"})) == 0
