"""Detection, from a tiny checkpoint of the real classes. What is found in noise is noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pillow
from transformers import AutoModelForZeroShotObjectDetection, AutoProcessor

from personavlm.errors import BadImage, WeightsError
from personavlm.hub.weights import Weights
from personavlm.vision import grounding_dino
from personavlm.vision.base import Box
from personavlm.vision.grounding_dino import LEAST, MOST, GroundingDino, _by_name, _distinct, phrase
from personavlm.vision.positions import mend

Make = Callable[[Path], Weights]
CATEGORIES = [["dog"], ["a cat", "a red mug"], [], ["object"], ["corgi"], ["..."]]


@pytest.fixture(scope="module")
def detector(dino_folder: Path) -> GroundingDino:
    return GroundingDino("tiny", Weights(str(dino_folder), None, dino_folder, "tiny", "", 0))


def test_a_batch_is_what_its_pictures_are_one_by_one(
    detector: GroundingDino, pictures: list[Pillow.Image]
) -> None:
    together = detector.detect(pictures, CATEGORIES)
    assert [bool(found) for found in together] == [True, True, False, True, True, True]
    for picture, names, found in zip(pictures, CATEGORIES, together, strict=True):
        [alone] = detector.detect([picture], [names])
        assert [d.category for d in alone] == [d.category for d in found]
        assert [d.score for d in alone] == pytest.approx([d.score for d in found], abs=1e-5)
        for one, other in zip(alone, found, strict=True):
            # A corner in the middle of a pixel may be rounded up or down.
            assert astuple(one.box) == pytest.approx(astuple(other.box), abs=1)


def test_boxes_lie_in_the_picture_and_scores_fall(
    detector: GroundingDino, pictures: list[Pillow.Image]
) -> None:
    for picture, found in zip(pictures, detector.detect(pictures, CATEGORIES), strict=True):
        for box in (detection.box for detection in found):
            assert 0 <= box.left < box.right <= picture.width
            assert 0 <= box.top < box.bottom <= picture.height
        scores = [detection.score for detection in found]
        assert scores == sorted(scores, reverse=True)
        assert all(LEAST < score <= 1 for score in scores)


def test_names_that_do_not_fit_into_one_prompt_are_asked_for_in_several(
    detector: GroundingDino, pictures: list[Pillow.Image]
) -> None:
    few = ["cat", "mug", "cat"]
    [found] = detector.detect([pictures[1]], [few])
    assert found and {detection.category for detection in found} <= {"cat", "mug"}
    assert detector._loaded is not None
    assert list(detector._loaded.prompts(few[:2])) == [few[:2]]
    many = [f"red corgi {number}" for number in range(100)]  # four tokens each with the full stop
    lots = list(detector._loaded.prompts(many))
    assert [len(lot) for lot in lots] == [63, 37] and lots[0] + lots[1] == many
    [found] = detector.detect([pictures[1]], [many])
    assert {detection.category for detection in found} <= set(many)


def test_a_box_counts_as_the_name_that_it_fits_best() -> None:
    """Tokens: a beginning, `red mug.`, `cat.` and an end."""
    sure = np.array([[0.9, 0.2, 0.6, 0.9, 0.3, 0.9, 0.9], [0, 0, 0.1, 0, 0.5, 0, 0]], np.float32)
    np.testing.assert_allclose(_by_name(sure, [3, 5]), [[0.6, 0.3], [0.1, 0.5]])


def test_the_best_is_what_the_library_itself_finds(
    detector: GroundingDino, dino_folder: Path, pictures: list[Pillow.Image]
) -> None:
    picture = pictures[0]
    processor = AutoProcessor.from_pretrained(dino_folder)
    model = AutoModelForZeroShotObjectDetection.from_pretrained(dino_folder)
    mend(model)  # which changes nothing in newer versions: see test_positions
    inputs = processor(images=picture, text=[["red mug", "dog"]], return_tensors="pt")
    with torch.inference_mode():
        outputs = model(**inputs)
    [every] = processor.post_process_grounded_object_detection(
        outputs, threshold=0.0, target_sizes=[(picture.height, picture.width)]
    )
    red_mug, dog = outputs.logits[0, :, 1:3].sigmoid(), outputs.logits[0, :, 4].sigmoid()
    sure = torch.maximum(red_mug.amax(1), dog)
    best = int(sure.argmax())
    [found] = detector.detect([picture], [["red mug", "dog"]])
    assert found[0].score == pytest.approx(float(sure[best]), abs=1e-5)
    assert found[0].category == ("dog" if dog[best] == sure[best] else "red mug")
    corners = (found[0].box.left, found[0].box.top, found[0].box.right, found[0].box.bottom)
    expected = every["boxes"][best].clamp(torch.zeros(4), torch.tensor([80, 60, 80, 60]))
    assert corners == pytest.approx(expected.tolist(), abs=0.51)


def test_two_boxes_round_one_thing_are_one_detection() -> None:
    """Of two names, in a picture of 100 by 200 pixels."""
    boxes = np.array(  # centre, width and height
        [
            [0.30, 0.30, 0.20, 0.20],
            [0.31, 0.30, 0.20, 0.20],  # round the same thing, and surer
            [0.70, 0.30, 0.20, 0.20],
            [0.30, 0.30, 0.20, 0.20],  # the same thing, for the other name
            [0.00, 0.00, 0.10, 0.001],  # half outside, and thin
            [1.50, 0.50, 0.20, 0.20],  # outside
            [0.50, 0.70, 0.20, 0.20],  # not sure enough
        ],
        np.float32,
    )
    mug = np.array([0.8, 0.9, 0.3, 0.2, 0.4, 0.9, 0.09], np.float32)
    sure = np.stack([mug, np.array([0, 0, 0, 0.5, 0, 0, 0], np.float32)], axis=1)
    found = _distinct(boxes, sure, ["mug", "cat"], (100, 200))
    assert [(d.box, d.category, round(d.score, 2)) for d in found] == [
        (Box(21, 40, 41, 80), "mug", 0.9),
        (Box(0, 0, 5, 1), "mug", 0.4),
        (Box(60, 40, 80, 80), "mug", 0.3),
        (Box(20, 40, 40, 80), "cat", 0.5),
    ]
    row = np.array([[0.025 + 0.05 * place, 0.5, 0.04, 0.1] for place in range(20)], np.float32)
    assert len(_distinct(row, np.full((20, 1), 0.5, np.float32), ["mug"], (500, 500))) == MOST


def test_how_a_category_is_asked_for(detector: GroundingDino, pictures: list[Pillow.Image]) -> None:
    assert phrase(" My Dog's red-ish MUG. ") == "my dog's red-ish mug"
    assert phrase("...") == phrase("") == grounding_dino.ANYTHING
    # The longest that there can be: every character its own token.
    [found] = detector.detect(pictures[:1], [["狗" * 500 + str(n) for n in range(9)]])
    assert len(found) <= 9 * MOST


def test_a_damaged_picture_is_told(detector: GroundingDino, broken: Pillow.Image) -> None:
    with pytest.raises(BadImage, match="damaged or incomplete"):
        detector.detect([broken], [["dog"]])


def test_weights_of_another_model_are_told(clip_folder: Path, weights: Make) -> None:
    detector = GroundingDino("tiny", weights(clip_folder))
    with pytest.raises(WeightsError, match="cannot be loaded as AutoModelForZeroShot"):
        detector.detect([Pillow.new("RGB", (9, 9))], [["dog"]])
