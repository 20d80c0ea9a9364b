"""CLIP's image embeddings, from a tiny checkpoint of the real class."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pillow
from transformers import AutoImageProcessor, CLIPModel

from personavlm.errors import BadImage, WeightsError
from personavlm.hub.weights import Weights
from personavlm.vision import clip
from personavlm.vision.clip import Clip

Make = Callable[[Path], Weights]


@pytest.fixture
def descriptor(clip_folder: Path, weights: Make) -> Clip:
    return Clip("tiny", weights(clip_folder))


def test_as_the_library_itself_embeds(
    descriptor: Clip, clip_folder: Path, pictures: list[Pillow.Image]
) -> None:
    plain = pictures[:3]
    pixels = AutoImageProcessor.from_pretrained(clip_folder)(images=plain, return_tensors="pt")
    with torch.inference_mode():
        model = CLIPModel.from_pretrained(clip_folder)
        expected = model.visual_projection(model.vision_model(**pixels).pooler_output).numpy()
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(descriptor.describe(plain), expected, atol=1e-6)


def test_a_batch_is_what_its_pictures_are_one_by_one(
    descriptor: Clip, pictures: list[Pillow.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip, "BATCH", 4)  # so that there is a second one
    rows = descriptor.describe(pictures)
    assert rows.shape == (len(pictures), descriptor.dimension) == (6, 24)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    single = np.concatenate([descriptor.describe([picture]) for picture in pictures])
    np.testing.assert_allclose(rows, single, atol=1e-6)
    assert (rows @ rows.T - np.eye(len(rows)) < 0.9999).all(), "different pictures differ"


def test_nothing_to_describe_loads_nothing(clip_folder: Path, weights: Make) -> None:
    assert Clip("tiny", weights(clip_folder)).describe([]).shape == (0, 24)


def test_a_damaged_picture_is_told(descriptor: Clip, broken: Pillow.Image) -> None:
    with pytest.raises(BadImage, match="damaged or incomplete"):
        descriptor.describe([broken])


def test_a_damaged_checkpoint_is_told(clip_folder: Path, tmp_path: Path, weights: Make) -> None:
    (tmp_path / "config.json").write_bytes((clip_folder / "config.json").read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"\0" * 100)
    damaged = Clip("tiny", weights(tmp_path))
    with pytest.raises(WeightsError, match="cannot be loaded as CLIPModel"):
        damaged.describe([Pillow.new("RGB", (9, 9))])


def test_a_checkpoint_without_its_picture_processor(
    clip_folder: Path, tmp_path: Path, weights: Make
) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((clip_folder / name).read_bytes())
    with pytest.raises(WeightsError, match="has no AutoImageProcessor"):
        Clip("tiny", weights(tmp_path)).describe([Pillow.new("RGB", (9, 9))])
