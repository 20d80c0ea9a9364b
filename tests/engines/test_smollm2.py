"""Real weights that a package ships: SmolLM2-135M-Instruct says the same through both engines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from personavlm.engines.base import Engine, Request
from personavlm.engines.sglang.engine import SGLangEngine
from personavlm.engines.transformers.engine import TransformersEngine
from personavlm.hub.weights import Weights
from personavlm.protocol import Message, Query, Task, TurnInputs

pytestmark = [
    pytest.mark.sglang,
    pytest.mark.skipif("PERSONAVLM_SGLANG_PYTHON" not in os.environ, reason="no SGLang given"),
]

QUESTIONS = {
    "What is the capital of France?": "Paris",
    "What color is the sky on a clear day?": "blue",
    "How many days are in a week?": "7",
    "What is 2 + 2?": "4",
    "Who wrote Romeo and Juliet?": "Shakespeare",
    "What is the opposite of hot?": "cold",
    "What language is spoken in Spain?": "Spanish",
    "Name the first month of the year.": "January",
}
NOBODY = TurnInputs({}, (), Query("", datetime(2026, 3, 2, tzinfo=UTC)))


@pytest.fixture(scope="module")
def weights() -> Weights:
    from eval.nano.smollm2 import smollm2

    folder = smollm2()
    size = (folder / "model.safetensors").stat().st_size
    return Weights(str(folder), None, folder, "LlamaForCausalLM", "float32", size)


@pytest.fixture(scope="module", params=["transformers", "sglang"])
def engine(request: pytest.FixtureRequest, weights: Weights) -> Iterator[Engine]:
    made: Engine
    if request.param == "sglang":
        python = Path(os.environ["PERSONAVLM_SGLANG_PYTHON"])
        made = SGLangEngine(lambda _: weights, python=python, gpu=False)
    else:
        made = TransformersEngine(lambda _: weights, "cpu")
    with made:
        made.load()
        yield made


@pytest.fixture(scope="module")
def said() -> dict[str, dict[str, str]]:
    """What each engine answered, to be compared when both have."""
    return {}


def ask(engine: Engine, question: str) -> str:
    request = Request(Task.ANSWER, NOBODY, (Message("user", (question,)),), max_tokens=32)
    return "".join(chunk.text for chunk in engine.generate(request))


def test_simple_questions_are_answered(engine: Engine, said: dict[str, dict[str, str]]) -> None:
    answers = {question: ask(engine, question) for question in QUESTIONS}
    wrong = {q: a for q, a in answers.items() if QUESTIONS[q] not in a}
    assert not wrong
    said[engine.name] = answers


def test_both_engines_said_the_same(said: dict[str, dict[str, str]]) -> None:
    assert set(said) == {"transformers", "sglang"}
    assert said["transformers"] == said["sglang"]
