"""The text encoder: threads that wait for it are served together."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest
from sglang_server import wait_until

from personavlm.errors import WeightsError
from personavlm.memory import encode
from personavlm.memory.encode import MINILM_DIMENSION, MiniLM, Vectors

SAID = (
    ["I row on Fridays."],
    ["My cat is called Moss.", "cat, Moss", "I sold the boat to a neighbour in the old harbour."],
    ["Tea."],
    [],
    ["Tea."],
)


def all_waiting(encoder: MiniLM, pool: ThreadPoolExecutor) -> list[Future[Vectors]]:
    """Ask for all of SAID while the encoder is busy."""
    asked = [pool.submit(encoder.encode, texts) for texts in SAID]
    assert wait_until(lambda: len(encoder._waiting) == sum(map(bool, SAID)))
    return asked


def test_who_waits_is_served_together_with_what_each_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoder, alone = MiniLM(), MiniLM()
    encoder.encode(["ready"])
    assert encoder._model is not None
    model, batches = encoder._model.encode, list[int]()

    def counted(texts: list[str], **how: object) -> Vectors:
        batches.append(len(texts))
        return np.asarray(model(texts, **how), np.float32)

    monkeypatch.setattr(encoder._model, "encode", counted)
    with ThreadPoolExecutor(len(SAID)) as pool:
        with encoder._lock:
            asked = all_waiting(encoder, pool)
        for texts, future in zip(SAID, asked, strict=True):
            vectors = future.result(60)
            assert vectors.shape == (len(texts), MINILM_DIMENSION)
            np.testing.assert_allclose(vectors, alone.encode(texts), atol=1e-5)
    assert batches == [6]


def test_where_the_weights_are_missing_every_thread_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing() -> Callable[[], None]:
        raise WeightsError("The weights are missing.")

    monkeypatch.setattr(encode, "_load", missing)
    encoder = MiniLM()
    with ThreadPoolExecutor(len(SAID)) as pool:
        with encoder._lock:
            asked = all_waiting(encoder, pool)
        for texts, future in zip(SAID, asked, strict=True):
            if texts:
                with pytest.raises(WeightsError, match="missing"):
                    future.result(60)
    assert not encoder._waiting
