"""One question and its answer over HTTP: what is sent, read, told apart and never told."""

from __future__ import annotations

import socket
import traceback
from collections.abc import Callable

import pytest
from openai_server import (
    BROKEN,
    FINGERPRINT,
    KEY,
    MODEL,
    NO_CREDIT,
    NO_MODEL,
    SERVED,
    TOO_FAST,
    TOO_LONG,
    WRONG_KEY,
    OpenAIServer,
    Refusal,
)
from played_back import played_back

from personavlm.engines.openai import endpoint as endpoint_module
from personavlm.engines.openai.endpoint import Answered, Endpoint, Sampling
from personavlm.errors import BadInput, EngineUnavailable, PersonaVLMError, TooLong
from personavlm.protocol.messages import Message

WORDS = "my private words"
MESSAGES = (Message("system", ("Be brief.",)), Message("user", (WORDS,)))
AT_ONCE = {"retry-after-ms": "1"}

Ask = Callable[[Endpoint], Answered]


def whole(endpoint: Endpoint) -> Answered:
    return endpoint.ask(MESSAGES, Sampling(50))


def streamed(endpoint: Endpoint) -> Answered:
    *_, answered = endpoint.stream(MESSAGES, Sampling(50))
    assert isinstance(answered, Answered)
    return answered


both = pytest.mark.parametrize("ask", [whole, streamed])


@both
def test_an_answer_with_what_the_server_says_of_it(
    server: OpenAIServer, endpoint: Endpoint, ask: Ask
) -> None:
    server.reply = lambda body: "Good\u2028dog 犬🐕"
    answered = ask(endpoint)
    assert (answered.text, answered.finish) == ("Good\u2028dog 犬🐕", "stop")
    assert (answered.model, answered.fingerprint) == (SERVED, FINGERPRINT)
    assert answered.usage.prompt_tokens == 5
    assert answered.usage.completion_tokens == 3
    assert answered.usage.cached_tokens == 2
    assert answered.usage.seconds > 0
    assert server.keys == [KEY]
    [body] = server.asked
    assert body["model"] == MODEL
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": WORDS},
    ]
    assert (body["max_tokens"], body["temperature"]) == (50, 0.0)
    assert "seed" not in body
    assert "stop" not in body


def test_pieces_come_one_by_one_and_the_whole_last(
    server: OpenAIServer, endpoint: Endpoint
) -> None:
    server.reply = lambda body: "One two  three"
    *pieces, last = endpoint.stream(MESSAGES, Sampling(50))
    assert [piece for piece in pieces if piece] == ["One ", "two  ", "three"]
    assert isinstance(last, Answered)
    assert last.text == "One two  three"


def test_everything_asked_for_is_sent(server: OpenAIServer, endpoint: Endpoint) -> None:
    server.reply = lambda body: "A b c d"
    asked = {"max_tokens": 3, "temperature": 0.7, "seed": 4, "stop": ["c"]}
    assert endpoint.ask(MESSAGES, Sampling(3, 0.7, 4, ("c",))).text == "A b "
    assert endpoint.ask(MESSAGES, Sampling(2)).finish == "length"
    body = server.asked[0]
    assert {name: body[name] for name in asked} == asked


@both
@pytest.mark.parametrize(
    ("refusal", "kind", "said"),
    [
        (WRONG_KEY, EngineUnavailable, "does not accept the key.*PERSONAVLM_ENGINE_KEY"),
        (NO_MODEL, EngineUnavailable, "no model scripted at"),
        (NO_CREDIT, EngineUnavailable, "no credit left"),
        (Refusal(402, None, "Insufficient balance"), EngineUnavailable, "no credit left"),
        (Refusal(400, "invalid_request_error", "No."), BadInput, "refuses this request"),
        (Refusal(413, None, "Too much."), BadInput, "refuses this request"),
    ],
)
def test_refusals_say_what_to_do_and_quote_nobody(
    server: OpenAIServer,
    endpoint: Endpoint,
    caplog: pytest.LogCaptureFixture,
    ask: Ask,
    refusal: Refusal,
    kind: type[PersonaVLMError],
    said: str,
) -> None:
    server.refusals = [refusal]
    with caplog.at_level("DEBUG"), pytest.raises(kind, match=said) as raised:
        ask(endpoint)
    assert type(raised.value) is kind
    told = "".join(traceback.format_exception(raised.value)) + caplog.text + repr(endpoint)
    assert KEY not in told
    assert WORDS not in told
    assert len(server.asked) == 1, "asking again would not help"


@both
def test_too_long(server: OpenAIServer, endpoint: Endpoint, ask: Ask) -> None:
    server.refusals = [TOO_LONG]
    with pytest.raises(TooLong) as raised:
        ask(endpoint)
    assert (raised.value.prompt, raised.value.limit) == (90, 100)


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 100 tokens. However, your messages resulted in 90 "
        "tokens. Please reduce the length of the messages.",
        "'max_tokens' or 'max_completion_tokens' is too large: 50. This model's maximum context "
        "length is 100 tokens and your request has 90 input tokens (50 > 100 - 90).",
        "Input tokens exceed the configured limit of 100 tokens. Your messages resulted in 90 "
        "tokens. context_length_exceeded",
    ],
)
def test_too_long_in_the_words_of_others(
    server: OpenAIServer, endpoint: Endpoint, said: str
) -> None:
    server.refusals = [Refusal(400, None, said)]
    with pytest.raises(TooLong, match="90 tokens"):
        whole(endpoint)


def test_too_long_without_figures(server: OpenAIServer, endpoint: Endpoint) -> None:
    server.refusals = [Refusal(400, "context_length_exceeded", "Too long.")]
    with pytest.raises(BadInput, match="too long for the model"):
        whole(endpoint)


