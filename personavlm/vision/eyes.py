"""The eyes of the loaded model itself: its vision tower, pooled over the picture.

The transformers engine lets them be asked. SGLang's server does not: of a chat model it only ever
returns text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pillow

from personavlm.vision.base import Model
from personavlm.vision.pixels import as_rgb

if TYPE_CHECKING:
    from personavlm.vision.base import Vectors


class Eyes:
    """Describes pictures by what the tokens are, on average, that the model reads for them.

    engine: one that is loaded and has eyes (`Model.sees`).
    """

    # Not calibrated: there were no weights to measure it with. Cosines of pooled tokens lie close
    # together, so only near ones count. `eval/bench/objects.py --weights` measures it for a model.
    threshold = 0.9

    def __init__(self, engine: Model) -> None:
        self._engine = engine
        self.name = f"eyes of {engine.weights.name if engine.weights else engine.name}"
        self.dimension = engine.see([Pillow.new("RGB", (56, 56))]).shape[1]

    def describe(self, crops: Sequence[Pillow.Image]) -> Vectors:
        """One unit row a picture: float32, shape (len(crops), dimension).

        Raises:
            EngineUnavailable: the engine was closed. BadImage: a picture's file is damaged.
        """
        if not crops:
            return np.zeros((0, self.dimension), np.float32)
        rows = self._engine.see([as_rgb(crop) for crop in crops])
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.maximum(lengths, np.finfo(np.float32).tiny), np.float32)
