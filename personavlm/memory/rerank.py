"""Reading question and memory together: a cross-encoder puts the first candidates in a new order.

Off unless one is named. It sees what no single vector can say, and costs a pass over a transformer
for each candidate: tens of milliseconds on a GPU, seconds on a CPU.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Protocol

import numpy as np

from personavlm.errors import WeightsError
from personavlm.memory.hits import Match
from personavlm.memory.lexical import Floats

DEEPER = 5  # candidates that are read for each memory that is returned


class Reranker(Protocol):
    """Says how well texts answer a question."""

    name: str

    def scores(self, question: str, texts: Sequence[str]) -> Floats:
        """One number a text; the higher, the better it fits."""


def reordered(
    reranker: Reranker | None,
    question: str,
    matches: Iterator[Match],
    k: int,
    told: Callable[[Sequence[Match]], list[str]],
) -> Iterator[Match]:
    """The matches, the first DEEPER x k of them in the order in which their texts answer better.

    They share the scores that they had: the best one gets the highest, so that memories of
    different kinds can still be told apart by their scores.
    """
    if reranker is not None:
        candidates = list(islice(matches, DEEPER * k))
        order = np.argsort(-reranker.scores(question, told(candidates)), kind="stable")
        best_first = sorted((match.score for match in candidates), reverse=True)
        for place, score in zip(order.tolist(), best_first, strict=True):
            yield replace(candidates[place], score=score)
    yield from matches


class CrossEncoder:
    """A sequence classifier with one output, from the Hub or a folder; loaded on first use."""

    def __init__(self, repo: str) -> None:
        self.name = repo
        self._model: Any = None
        self._lock = threading.Lock()

    def scores(self, question: str, texts: Sequence[str]) -> Floats:
        """See `Reranker`.

        Raises:
            WeightsError: there is no such model, it cannot be reached, or it is none that scores
            pairs of texts.
        """
        if not texts:
            return np.empty(0, np.float32)
        with self._lock:
            if self._model is None:
                self._model = _load(self.name)
            found = self._model.predict([(question, text) for text in texts],
                                        show_progress_bar=False)  # fmt: skip
        return np.asarray(found, np.float32)


def _load(repo: str) -> Any:
    import sentence_transformers

    try:
        model = sentence_transformers.CrossEncoder(repo, model_kwargs={"use_safetensors": True})
    except (OSError, ValueError) as error:
        raise WeightsError(
            f"The reranker {repo} cannot be loaded. Name a cross-encoder on the Hub that has "
            "safetensors, such as cross-encoder/ms-marco-MiniLM-L6-v2, or its folder."
        ) from error
    if model.num_labels != 1:
        raise WeightsError(
            f"The reranker {repo} sorts texts into {model.num_labels} classes. One that gives a "
            "single score is needed, such as cross-encoder/ms-marco-MiniLM-L6-v2."
        )
    return model
