"""What is told of objects that memory recognised, and which questions are about that."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from personavlm.engines.base import Request
from personavlm.engines.preview.engine import PreviewEngine
from personavlm.personality import BigFive
from personavlm.protocol import (
    Answer,
    AnswerInputs,
    Query,
    ReasonInputs,
    RetrieveRequest,
    Step,
    StepParser,
    Task,
)
from personavlm.records import Crop, Hit, Image, MemoryType, Object, Retrieval
from personavlm.vision.base import Box

ZONE = ZoneInfo("Europe/Lisbon")
NOW = datetime(2026, 3, 20, 18, 0, tzinfo=ZONE)
PHOTO = Image("h", 2, 2, Path("x.png"))


def like(number: int, name: str, category: str, note: str = "", days: int = 18) -> Hit:
    """A hit on an object that was shown some days ago."""
    time = NOW - timedelta(days=days)
    view = Crop(number, PHOTO, PHOTO, Box(0, 0, 2, 2), time, note)
    known = Object(number, name, category, (view,))
    return Hit(f"object:{number}", MemoryType.SEMANTIC, time, f"{name}: {note}", "looks like it",
               0.9, images=(PHOTO,), object=known)  # fmt: skip


BISCUIT = like(1, "corgi Biscuit", "corgi", "This is my corgi Biscuit.")
MISO = like(2, "Miso", "cat", days=4)


def step(
    engine: PreviewEngine, text: str, *hits: Hit, may: bool = True, must: bool = False,
    images: tuple[Image, ...] = (PHOTO,),
) -> Step:  # fmt: skip
    seen = (Retrieval("", None, None, hits),) if hits else ()
    query = Query(text, NOW, images)
    inputs = ReasonInputs({}, BigFive(), (), query, seen, ("",) * len(seen), may, must)
    parser = StepParser(ZONE)
    for chunk in engine.generate(Request(Task.REASON, inputs, ())):
        parser.feed(chunk.text)
    return parser.finish()[1]


def answered(made: Step) -> str:
    assert isinstance(made.action, Answer)
    return made.action.text.replace("\u2060", "")


@pytest.mark.parametrize(
    "text",
    ["Who is this?", "What is this?", "Do you recognise him?", "Is this Biscuit?",
     "Which corgi is that?", "What's her name?", "Have you seen this before?"],
)  # fmt: skip
def test_what_the_picture_shows(engine: PreviewEngine, text: str) -> None:
    assert answered(step(engine, text, BISCUIT)) == (
        "This looks like your corgi Biscuit. On Monday 2 March you showed me a picture of it and "
        "said: “This is my corgi Biscuit.”"
    )


def test_several_things(engine: PreviewEngine) -> None:
    text = answered(step(engine, "Who are they?", MISO, BISCUIT))
    assert text.startswith(
        "This looks like Miso. On Monday 16 March you showed me a picture of it. "
        "It also looks like your corgi Biscuit. On Monday 2 March"
    )


def test_what_is_not_recognised_is_not_guessed(engine: PreviewEngine) -> None:
    for text in ("Who is this?", "What is this?"):
        assert "nothing that you've shown me" in answered(step(engine, text))
    without = step(engine, "Who is this?", images=())
    assert isinstance(without.action, RetrieveRequest), "there is no picture to tell of"


def test_other_questions_about_it_are_searched_for_by_its_name(engine: PreviewEngine) -> None:
    action = step(engine, "Where did I adopt him?", BISCUIT).action
    assert isinstance(action, RetrieveRequest)
    assert action.keywords == "corgi Biscuit, adopt"
    assert isinstance(step(engine, "Who is this?", BISCUIT, must=True).action, RetrieveRequest)


def test_a_picture_without_words_is_told_by_what_it_looks_like(engine: PreviewEngine) -> None:
    assert answered(step(engine, "", MISO)) == "This looks like Miso."
    told = answered(step(engine, "This is my corgi Biscuit.", MISO))
    assert "Miso" not in told, "the person says what it is"


def test_from_one_search(engine: PreviewEngine) -> None:
    found = Retrieval("Who is this?", None, None, (BISCUIT,))
    inputs = AnswerInputs({}, BigFive(), (), Query("Who is this?", NOW, (PHOTO,)), found)
    chunks = engine.generate(Request(Task.ANSWER, inputs, ()))
    text = "".join(chunk.text for chunk in chunks)
    assert text.startswith("This looks like your corgi Biscuit.")
