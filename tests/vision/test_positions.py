"""What is mended in older versions of transformers is what newer ones do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from packaging.version import parse
from PIL import Image as Pillow
from transformers import AutoModelForZeroShotObjectDetection, AutoProcessor

from personavlm.vision.positions import MENDED, mend


@pytest.fixture
def seen(dino_folder: Path, pictures: list[Pillow.Image]) -> tuple[Any, dict[str, torch.Tensor]]:
    """A network, and two prompts of different lengths for it."""
    network = AutoModelForZeroShotObjectDetection.from_pretrained(dino_folder).eval()
    inputs = AutoProcessor.from_pretrained(dino_folder)(
        images=[pictures[0], pictures[0]],
        text=["a red mug. cat. corgi.", "dog's bike."],
        padding=True,
        return_tensors="pt",
    )
    return network, inputs


def test_newer_versions_count_the_same_places(
    seen: tuple[Any, dict[str, torch.Tensor]],
) -> None:
    if parse(transformers.__version__) < MENDED:
        pytest.skip("this version is one that has it wrong")
    network, inputs = seen
    with torch.inference_mode():
        expected = network(**inputs)
        mend(network)
        found = network(**inputs)
    assert torch.equal(found.logits, expected.logits)
    assert torch.equal(found.pred_boxes, expected.pred_boxes)


def test_places_matter(seen: tuple[Any, dict[str, torch.Tensor]]) -> None:
    """Or the test above could not fail."""
    network, inputs = seen
    with torch.inference_mode():
        mend(network)
        expected = network(**inputs).logits
        hook = network.model.text_backbone.register_forward_pre_hook(
            lambda module, given: (*given[:3], torch.zeros_like(given[3]))
        )
        assert not torch.equal(network(**inputs).logits, expected)
        hook.remove()
        assert torch.equal(network(**inputs).logits, expected)


def test_the_places_of_a_prompt(seen: tuple[Any, dict[str, torch.Tensor]]) -> None:
    network, inputs = seen
    told: list[torch.Tensor] = []
    mend(network)
    network.model.text_backbone.register_forward_pre_hook(
        lambda module, given: told.append(given[3])
    )
    with torch.inference_mode():
        network(**inputs)
    # A beginning, `a red mug.`, `cat.`, `corgi.`, an end; `dog ' s bike.`, an end and padding.
    assert told[0].tolist() == [[0, 0, 1, 2, 3, 0, 1, 0, 1, 0], [0, 0, 1, 2, 3, 4, 0, 0, 0, 0]]
