"""Drawn scenes, and small real eyes for them: a detector of coloured things and a descriptor of
colours. They stand in for Grounding DINO and CLIP, whose own code is tested in tests/vision.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageColor, ImageDraw

from personavlm.errors import WeightsError
from personavlm.memory.encode import Vectors
from personavlm.memory.sight import Sight
from personavlm.protocol import SemanticDecision, write_semantic
from personavlm.vision.base import Box, Detection, Detector, Vision

COLOURS = {"corgi": "orange", "cat": "grey", "mug": "blue", "bike": "red"}


def scene(
    *things: tuple[str, tuple[int, int, int, int]], size: tuple[int, int] = (200, 100)
) -> bytes:
    """A PNG of coloured things on white: a colour, or a category of COLOURS, and a box."""
    image = Pillow.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for what, (left, top, right, bottom) in things:
        draw.rectangle((left, top, right - 1, bottom - 1), COLOURS.get(what, what))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def portrait(what: str) -> bytes:
    """A picture that one thing fills."""
    return scene((what, (5, 5, 195, 95)))


def keep(content: str) -> str:
    """What the model writes to keep this."""
    return write_semantic(SemanticDecision("they showed it", True, content, ("shown",)))


@dataclass
class Blobs:
    """Finds the things of a category by its colour, the larger the surer."""

    name: str = "blobs"
    asked: list[list[list[str]]] = field(default_factory=list)

    def detect(
        self, pictures: Sequence[Pillow.Image], categories: Sequence[Sequence[str]]
    ) -> list[list[Detection]]:
        self.asked.append([list(wanted) for wanted in categories])
        found = []
        for picture, wanted in zip(pictures, categories, strict=True):
            every = [each for category in wanted for each in _blobs(picture, category)]
            found.append(sorted(every, key=lambda each: -each.score))
        return found


@dataclass
class Colours:
    """How much of each of 64 colours there is, white left out."""

    name: str = "colours"
    dimension: int = 64
    threshold: float = 0.9
    described: list[int] = field(default_factory=list)

    def describe(self, crops: Sequence[Pillow.Image]) -> Vectors:
        self.described.append(len(crops))
        rows = np.full((len(crops), self.dimension), 1e-3, np.float32)
        for row, crop in zip(rows, crops, strict=True):
            pixels = np.asarray(crop.convert("RGB"), np.int64).reshape(-1, 3)
            bins = (pixels[(pixels < 200).any(axis=1)] // 64) @ np.array([16, 4, 1])
            row += np.bincount(bins, minlength=self.dimension)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class Broken:
    """A model whose weights cannot be loaded."""

    name, dimension, threshold = "broken", 64, 0.9

    def detect(self, pictures: object, categories: object) -> list[list[Detection]]:
        raise WeightsError("The detector's weights are damaged.")

    def describe(self, crops: object) -> Vectors:
        raise WeightsError("The descriptor's weights are damaged.")


def sight(detector: Detector | None = None, descriptor: object | None = None) -> Sight:
    """Eyes of these parts; without a detector, and by colours, unless told otherwise."""
    return Sight(lambda: Vision(detector, descriptor or Colours(), "Drawn things."))  # type: ignore[arg-type]


def _blobs(picture: Pillow.Image, category: str) -> list[Detection]:
    if category not in COLOURS:
        return []
    near = np.abs(np.asarray(picture, np.int64) - ImageColor.getrgb(COLOURS[category])) < 60
    mask = near.all(axis=2)
    found = []
    for left, right in _runs(mask.any(axis=0)):
        rows = np.flatnonzero(mask[:, left:right].any(axis=1))
        box = Box(left, int(rows[0]), right, int(rows[-1]) + 1)
        if min(right - left, box.bottom - box.top) > 3:  # not the blur of an edge
            area = (right - left) * (box.bottom - box.top)
            found.append(Detection(box, category, area / mask.size))
    return found


def _runs(on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where stretches of True begin and end."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], on, [False]]).astype(int)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
