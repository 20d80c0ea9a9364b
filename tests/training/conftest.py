"""A tiny model, and conversations in the layout of the published training data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from checkpoints import text_checkpoint, vision_checkpoint
from PIL import Image as Pillow

from personavlm.protocol.request import RetrieveRequest
from personavlm.protocol.step import Answer, write_step
from personavlm.records import Window

Row = dict[str, Any]
SEARCHED = write_step("Her dog has a name.", RetrieveRequest("dog, name", Window()))
ANSWERED = write_step("The note tells it.", Answer("Biscuit is a corgi."))


def row(*turns: str, image: list[str] | None = None) -> Row:
    said = [{"from": ("human", "gpt")[i % 2], "value": text} for i, text in enumerate(turns)]
    return {"conversations": said} | ({"image": image} if image else {})


TEXT = row("Does this say where she lives?", '"name": Maya\n"home": Porto')
PICTURE = row("<image>\nMy corgi! What is on its collar?", "A red tag.", image=["./imgs/1.png"])
STEPS = row(
    "What is my dog called?",
    SEARCHED,
    "Memory: <image> her corgi\nMemory: <image> its bowl",
    ANSWERED,
    image=["imgs/1.png", "imgs/2.png"],
)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Qwen2.5-VL."""
    return vision_checkpoint(tmp_path_factory.mktemp("tiny") / "tiny-vl", shards=1)


@pytest.fixture(scope="session")
def tiny_text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Qwen2."""
    return text_checkpoint(tmp_path_factory.mktemp("tiny") / "tiny-text")


@pytest.fixture
def rows() -> list[Row]:
    """Of text alone, with a picture, and of several steps that find pictures."""
    return [TEXT, PICTURE, STEPS]


@pytest.fixture
def written(tmp_path: Path) -> Callable[[list[Row]], Path]:
    """Writes a data folder with two pictures; returns its file of conversations."""

    def write(rows: list[Row]) -> Path:
        folder = tmp_path / "data"
        (folder / "imgs").mkdir(parents=True, exist_ok=True)
        Pillow.new("RGB", (90, 60), "tan").save(folder / "imgs/1.png")
        Pillow.new("RGB", (56, 140), "navy").save(folder / "imgs/2.png")
        (folder / "sft.json").write_text(json.dumps(rows), "utf-8")
        return folder / "sft.json"

    return write
