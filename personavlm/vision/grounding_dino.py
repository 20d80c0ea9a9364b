"""Grounding DINO: finds the things that words name."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from packaging.version import parse

from personavlm.hub.weights import Weights
from personavlm.vision.base import Box, Detection
from personavlm.vision.network import load_network, load_part
from personavlm.vision.pixels import MAX_RATIO, as_rgb
from personavlm.vision.positions import MENDED, mend

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image as Pillow

BATCH = 2  # pictures of 800 by 1,333 pixels at once: each takes a gigabyte
LEAST = 0.1  # score of a detection (the paper's code, for an object that was named)
MOST = 8  # detections of one category in one picture
SAME = 0.7  # overlap, as a share of the union, from which two boxes are round one thing
ANYTHING = "object"  # what to look for where no word is left (the paper's code)
MAX_LENGTH = 64  # characters of a category: a longer one is a sentence


class GroundingDino:
    """A Grounding DINO model, loaded on first use.

    name: which weights. All categories of a picture are looked for at once, if their words fit into
    one prompt; what is found counts as the category that it fits best.
    """

    def __init__(self, name: str, weights: Weights) -> None:
        self.name = name
        self._weights = weights
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None

    def detect(
        self, pictures: Sequence[Pillow.Image], categories: Sequence[Sequence[str]]
    ) -> list[list[Detection]]:
        """At most 8 distinct detections a category, of score 0.1 or more; best first.

        Raises:
            WeightsError: the weights cannot be loaded. BadImage: a picture's file is damaged.
        """
        shown = [as_rgb(picture) for picture in pictures]
        found: list[list[Detection]] = [[] for _ in shown]
        if not any(categories):
            return found
        with self._lock:
            if self._loaded is None:
                self._loaded = _Loaded(self._weights)
            for batch in self._loaded.batches(shown, categories):
                answers = self._loaded.ask([(shown[index], names) for index, names in batch])
                for (index, _), detections in zip(batch, answers, strict=True):
                    found[index] += detections
        return [sorted(each, key=lambda detection: -detection.score) for each in found]


class _Loaded:
    """The network and its processor."""

    def __init__(self, weights: Weights) -> None:
        import transformers

        self._network = load_network("AutoModelForZeroShotObjectDetection", weights)
        if parse(transformers.__version__) < MENDED:
            mend(self._network)
        self._processor = load_part("AutoProcessor", weights)
        self._full_stop = self._processor.tokenizer.convert_tokens_to_ids(".")

    def batches(
        self, pictures: Sequence[Pillow.Image], categories: Sequence[Sequence[str]]
    ) -> Iterator[list[tuple[int, list[str]]]]:
        """Which pictures to ask for which names, together.

        Only pictures of one size go together: others would be padded, which changes what is seen.
        """
        groups: dict[tuple[int, int], list[tuple[int, list[str]]]] = defaultdict(list)
        for index, (picture, names) in enumerate(zip(pictures, categories, strict=True)):
            for prompt in self.prompts(list(dict.fromkeys(names))):
                groups[picture.size].append((index, prompt))
        for group in groups.values():
            for start in range(0, len(group), BATCH):
                yield group[start : start + BATCH]

    def prompts(self, names: list[str]) -> Iterator[list[str]]:
        """The names in lots that fit into one prompt."""
        room = self._network.config.max_text_len - 2  # it begins and ends with a token of its own
        lot: list[str] = []
        used = 0
        for name in names:
            length = len(self._processor.tokenizer.tokenize(phrase(name))) + 1  # and the full stop
            if lot and used + length > room:
                yield lot
                lot, used = [], 0
            lot.append(name)
            used += length
        if lot:
            yield lot

    def ask(self, asked: list[tuple[Pillow.Image, list[str]]]) -> list[list[Detection]]:
        """What there is of the names in the picture beside them."""
        import torch

        inputs = self._processor(
            images=[_squeezed(picture) for picture, _ in asked],
            text=["".join(f"{phrase(name)}. " for name in names) for _, names in asked],
            padding=True,
            return_tensors="pt",
        ).to(self._network.device)
        with torch.inference_mode():
            outputs = self._network(**inputs)
        answers = []
        for (picture, names), ids, logits, boxes in zip(
            asked, inputs["input_ids"], outputs.logits, outputs.pred_boxes, strict=True
        ):
            ends = (ids == self._full_stop).nonzero()[:, 0].tolist()
            sure = _by_name(logits.sigmoid().cpu().numpy(), ends)
            answers.append(_distinct(boxes.cpu().numpy(), sure, names, picture.size))
        return answers


def phrase(category: str) -> str:
    """A category as the model was trained to be asked: lower case, no full stops."""
    return " ".join(re.findall(r"[\w'-]+", category.lower()[:MAX_LENGTH])) or ANYTHING


def _by_name(sure: NDArray[np.float32], ends: Sequence[int]) -> NDArray[np.float32]:
    """How sure each box is of each name: the most that it is of one of the name's tokens.

    sure: shape (boxes, tokens). ends: the place of the full stop after each name.
    """
    starts = [1, *(end + 1 for end in ends[:-1])]
    return np.stack(
        [sure[:, start:end].max(axis=1) for start, end in zip(starts, ends, strict=True)], axis=1
    )


def _squeezed(picture: Pillow.Image) -> Pillow.Image:
    """A strip made shorter: the processor would leave it a pixel high. Boxes are in shares."""
    width = min(picture.width, picture.height * MAX_RATIO)
    height = min(picture.height, picture.width * MAX_RATIO)
    return picture if (width, height) == picture.size else picture.resize((width, height))


def _distinct(
    boxes: NDArray[np.float32],
    sure: NDArray[np.float32],
    names: Sequence[str],
    size: tuple[int, int],
) -> list[Detection]:
    """Detections best first, without what is a second box round the same thing.

    boxes: centre, width and height in shares of the picture. sure: shape (boxes, names).
    """
    kept: dict[str, list[Detection]] = {name: [] for name in names}
    for place in np.argsort(-sure.max(axis=1), kind="stable"):
        which = int(sure[place].argmax())
        name, score = names[which], float(sure[place, which])
        box = _inside(boxes[place], size)
        if score < LEAST or box is None or len(kept[name]) == MOST:
            continue
        if all(_overlap(box, other.box) < SAME for other in kept[name]):
            kept[name].append(Detection(box, name, score))
    return [detection for detections in kept.values() for detection in detections]


def _inside(shares: NDArray[np.float32], size: tuple[int, int]) -> Box | None:
    """The box in whole pixels of the picture, one at least; None if it is outside."""
    low, high = shares[:2] - shares[2:] / 2, shares[:2] + shares[2:] / 2
    if (high <= 0).any() or (low >= 1).any():
        return None
    first = np.rint(low * size).clip(0, np.array(size) - 1)
    end = np.maximum(np.rint(high * size), first + 1).clip(0, size)
    return Box(*first.astype(int).tolist(), *end.astype(int).tolist())


def _overlap(one: Box, other: Box) -> float:
    """The common area as a share of the whole."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    common = max(width, 0) * max(height, 0)
    return common / (_area(one) + _area(other) - common)


def _area(box: Box) -> int:
    return (box.right - box.left) * (box.bottom - box.top)
