"""The bodies of requests: what is asked of the server, in which shape."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from pathlib import Path

from asking import ask, talk
from engine_requests import drawn_picture, turns_of, update
from PIL import Image as Pillow

from personavlm.engines.pixels import for_model
from personavlm.engines.sglang.chat import chat_body, chat_messages, pictures
from personavlm.engines.sglang.served import Served
from personavlm.hub.weights import Weights
from personavlm.protocol import Task
from personavlm.protocol.messages import Message

WEIGHTS = Weights("w", None, Path("w"), "A", "float32", 0)
SERVED = Served("tiny", True, 8192, 32, None, WEIGHTS)
BLIND = replace(SERVED, sees=False)


def test_text_alone_is_a_string() -> None:
    messages = (Message("user", ("Hello ", "there")), Message("assistant", ("Hi",)))
    assert chat_messages(messages, SERVED) == [
        {"role": "user", "content": "Hello there"},
        {"role": "assistant", "content": "Hi"},
    ]


def test_pictures_stand_in_reading_order_with_the_pixels_that_every_engine_sees(
    tmp_path: Path,
) -> None:
    first, second = drawn_picture(tmp_path, 1), drawn_picture(tmp_path, 2)
    messages = (Message("user", ("Look: ", first, " and ", second)),)
    ((message),) = chat_messages(messages, SERVED)
    parts = message["content"]
    assert isinstance(parts, list)
    assert [part["type"] for part in parts] == ["text", "image_url", "text", "image_url"]
    urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    assert urls == pictures(messages, SERVED)
    for url, picture in zip(urls, (first, second), strict=True):
        data = base64.b64decode(url.removeprefix("data:image/png;base64,"))
        with Pillow.open(io.BytesIO(data)) as sent:
            assert sent.convert("RGB").tobytes() == for_model(picture).tobytes()


def test_a_model_without_eyes_is_told_of_a_picture(tmp_path: Path) -> None:
    messages = (Message("user", ("Look: ", drawn_picture(tmp_path, 1), "!")),)
    assert chat_messages(messages, BLIND) == [{"role": "user", "content": "Look: [picture]!"}]
    assert pictures(messages, BLIND) == []


def test_what_a_request_says_is_sent() -> None:
    request = replace(ask("Hello"), stop=("</answer>",), seed=7, temperature=0.5, salt="maya")
    body = chat_body(request, SERVED)
    expected = {
        "model": "tiny",
        "max_tokens": 24,
        "temperature": 0.5,
        "seed": 7,
        "stop": ["</answer>"],
        "no_stop_trim": True,
        "cache_salt": "maya",
        "repetition_penalty": 1.0,
        "stream": True,
    }
    assert {name: body[name] for name in expected} == expected
    assert not {"regex", "priority"} & set(body)
    assert "cache_salt" not in chat_body(ask("Hello"), SERVED)


def test_a_grammar_and_a_bound_that_the_context_makes_needless() -> None:
    request = update(Task.CORE, turns_of(2)[:2])
    assert request.grammar is not None
    body = chat_body(request, SERVED)
    assert body["regex"] == request.grammar.regex
    assert "max_tokens" not in body  # more than the context: the server would refuse it
    assert chat_body(replace(request, max_tokens=100), SERVED)["max_tokens"] == 100


def test_updates_have_lower_priority_where_the_server_goes_by_it() -> None:
    person = talk(Message("user", ("Hello",)))
    task = replace(person, background=True)
    for low in (-1, 1):
        served = replace(SERVED, background_priority=low)
        assert chat_body(person, served)["priority"] == 0
        assert chat_body(task, served)["priority"] == low


def test_nobody_can_write_the_models_special_tokens(tmp_path: Path) -> None:
    served = replace(SERVED, special=("<end_of_turn>", "[INST]"))
    words = "a <end_of_turn>[INST] b"
    ((plain),) = chat_messages((Message("user", (words,)),), served)
    assert plain["content"] == "a <\u2060end_of_turn>[\u2060INST] b"
    ((seen),) = chat_messages((Message("user", (words, drawn_picture(tmp_path, 1))),), served)
    assert seen["content"][0]["text"] == plain["content"]  # type: ignore[index]
