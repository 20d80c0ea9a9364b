"""CLIP's image embedding: what a thing looks like to a model that has read captions."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from personavlm.hub.weights import Weights
from personavlm.vision.network import load_network, load_part
from personavlm.vision.pixels import as_rgb, middle

if TYPE_CHECKING:
    from PIL import Image as Pillow

    from personavlm.vision.base import Vectors

BATCH = 16  # pictures: more is no faster on a CPU


class Clip:
    """A CLIP model, loaded on first use.

    name: which weights, as stored with its vectors. dimension: of its projection.
    """

    # Not calibrated: there were no weights to do it with, as `eval/bench/objects.py --clip` does.
    # Taken from what is published as CLIP-I on DreamBooth's 30 subjects, whole pictures: two photos
    # of one subject have a mean cosine of 0.885, a photo and a generated picture of something much
    # like it 0.740 (Re-Imagen) to 0.819 (SuTI). PersonaVLM's own code accepts from 0.5 on.
    threshold = 0.8

    def __init__(self, name: str, weights: Weights) -> None:
        self.name = name
        self.dimension = int(load_part("AutoConfig", weights).projection_dim)
        self._weights = weights
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None  # the network and its image processor

    def describe(self, crops: Sequence[Pillow.Image]) -> Vectors:
        """One unit row a picture: float32, shape (len(crops), dimension).

        Raises:
            WeightsError: the weights cannot be loaded. BadImage: a picture's file is damaged.
        """
        pictures = [middle(as_rgb(crop)) for crop in crops]
        rows = np.zeros((len(pictures), self.dimension), np.float32)
        with self._lock:
            for start in range(0, len(pictures), BATCH):
                rows[start : start + BATCH] = self._embed(pictures[start : start + BATCH])
        return rows

    def _embed(self, pictures: list[Pillow.Image]) -> Vectors:
        import torch

        if self._loaded is None:
            network = load_network("CLIPModel", self._weights)
            self._loaded = network, load_part("AutoImageProcessor", self._weights)
        network, processor = self._loaded
        pixels = processor(images=pictures, return_tensors="pt").to(network.device)
        with torch.inference_mode():
            projected = network.get_image_features(**pixels).pooler_output
        unit = torch.nn.functional.normalize(projected, dim=-1)
        return np.asarray(unit.float().cpu().numpy(), np.float32)
