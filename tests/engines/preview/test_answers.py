"""Answers are grounded, dated, ranked; and what was never said is not known."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from personavlm.engines.base import Request
from personavlm.engines.preview.engine import PreviewEngine
from personavlm.model import PersonaVLM
from personavlm.personality import BigFive
from personavlm.protocol import AnswerInputs, Query, Task
from personavlm.records import Hit, Image, MemoryType, Retrieval, Turn
from personavlm.respond import Options

ZONE = ZoneInfo("Europe/Lisbon")
NOW = datetime(2026, 3, 20, 18, 0, tzinfo=ZONE)
PICTURE = Image("h", 2, 2, Path("x.png"))


def ask(
    engine: PreviewEngine,
    text: str,
    *said: tuple[int, str],
    personality: BigFive | None = None,
    pictures: tuple[Image, ...] = (),
    profile: dict[str, str] | None = None,
) -> str:
    """The answer when memory brings these messages, each some days old."""
    told = tuple(
        Turn(number, number, NOW - timedelta(days=days), message, reply="You are allergic to figs.")
        for number, (days, message) in enumerate(said)
    )
    hits = tuple(
        Hit(f"turn:{turn.id}", MemoryType.EPISODIC, turn.time, turn.text, "", 1.0, turns=(turn,))
        for turn in told
    )
    inputs = AnswerInputs(
        profile or {}, personality or BigFive(), (), Query(text, NOW, pictures),
        Retrieval("x", None, None, hits),
    )  # fmt: skip
    chunks = engine.generate(Request(Task.ANSWER, inputs, ()))
    return "".join(chunk.text for chunk in chunks).replace("\u2060", "")


def test_dated_in_the_second_person(engine: PreviewEngine) -> None:
    text = ask(engine, "What can't I eat?", (18, "I can't eat walnuts."), (3, "I saw a heron."))
    assert text == "On Monday 2 March you told me you can't eat walnuts."


def test_quoted_where_turning_is_unsafe(engine: PreviewEngine) -> None:
    text = ask(engine, "Where did we go hiking?", (4, "We went hiking on Monte Brasil!"))
    assert text == "On Monday 16 March you said: “We went hiking on Monte Brasil!”"


@pytest.mark.parametrize(
    ("days", "start"), [(0, "Earlier today"), (1, "Yesterday (Thursday 19 March)"),
                        (200, "On Monday 1 September 2025")],
)  # fmt: skip
def test_how_days_are_named(engine: PreviewEngine, days: int, start: str) -> None:
    assert ask(engine, "What is my cat called?", (days, "My cat is called Miso.")).startswith(start)


def test_the_newest_preference_first_the_older_after(engine: PreviewEngine) -> None:
    text = ask(
        engine,
        "What's my favourite tea?",
        (18, "My favourite tea is oolong."),
        (4, "I've gone off it, my favourite tea is rooibos now."),
    )
    assert text.index("rooibos") < text.index("oolong") and "Before that" in text


def test_several_where_several_are_asked_for(engine: PreviewEngine) -> None:
    text = ask(
        engine,
        "What are my pets called?",
        (9, "I have a cat called Miso."),
        (5, "My dog is called Biscuit."),
        (2, "The bus was late."),
    )
    assert "Miso" in text and "Biscuit" in text and "bus" not in text


@pytest.mark.parametrize(
    "question",
    [
        "What's my brother's name?",
        "What is my mother called?",
        "How old is Lena?",
        "What street do I live on?",
        "How much did the bike cost?",
        "When is Lena's birthday?",
    ],
)
def test_unknown(engine: PreviewEngine, question: str) -> None:
    text = ask(
        engine,
        question,
        (9, "My sister Lena lives in Porto with Tom's mother Ana."),
        (5, "I bought a green bike, it has 8 gears."),
    )
    assert text.startswith("You haven't told me that yet.")


def test_replies_are_no_facts(engine: PreviewEngine) -> None:
    assert "figs" not in ask(engine, "What am I allergic to?", (3, "I had a quiet day."))


def test_what_was_replied_is_quoted_as_such(engine: PreviewEngine) -> None:
    text = ask(
        engine, "What did you tell me about allergies?", (3, "Which allergies do I have? I forgot.")
    )
    assert "I answered: “You are allergic to figs.”" in text


def test_questions_are_no_facts(engine: PreviewEngine) -> None:
    text = ask(engine, "Where do I live?", (3, "Do I live in Porto?"))
    assert text.startswith("You haven't told me that yet.")


def test_a_statement_is_acknowledged_by_what_is_kept(engine: PreviewEngine) -> None:
    assert ask(engine, "I adopted a corgi, Biscuit!") == (
        "I'll remember that you adopted a corgi, Biscuit."
    )
    assert "tomorrow (Saturday 21 March)" in ask(engine, "My exam is tomorrow.")


def test_pictures_are_never_described(engine: PreviewEngine) -> None:
    text = ask(engine, "This is my corgi Biscuit.", pictures=(PICTURE,))
    assert "can't look at it" in text and "Biscuit" in text
    text = ask(engine, "", pictures=(PICTURE,))
    assert "What does it show?" in text


def test_advice_heeds_limits_first(engine: PreviewEngine) -> None:
    text = ask(
        engine,
        "What should I cook tonight?",
        (9, "I love Thai curry."),
        (5, "I can't eat peanuts."),
        (4, "My bus was late."),
    )
    assert text.index("peanuts") < text.index("curry") and "bus" not in text


def test_tone_follows_the_profile(engine: PreviewEngine) -> None:
    said = (18, "I can't eat walnuts.")
    plain = ask(engine, "What can't I eat?", said)
    for high, word in (
        (BigFive(agreeableness=4.5), "Happy"),
        (BigFive(neuroticism=4.5), "not worry"),
        (BigFive(extraversion=4.5, openness=4), "another"),
    ):
        text = ask(engine, "What can't I eat?", said, personality=high)
        assert text.startswith(plain) and word in text
    brief = ask(engine, "What's my cat called?", said, personality=BigFive(extraversion=1.5))
    assert brief == "You haven't told me that yet."


def test_the_profile_answers_what_memory_does_not(engine: PreviewEngine) -> None:
    assert "Maya" in ask(engine, "What's my name?", profile={"name": "Maya"})
    assert "Maya" not in ask(engine, "What's my dog's name?", profile={"name": "Maya"})


def test_a_months_questions(tmp_path: Path, histories: dict[str, dict[str, Any]]) -> None:
    """The third development history through the product."""
    ivo = histories["Ivo"]
    zone = ZoneInfo(ivo["zone"])
    now = datetime.fromisoformat(ivo["now"]).replace(tzinfo=zone)
    with PersonaVLM.from_pretrained(engine="preview", data_dir=tmp_path) as model:
        agent = model.agent("Ivo", profile={"name": "Ivo"}, zone=ivo["zone"])
        for turn in ivo["turns"]:
            at = datetime.fromisoformat(turn["time"]).replace(tzinfo=zone)
            agent.observe(turn["user"], turn["assistant"], time=at)
        agent.finish()

        def answer(question: str) -> str:
            return agent.chat(question, time=now, options=Options(remember=False)).text.lower()

        def right(asked: dict[str, Any]) -> bool:
            text = answer(asked["question"])
            return any(form.lower() in text for form in asked["answer"])

        assert sum(map(right, ivo["facts"])) >= 21
        assert sum(map(right, ivo["latest"])) >= 3
        assert sum("haven't told me" in answer(question) for question in ivo["unknown"]) >= 9
