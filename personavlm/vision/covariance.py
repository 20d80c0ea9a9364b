"""Colour and texture: a descriptor that needs no weights.

How the colours and edges of a picture vary together: the region covariance of Tuzel, Porikli and
Meer (2006), with the means, in log-Euclidean space (Arsigny and others, 2006). The middle counts
most, as that is where the object is. It knows nothing of what things are: another light, or another
side of the thing, may look like another thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from personavlm.vision.pixels import as_rgb

if TYPE_CHECKING:
    from personavlm.vision.base import Vectors

SIDE = 128  # pixels that a picture is brought to
SPREAD = 0.5  # of half a side: the standard deviation of the weight of the middle
EDGE = (
    4.0  # a derivative of a quarter of the range, a pixel, counts like the whole range of a colour
)
FLOOR = 1e-3  # variance below which differences are noise
FEATURES = 8  # three colours, four derivatives, and one that is constant


class Covariance:
    """36 numbers a picture, in milliseconds."""

    name = "covariance-1"
    dimension = FEATURES * (FEATURES + 1) // 2
    # Accepts 5% of the pairs of different objects: eval/bench/results/objects.json.
    threshold = 0.985

    def __init__(self) -> None:
        self._weight = _middle_counts_most()
        rows, columns = np.triu_indices(FEATURES)
        self._triangle = rows, columns
        # What is off the diagonal is there twice: so a dot product is that of the whole matrices.
        self._twice = np.where(rows == columns, 1.0, np.sqrt(2.0))

    def describe(self, crops: Sequence[Pillow.Image]) -> Vectors:
        """One unit row a picture: float32, shape (len(crops), 36).

        Raises:
            BadImage: a picture's file is damaged.
        """
        rows = np.zeros((len(crops), self.dimension), np.float32)
        for row, crop in zip(rows, crops, strict=True):
            vector = self._logarithm(_features(crop))[self._triangle] * self._twice
            row[:] = vector / np.linalg.norm(vector)
        return rows

    def _logarithm(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """log(1 + second moments / FLOOR), of the matrix. It is never zero: one feature is 1."""
        moments = (features * self._weight) @ features.T
        values, vectors = np.linalg.eigh(moments)
        logarithms = np.log1p(np.maximum(values, 0.0) / FLOOR)  # rounding may go below zero
        return np.asarray((vectors * logarithms) @ vectors.T)


def _features(picture: Pillow.Image) -> NDArray[np.float64]:
    """Of each pixel, colours from 0 to 1 and the sizes of four derivatives: shape (8, pixels)."""
    small = as_rgb(picture).resize((SIDE, SIDE), Pillow.Resampling.BOX)
    colours = np.asarray(small, np.float64).transpose(2, 0, 1) / 255
    down, across = np.gradient(colours.mean(0))
    derivatives = (across, down, np.gradient(across, axis=1), np.gradient(down, axis=0))
    constant = np.ones((1, SIDE, SIDE))
    return np.concatenate([colours, EDGE * np.abs(derivatives), constant]).reshape(FEATURES, -1)


def _middle_counts_most() -> NDArray[np.float64]:
    """A weight a pixel, one in all."""
    place = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1  # -1 to 1
    bell = np.exp(-((place / SPREAD) ** 2) / 2)
    weight = np.outer(bell, bell).reshape(-1)
    return np.asarray(weight / weight.sum())
