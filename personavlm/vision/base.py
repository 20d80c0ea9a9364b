"""What sees objects: a detector finds them in a picture, a descriptor says which one it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from personavlm.hub.weights import Weights

if TYPE_CHECKING:
    from PIL import Image as Pillow

Vectors = NDArray[np.float32]

# Of the box's width and height, on each side. The paper's code takes 0.15 of the picture's, which
# around a small thing is mostly something else: 84% are known again then, 92% with this
# (eval/bench/results/objects.json). With none it is 95%, but that takes a box without a fault.
MARGIN = 0.1


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels of a picture; `right` and `bottom` are the first ones outside."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Detection:
    """An object that was found. score: 0 to 1, how sure the detector is."""

    box: Box
    category: str
    score: float


class Detector(Protocol):
    """Finds objects of named categories. Safe to use from several threads."""

    name: str

    def detect(
        self, pictures: Sequence[Pillow.Image], categories: Sequence[Sequence[str]]
    ) -> list[list[Detection]]:
        """One list a picture, best first. categories: what to look for in each picture.

        Raises:
            WeightsError: the detector's weights cannot be loaded. BadImage: a picture's file is
            damaged.
        """


class Descriptor(Protocol):
    """Turns pictures of objects into unit vectors. Safe to use from several threads.

    name: stored with each vector; vectors of another name are computed again. threshold: the cosine
    from which two pictures count as the same object.
    """

    name: str
    dimension: int
    threshold: float

    def describe(self, crops: Sequence[Pillow.Image]) -> Vectors:
        """One row a crop: float32, shape (len(crops), dimension), each of length 1.

        Raises:
            WeightsError: the descriptor's weights cannot be loaded. EngineUnavailable: the engine
            that it sees with is gone. BadImage: a picture's file is damaged.
        """


class Model(Protocol):
    """A loaded chat model whose own eyes may serve, as an engine has it.

    see: one row a picture, float32 of any length; only where `sees`.
    """

    name: str
    weights: Weights | None

    @property
    def sees(self) -> bool: ...

    def see(self, pictures: Sequence[Pillow.Image]) -> Vectors: ...


@dataclass(frozen=True, slots=True)
class Vision:
    """What sees objects here. Without a detector the whole picture is used.

    note: one line for people on what is at work.
    """

    detector: Detector | None
    descriptor: Descriptor
    note: str


def cropped(picture: Pillow.Image, box: Box, margin: float = MARGIN) -> Pillow.Image:
    """The part of a picture inside a box, with a margin as far as the picture goes.

    margin: share of the box's width left and right, of its height above and below.
    """
    across = round(margin * (box.right - box.left))
    down = round(margin * (box.bottom - box.top))
    left = min(max(box.left - across, 0), picture.width - 1)
    top = min(max(box.top - down, 0), picture.height - 1)
    right = max(min(box.right + across, picture.width), left + 1)
    bottom = max(min(box.bottom + down, picture.height), top + 1)
    return picture.crop((left, top, right, bottom))
