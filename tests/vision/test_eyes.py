"""The loaded model's own vision tower, from a tiny checkpoint of the real class."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoints import engine_at, text_checkpoint, vision_checkpoint
from PIL import Image as Pillow
from transformers import AutoImageProcessor, Qwen2_5_VLForConditionalGeneration

from personavlm.engines.pixels import resized
from personavlm.engines.transformers.engine import TransformersEngine
from personavlm.errors import BadImage, EngineUnavailable
from personavlm.vision.choose import choose_vision
from personavlm.vision.eyes import Eyes


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return vision_checkpoint(tmp_path_factory.mktemp("qwen"))


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[TransformersEngine]:
    with engine_at(folder) as loaded:
        loaded.load()
        yield loaded


def test_unit_rows(engine: TransformersEngine, pictures: list[Pillow.Image]) -> None:
    eyes = Eyes(engine)
    rows = eyes.describe(pictures)
    assert rows.shape == (len(pictures), eyes.dimension) == (6, 64) and rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert (rows @ rows.T - np.eye(len(rows)) < 0.99999).all(), "different pictures differ"
    assert eyes.describe([]).shape == (0, 64)
    assert engine.weights is not None and eyes.name == f"eyes of {engine.weights.name}"


def test_what_is_seen_is_the_mean_of_the_tokens_of_the_picture(
    engine: TransformersEngine, folder: Path, pictures: list[Pillow.Image]
) -> None:
    network = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    processor = AutoImageProcessor.from_pretrained(folder)
    with torch.inference_mode():
        inputs = processor(images=[resized(pictures[0])], return_tensors="pt")
        tokens = network.model.visual(inputs["pixel_values"], inputs["image_grid_thw"])
    expected = tokens.pooler_output.mean(0).numpy()
    np.testing.assert_allclose(engine.see(pictures[:1])[0], expected, rtol=1e-4, atol=1e-6)


def test_eyes_serve_where_there_is_no_clip(engine: TransformersEngine) -> None:
    vision = choose_vision(engine, detector="/no/detector", clip="/no/clip")
    assert isinstance(vision.descriptor, Eyes)
    assert f"told apart by {vision.descriptor.name}. Better: " in vision.note


def test_an_engine_that_is_not_loaded_or_has_no_eyes_shows_nothing(
    folder: Path, tmp_path: Path
) -> None:
    assert not engine_at(folder).sees
    with engine_at(text_checkpoint(tmp_path)) as blind:
        blind.load()
        assert not blind.sees
        with pytest.raises(EngineUnavailable, match="has no eyes"):
            blind.see([Pillow.new("RGB", (60, 60))])


def test_an_engine_that_was_closed_is_told(folder: Path) -> None:
    with engine_at(folder) as gone:
        gone.load()
        eyes = Eyes(gone)
    with pytest.raises(EngineUnavailable, match="was closed"):
        eyes.describe([Pillow.new("RGB", (60, 60))])


def test_a_damaged_picture_is_told(engine: TransformersEngine, broken: Pillow.Image) -> None:
    with pytest.raises(BadImage, match="damaged or incomplete"):
        Eyes(engine).describe([broken])
