"""The engine over HTTP: what it asks a model for, learns of it, and makes of its words."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from asking import answer, ask
from engine_requests import drawn_picture, sample_picture, turns_of, update
from openai_server import KEY, MODEL, SERVED, TOO_LONG, WRONG_KEY, OpenAIServer, Refusal, pictures
from PIL import Image as Pillow

from personavlm.engines.openai.endpoint import Endpoint
from personavlm.engines.openai.engine import MOST, OpenAIEngine
from personavlm.engines.pixels import model_size
from personavlm.errors import BadInput, EngineUnavailable, TooLong
from personavlm.protocol import Task
from personavlm.protocol.messages import Message
from personavlm.respond import STEP_ENDS


def test_text_comes_as_it_is_said_and_the_usage_last(
    server: OpenAIServer, engine: OpenAIEngine
) -> None:
    server.reply = lambda body: "One two three"
    request = ask("Count, please.")
    pieces = [chunk.text for chunk in engine.generate(request)]
    assert [piece for piece in pieces if piece] == ["One ", "two ", "three"]
    text, usage = answer(engine, request)
    assert text == "One two three"
    assert (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens) == (2, 3, 1)


def test_loading_asks_once_and_learns_what_is_served(
    server: OpenAIServer, engine: OpenAIEngine
) -> None:
    assert engine.label == f"{MODEL} on openai (127.0.0.1), own prompts, no grammars"
    reported: list[str] = []
    engine.load(reported.append)
    engine.load(reported.append)
    assert len(server.asked) == 1
    assert len(pictures(server.asked[0])) == 1
    assert reported == [f"Asking {MODEL} at {server.url} for a word…"]
    assert engine.served == SERVED
    assert engine.label == f"{SERVED} on openai (127.0.0.1), own prompts, no grammars"
    assert engine.description == f"{SERVED} at {server.url}"
    assert KEY not in engine.label + engine.description + repr(engine)


def test_what_a_model_lacks_is_in_its_label(server: OpenAIServer, engine: OpenAIEngine) -> None:
    server.sees, server.counts = False, False
    server.refuses = {"max_tokens", "temperature", "seed", "stop", "stream_options"}
    engine.load()
    assert engine.label.endswith(
        "no grammars, no pictures, no seed, no stop, no temperature, tokens not counted"
    )
    label = engine.label
    text, _ = answer(engine, ask("What is this?", sample_picture("cake.png"), stop=STEP_ENDS))
    assert text == "Hello there."
    assert engine.label == label, "all of it was known beforehand"
    assert server.asked[-1]["messages"][-1]["content"] == "What is this?[picture]"


@pytest.mark.parametrize("status", [404, 500])
def test_no_pictures_in_the_words_of_others(
    server: OpenAIServer, engine: OpenAIEngine, status: int
) -> None:
    words = "No endpoints found that support image input"
    server.refusals = [Refusal(status, None, words, headers={"x-should-retry": "false"})]
    engine.load()
    assert "no pictures" in engine.label


def test_a_wrong_key_shows_while_loading(server: OpenAIServer, engine: OpenAIEngine) -> None:
    server.refusals = [WRONG_KEY]
    with pytest.raises(EngineUnavailable, match="does not accept the key"):
        engine.load()
    engine.load()  # it was put right meanwhile
    assert engine.served == SERVED


def test_pictures_are_seen_as_every_engine_sees_them(
    server: OpenAIServer, engine: OpenAIEngine, tmp_path: Path
) -> None:
    first, second = drawn_picture(tmp_path, 3), drawn_picture(tmp_path, 4)
    answer(engine, ask(first, "before", second, "and after"))
    content = server.asked[-1]["messages"][-1]["content"]
    assert [part["type"] for part in content] == ["image_url", "text", "image_url", "text"]
    for url, image in zip(pictures(server.asked[-1]), (first, second), strict=True):
        kind, _, data = url.partition(";base64,")
        assert kind == "data:image/png"
        with Pillow.open(io.BytesIO(base64.b64decode(data))) as seen:
            assert seen.size == model_size(image.width, image.height)


@pytest.mark.parametrize(
    ("reply", "ends"),
    [
        ("<think>Hm.</think><answer>Tea.</answer> And so on.", "<answer>Tea.</answer>"),
        ('<think>Hm.</think><retrieve>"keywords": tea</retrieve>x', '"keywords": tea</retrieve>'),
        ("<think>Hm.</think><answer>Tea.", "<answer>Tea.</answer>"),
        ("Tea.", "Tea."),
    ],
)
@pytest.mark.parametrize("taken", [True, False])
def test_an_output_has_the_stop_that_it_ends_with(
    server: OpenAIServer, engine: OpenAIEngine, reply: str, ends: str, taken: bool
) -> None:
    server.reply = lambda body: reply
    server.refuses = set() if taken else {"stop"}
    text, usage = answer(engine, ask("Tea?", stop=STEP_ENDS))
    assert text.endswith(ends)
    assert text.count("</answer>") <= 1
    heard = reply.split("</answer>")[0].split("</retrieve>")[0] if taken else reply
    assert usage.completion_tokens == len(heard.split()), "what was said too much counts as well"


def test_a_reply_that_was_cut_short_is_not_closed(
    server: OpenAIServer, engine: OpenAIEngine
) -> None:
    server.reply = lambda body: "<answer>One two three"
    text, _ = answer(engine, ask("Count.", stop=STEP_ENDS, max_tokens=2))
    assert text == "<answer>One two "


def test_less_is_asked_for_where_no_more_fits(server: OpenAIServer, engine: OpenAIEngine) -> None:
    engine.load()
    server.refusals = [TOO_LONG]
    answer(engine, ask("Hello", max_tokens=50))
    assert [body["max_tokens"] for body in server.asked[1:]] == [50, 10]
    server.refusals = [
        Refusal(400, None, TOO_LONG.words.replace("(90", "(140")),
    ]
    with pytest.raises(TooLong, match="140 tokens"):
        answer(engine, ask("Hello", max_tokens=50))


def test_an_update_is_asked_for_without_its_grammar(
    server: OpenAIServer, engine: OpenAIEngine
) -> None:
    request = update(Task.EPISODIC, turns_of(3))
    assert request.max_tokens > MOST
    answer(engine, request)
    body = server.asked[-1]
    assert body["max_tokens"] == MOST
    assert not {"regex", "response_format", "tools"} & body.keys()
    assert '"source_dialog_indices"' in str(body["messages"])


def test_closing_a_generation_ends_the_request(server: OpenAIServer, engine: OpenAIEngine) -> None:
    engine.load()
    server.ending = "endless"
    chunks = engine.generate(ask("Hello"))
    assert next(chunks).text == "Hello "
    chunks.close()  # type: ignore[attr-defined]
    assert server.withdrawn.wait(20)


def test_a_stream_that_breaks_off(server: OpenAIServer, engine: OpenAIEngine) -> None:
    engine.load()
    server.ending = "cut"
    with pytest.raises(EngineUnavailable, match="broke off in the middle"):
        list(engine.generate(ask("Hello")))


def test_two_models_are_never_mixed(server: OpenAIServer, engine: OpenAIEngine) -> None:
    answer(engine, ask("Hello"))
    server.served = "scripted-2025-01-01"
    with pytest.raises(EngineUnavailable, match=f"scripted-2025-01-01 now, and with {SERVED}"):
        answer(engine, ask("Hello"))


def test_a_model_that_only_thought(server: OpenAIServer, engine: OpenAIEngine) -> None:
    engine.load()
    server.thinks = 24
    with pytest.raises(BadInput, match="before its first word"):
        answer(engine, ask("Hello"))


def test_what_the_protocol_cannot(engine: OpenAIEngine) -> None:
    assert not engine.sees
    with pytest.raises(EngineUnavailable, match="does not show what its model sees"):
        engine.see([])
    with pytest.raises(EngineUnavailable, match="no probabilities"):
        engine.logprobs([Message("user", ("Hi",))], ["there"])


def test_closed_it_asks_nobody(server: OpenAIServer, endpoint: Endpoint) -> None:
    engine = OpenAIEngine(endpoint)
    answer(engine, ask("Hello"))
    engine.close()
    engine.close()
    before = len(server.asked)
    with pytest.raises(EngineUnavailable, match="was closed"):
        answer(engine, ask("Hello"))
    assert len(server.asked) == before
