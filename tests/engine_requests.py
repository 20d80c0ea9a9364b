"""Many requests: the product's own prompts of its sample month, with pictures and without."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from asking import ask, talk
from PIL import Image as Pillow
from PIL import ImageDraw

from personavlm.engines.base import Request
from personavlm.personality import BigFive
from personavlm.prompts import OWN
from personavlm.protocol import (
    AnswerInputs,
    Inputs,
    Query,
    ReasonInputs,
    SessionInputs,
    Task,
    TurnInputs,
    grammar_for,
)
from personavlm.protocol.messages import Message
from personavlm.records import Hit, Image, MemoryType, Retrieval, Turn

SAMPLES = Path(__file__).parents[1] / "personavlm" / "samples"
ZONE = ZoneInfo("Europe/Lisbon")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=ZONE)
PROFILE = {"name": "Maya"}
SCORES = BigFive(4.0, 3.0, 2.5, 3.5, 2.0)
UPDATES = (Task.PERSONALITY, Task.SEMANTIC, Task.EPISODIC, Task.PROCEDURAL, Task.CORE)


def rendered(task: Task, inputs: Inputs, max_tokens: int = 24) -> Request:
    """The product's own prompt of a task, without its grammar."""
    return Request(task, inputs, OWN.render(task, inputs), max_tokens=max_tokens)


def update(task: Task, turns: Sequence[Turn]) -> Request:
    """An update of the last of these turns, or of them all, as the update stage asks for it."""
    last = turns[-1]
    inputs: Inputs = (
        TurnInputs(PROFILE, tuple(turns[:-1]), Query(last.text, last.time, last.images))
        if task in (Task.PERSONALITY, Task.SEMANTIC)
        else SessionInputs(PROFILE, tuple(turns), {"running": "Runs on Thursdays."})
    )
    grammar = grammar_for(task, inputs)
    assert grammar is not None
    request = rendered(task, inputs, grammar.max_tokens)
    return replace(request, grammar=grammar, background=True)


def trajectory(turns: Sequence[Turn], steps: int) -> list[Request]:
    """One message answered in so many steps, each going on from the one before."""
    *before, last = turns
    found = [
        Retrieval(f"{turn.text.split()[0]}, {number}", None, None, (_hit(number, turn),))
        for number, turn in enumerate(before[:steps])
    ]
    query = Query(last.text, last.time, last.images)
    return [
        rendered(
            Task.REASON,
            ReasonInputs(
                *(PROFILE, SCORES, tuple(before[-3:]), query),
                retrieved=tuple(found[:step]),
                thoughts=tuple(f"Look up number {number}." for number in range(step)),
            ),
        )
        for step in range(steps)
    ]


def turns_of(session: int) -> list[Turn]:
    """A session of the sample month, with its pictures."""
    month = json.loads((SAMPLES / "month.json").read_text("utf-8"))
    return [
        Turn(
            number,
            session,
            datetime.fromisoformat(said["time"]).replace(tzinfo=ZONE),
            said["user"],
            tuple(sample_picture(name) for name in said.get("images", ())),
            said["assistant"],
        )
        for number, said in enumerate(month["sessions"][session])
    ]


def sample_picture(name: str) -> Image:
    return opened(SAMPLES / "images" / Path(name).name)


def opened(path: Path) -> Image:
    with Pillow.open(path) as picture:
        return Image(path.stem, picture.width, picture.height, path)


def drawn_picture(folder: Path, number: int) -> Image:
    """Noise, a slope of colour and shapes, of a size of its own: no two are alike."""
    chance = np.random.default_rng(number)
    width, height = (int(side) for side in chance.integers(40, 520, 2))
    slope = np.linspace(0, 255, width * height * 3).reshape(height, width, 3)
    noise = chance.integers(0, 120, (height, width, 3))
    picture = Pillow.fromarray(((slope + noise) % 256).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    for _ in range(4):
        left, top = int(chance.integers(0, width - 9)), int(chance.integers(0, height - 9))
        colour = tuple(int(part) for part in chance.integers(0, 256, 3))
        pen.ellipse((left, top, left + width // 3, top + height // 3), fill=colour)
    path = folder / f"drawn-{number}.png"
    picture.save(path)
    return opened(path)


def with_pictures(folder: Path) -> Iterator[Request]:
    """20 prompts: one or two pictures, before, between and after words; some the product's."""
    for number in range(7):
        yield ask("What is this? ", drawn_picture(folder, number), f" Picture {number}.")
    for number in range(7, 11):
        first, second = drawn_picture(folder, number), drawn_picture(folder, number + 100)
        yield ask(first, "Before.", second, "And after?")
    for name in ("biscuit", "cake", "fern"):
        seen = sample_picture(f"{name}.png")
        yield ask(seen, f"My {name}!")
        query = Query(f"Do you remember my {name}?", NOW, (seen,))
        yield rendered(Task.SEMANTIC, TurnInputs(PROFILE, tuple(turns_of(1)[:1]), query))
    for number in range(3):
        seen = drawn_picture(folder, 200 + number)
        turn = Turn(1, 1, NOW, "Look at this.", (seen,), "How lovely.")
        hit = Hit("semantic:1", MemoryType.SEMANTIC, NOW, "Her cake", "looks", 1.0, (), (seen,))
        query = Query(f"What was that, number {number}?", NOW, (drawn_picture(folder, number),))
        found = Retrieval("cake", None, None, (hit,))
        yield rendered(Task.ANSWER, AnswerInputs(PROFILE, SCORES, (turn,), query, found))


def without_pictures() -> Iterator[Request]:
    """38 prompts: sentences of several scripts, conversations, every task of the product."""
    texts = (
        "Hello there",
        "Wie geht es dir?",
        "你好，今天天气怎么样？",
        "שלום 🐕",
        "1 + 1 = ?",
        "a" * 300,
    )
    for text in texts:
        yield ask(text)
    for number in range(4):
        yield talk(
            Message("system", ("You are brief.",)),
            Message("user", (f"I have {number} dogs.",)),
            Message("assistant", ("How nice!",)),
            Message("user", ("What are they called?",)),
        )
    for session in range(3, 7):
        turns = [replace(turn, images=()) for turn in turns_of(session)]
        yield from trajectory(turns, 2)
        for task in UPDATES:
            yield replace(update(task, turns[:3]), grammar=None, max_tokens=24)


def _hit(number: int, turn: Turn) -> Hit:
    text = turn.text[:120]
    return Hit(f"semantic:{number}", MemoryType.SEMANTIC, turn.time, text, "words", 1.0)
