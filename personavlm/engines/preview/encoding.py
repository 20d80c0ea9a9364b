"""Sentence vectors, each computed once: the same sentences come back with every turn."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from personavlm.memory.encode import TextEncoder, Vectors

_KEPT = 8192  # about 12 MB of vectors


class CachedEncoder:
    """Keeps the vectors of the texts used last. Safe to use from several threads."""

    def __init__(self, encoder: TextEncoder) -> None:
        self._encoder = encoder
        self._lock = threading.Lock()
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit row a text; what is not known yet is computed in one batch."""
        with self._lock:
            known = {text: self._vectors[text] for text in texts if text in self._vectors}
            for text in known:
                self._vectors.move_to_end(text)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known |= dict(zip(missing, self._encoder.encode(missing), strict=True))
            self._keep(missing, known)
        if not texts:
            return np.zeros((0, self._encoder.dimension), np.float32)
        return np.stack([known[text] for text in texts])

    def _keep(self, texts: list[str], vectors: dict[str, NDArray[np.float32]]) -> None:
        with self._lock:
            for text in texts:
                self._vectors[text] = vectors[text]
            while len(self._vectors) > _KEPT:
                self._vectors.popitem(last=False)
