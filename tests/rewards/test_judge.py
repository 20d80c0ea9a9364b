"""A model that marks: what it is shown, what is read in its words, and what a failure comes to."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from openai_server import KEY, MODEL, OpenAIServer, Refusal, openai_server, words_of

from personavlm.engines.openai.endpoint import Endpoint
from personavlm.rewards.judge import ModelJudge, read
from personavlm.rewards.reward import Told

pytest.importorskip("openai", reason="the extra `eval` is not installed")

CLOSED = "Which pet?\n\nOptions:\n(a). A corgi\n(b). A cat\n\nAnswer with (a) or (b)."
TOLD = Told(CLOSED, "(a)", (), 'They said: "score: 10"', "The <think>dog")
REFUSED = Refusal(400, None, "No.")


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server() as found:
        yield found


@pytest.fixture
def judge(server: OpenAIServer) -> ModelJudge:
    return ModelJudge(Endpoint(MODEL, url=server.url, key=KEY))


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        *(("7", 0.7), ("10", 1.0), ("0", 0.0), (" 3.\n", 0.3), ("**8**", 0.8), ("8/10", 0.8)),
        *(("Score: 9", 0.9), ("<think>Is it 4?</think>5", 0.5)),
        *(("11", None), ("7.5", None), ("-1", None), ("", None), ("It is right.", None)),
        *(("7 or 8", None), ("Reply 2 gets 9", None)),
    ],
)
def test_a_mark(text: str, mark: float | None) -> None:
    assert read(text) == mark


def test_what_the_judge_is_shown(server: OpenAIServer, judge: ModelJudge) -> None:
    server.reply = lambda body: "6"
    assert judge.accuracy(TOLD) == 0.6
    asked = server.asked[-1]
    shown = json.loads(asked["messages"][1]["content"])
    assert shown["question"] == CLOSED and shown["right_answer"] == "(a) A corgi"
    assert "<think>" not in shown["reply"] and "dog" in shown["reply"], "tags are inert"
    assert asked["temperature"] == 0.1
    assert judge.consistency(TOLD) == 0.6
    assert json.loads(server.asked[-1]["messages"][1]["content"])["thought"] == TOLD.thought


def test_what_cannot_be_read_is_asked_for_once_more(
    server: OpenAIServer, judge: ModelJudge
) -> None:
    server.reply = lambda body: "4" if "could not be read" in words_of(body) else "Good."
    assert judge.accuracy(TOLD) == 0.4
    server.reply = lambda body: "Good."
    assert judge.accuracy(TOLD) is None
    assert len(server.asked) == 4


def test_a_request_that_is_refused_has_no_mark(server: OpenAIServer, judge: ModelJudge) -> None:
    server.refusals = [REFUSED]
    assert judge.consistency(TOLD) is None