@both
def test_what_passes_is_asked_again(server: OpenAIServer, endpoint: Endpoint, ask: Ask) -> None:
    server.refusals = [TOO_FAST, BROKEN, TOO_FAST]
    assert ask(endpoint).text == "Hello there."
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("refusal", "said"),
    [(TOO_FAST, "no more requests.*at this rate"), (BROKEN, "failed at this request")],
)
def test_what_does_not_pass_is_given_up(
    server: OpenAIServer, endpoint: Endpoint, refusal: Refusal, said: str
) -> None:
    server.refusals = [refusal] * 100
    with pytest.raises(EngineUnavailable, match=said):
        whole(endpoint)
    assert len(server.asked) == 1 + endpoint_module.RETRIES


@both
def test_a_model_is_asked_without_what_it_does_not_take(
    server: OpenAIServer, endpoint: Endpoint, ask: Ask
) -> None:
    server.refuses = {"max_tokens", "temperature"}
    assert ask(endpoint).text == "Hello there."
    assert endpoint.left_out == {"temperature"}
    assert server.asked[-1]["max_completion_tokens"] == 50
    before = len(server.asked)
    ask(endpoint)
    assert len(server.asked) == before + 1, "it is known now"


def test_a_limit_that_is_too_high_is_no_parameter_that_is_not_taken(
    server: OpenAIServer, endpoint: Endpoint
) -> None:
    words = "max_tokens is too large: 50. This model supports at most 16 completion tokens."
    server.refusals = [Refusal(400, "invalid_value", words, "max_tokens")]
    with pytest.raises(BadInput):
        whole(endpoint)
    assert len(server.asked) == 1


@pytest.mark.parametrize("ending", ["cut", "unfinished"])
def test_a_stream_that_breaks_off(server: OpenAIServer, endpoint: Endpoint, ending: str) -> None:
    server.ending = ending
    pieces = endpoint.stream(MESSAGES, Sampling(50))
    assert next(iter(pieces)) == "Hello "
    with pytest.raises(EngineUnavailable, match="broke off in the middle"):
        list(pieces)


def test_closing_a_stream_ends_the_request(server: OpenAIServer, endpoint: Endpoint) -> None:
    server.ending = "endless"
    pieces = endpoint.stream(MESSAGES, Sampling(50))
    assert next(iter(pieces)) == "Hello "
    pieces.close()  # type: ignore[attr-defined]
    assert server.withdrawn.wait(20)


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint_module, "RETRIES", 0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(EngineUnavailable, match=f"{url} cannot be reached"):
        whole(Endpoint(MODEL, url=url, key=KEY))


def test_a_server_that_fell_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint_module, "RETRIES", 0)
    monkeypatch.setattr(endpoint_module, "SILENCE", 0.2)
    with played_back() as server, pytest.raises(EngineUnavailable, match="did not answer in time"):
        server.streams(None)
        whole(Endpoint(MODEL, url=server.url, key=KEY))


@both
@pytest.mark.parametrize(
    "body",
    [
        b"<html>Welcome</html>",
        b"[]",
        b"{}",
        b'{"choices": "none"}',
        b'{"choices": [{"message": {"content": 3}}]}',
        b"data: {not json\n\n",
        b"data: [1]\n\n",
        b"data: \xff\n\n",
        b'data: {"choices": [{"delta": {"content": 3}}]}\n\n',
    ],
)
def test_something_else_than_the_protocol_is_named(ask: Ask, body: bytes) -> None:
    with played_back() as server:
        server.streams(body)
        with pytest.raises(EngineUnavailable, match="does not speak OpenAI's chat protocol"):
            ask(Endpoint(MODEL, url=server.url, key=KEY))


@both
@pytest.mark.parametrize(
    ("code", "kind"), [('"rate_limit_exceeded"', EngineUnavailable), ("400", BadInput)]
)
def test_an_error_in_place_of_an_answer(code: str, kind: type[PersonaVLMError], ask: Ask) -> None:
    error = f'{{"error": {{"message": "{WORDS}", "code": {code}}}}}'.encode()
    with played_back() as server:
        server.streams(error if ask is whole else b"data: " + error + b"\n\n")
        with pytest.raises(kind) as raised:
            ask(Endpoint(MODEL, url=server.url, key=KEY))
    assert WORDS not in str(raised.value)


def test_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("api.openai.com/v1", "file:///etc/passwd", ""):
        with pytest.raises(EngineUnavailable, match="not the address of a model"):
            Endpoint(MODEL, url=url)
    for url in (f"https://me:{KEY}@example.org/v1", f"https://example.org/v1?key={KEY}"):
        with pytest.raises(EngineUnavailable, match="PERSONAVLM_ENGINE_KEY") as raised:
            Endpoint(MODEL, url=url)
        assert KEY not in str(raised.value)
    monkeypatch.setattr(endpoint_module, "find_spec", lambda name: None)
    with pytest.raises(EngineUnavailable, match=r"pip install 'personavlm\[eval\]'"):
        Endpoint(MODEL)


def test_a_key_that_was_copied_badly(server: OpenAIServer) -> None:
    whole(Endpoint(MODEL, url=server.url, key=f" {KEY}\n"))
    assert server.keys == [KEY]
    for damaged in (f"{KEY}…", f"{KEY}\nX-Other: 1"):
        with pytest.raises(EngineUnavailable, match="cannot be sent") as raised:
            Endpoint(MODEL, url=server.url, key=damaged)
        assert KEY not in str(raised.value)


def test_proxies_of_the_environment_are_passed_by(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert whole(Endpoint(MODEL, url=server.url, key=KEY)).text == "Hello there."
