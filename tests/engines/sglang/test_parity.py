"""Both engines give the same answers for the same weights: greedy text, token counts, scores.

Free text only. Under a grammar they need not agree on weights that know no words: llguidance leaves
one spelling in tokens of text that can only be so, xgrammar all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from asking import answer, ask
from engine_requests import with_pictures, without_pictures

from personavlm.engines.base import Engine, Request
from personavlm.engines.sglang.engine import SGLangEngine
from personavlm.engines.sglang.server import Server
from personavlm.hub.weights import Weights
from personavlm.records import Image

pytestmark = [pytest.mark.sglang, pytest.mark.timeout(600)]

CONTINUATIONS = ("Biscuit is a corgi!", " no", "\n", "你好", "")


@pytest.fixture(scope="module")
def sglang(server: Server) -> Iterator[Engine]:
    with SGLangEngine(None, python=None, urls=(server.url,), key=server.key, gpu=False) as engine:
        yield engine


@pytest.fixture(scope="module")
def transformers(tiny_weights: Weights) -> Iterator[Engine]:
    from personavlm.engines.transformers.engine import TransformersEngine

    with TransformersEngine(lambda report: tiny_weights, "cpu") as engine:
        yield engine


def has_picture(request: Request) -> bool:
    return any(isinstance(part, Image) for said in request.messages for part in said.parts)


def test_greedy_output_is_the_same(sglang: Engine, transformers: Engine, tmp_path: Path) -> None:
    requests = [*with_pictures(tmp_path), *without_pictures()]
    assert len(requests) >= 50
    assert sum(map(has_picture, requests)) >= len(requests) / 3
    for number, request in enumerate(requests):
        text, usage = answer(sglang, request)
        expected, counted = answer(transformers, request)
        assert text == expected, f"prompt {number}"
        assert (usage.prompt_tokens, usage.completion_tokens) == (
            counted.prompt_tokens,
            counted.completion_tokens,
        ), f"prompt {number}"


def test_scores_are_the_same(sglang: Engine, transformers: Engine, tmp_path: Path) -> None:
    pictured = list(with_pictures(tmp_path))
    requests = [*pictured[::4], *list(without_pictures())[::8], ask("Hello there")]
    for request in requests:
        ours = sglang.logprobs(request.messages, CONTINUATIONS)
        theirs = transformers.logprobs(request.messages, CONTINUATIONS)
        assert ours == pytest.approx(theirs, abs=1e-3)
        assert ours[-1] == 0.0
        assert all(score < 0 for score in ours[:-1])
