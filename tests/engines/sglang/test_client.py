"""Streams, refusals and broken connections, against a server that plays them back."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from played_back import DONE, Answer, PlayedBack, event, played_back

from personavlm.engines.sglang import client as client_module
from personavlm.engines.sglang.client import Client
from personavlm.engines.sglang.failures import ServerGone
from personavlm.engines.sglang.served import Models
from personavlm.errors import BadInput, EngineUnavailable, PersonaVLMError, TooLong
from personavlm.records import Usage

SECRET = "my private words"
USED = {
    "prompt_tokens": 40,
    "completion_tokens": 7,
    "prompt_tokens_details": {"cached_tokens": 39},
}


@pytest.fixture
def server() -> Iterator[PlayedBack]:
    with played_back() as server:
        yield server


@pytest.fixture
def client(server: PlayedBack) -> Iterator[Client]:
    client = Client(server.url, "the-key")
    yield client
    client.close()


def chat(client: Client) -> str:
    body = {"messages": [{"role": "user", "content": SECRET}]}
    return "".join(piece.text for piece in client.chat(body))


def aborted(server: PlayedBack) -> list[str]:
    return [body["rid"] for path, body in server.asked if path == "/abort_request"]


def test_text_comes_piece_by_piece_and_usage_last(server: PlayedBack, client: Client) -> None:
    usage = b'data: {"choices": [], "usage": ' + str(USED).replace("'", '"').encode() + b"}\n\n"
    server.streams(event(""), event("Good "), event("dog"), event("", "stop"), usage, DONE)
    pieces = list(client.chat({}))
    assert [piece.text for piece in pieces] == ["", "Good ", "dog", "", ""]
    assert [piece.usage for piece in pieces] == [None] * 4 + [Usage(40, 7, 39)]
    assert server.headers[0]["Authorization"] == "Bearer the-key"
    assert aborted(server) == []


def test_no_character_breaks_a_line(server: PlayedBack, client: Client) -> None:
    text = "a\u2028b\x85c\u2029d\x0be\x1cf – 犬🐕"
    server.streams(event(text), DONE)
    assert chat(client) == text


def test_pieces_may_be_cut_anywhere(server: PlayedBack, client: Client) -> None:
    stream = (
        b": a comment\r\nevent: x\n" + event("犬🐕").replace(b"\n", b"\r\n") + event("!") + DONE
    )
    server.streams(*(stream[i : i + 1] for i in range(len(stream))))
    assert chat(client) == "犬🐕!"


@pytest.mark.parametrize(
    "lines",
    [
        b"data: {not json\n\n",
        b"data: [1]\n\n",
        b'data: {"choices": "none"}\n\n',
        b'data: {"choices": [{"delta": {"content": 3}}]}\n\n',
        b'data: {"choices": [], "usage": {}}\n\n',
        b'data: {"choices": [], "usage": {"prompt_tokens": "many", "completion_tokens": null}}\n\n',
        b'data: {"error": "what?"}\n\n',
    ],
)
def test_something_else_than_sglang_is_named(
    server: PlayedBack, client: Client, lines: bytes
) -> None:
    server.streams(event("Good"), lines, DONE)
    with pytest.raises(EngineUnavailable, match="does not speak as an SGLang server") as raised:
        chat(client)
    assert not isinstance(raised.value, ServerGone)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(0),  # before the status
        Answer(200, (event("Good"),)),  # ended, but not announced so
        Answer(200, (event("Good")[:-9],)),  # within a line
        Answer(200, (event("Good"),), promised=9999),  # within the body
        Answer(200, (event("Good"), event("", "abort"), DONE)),  # withdrawn by another
    ],
)
def test_a_stream_that_breaks_off_means_the_server_is_gone(
    server: PlayedBack, client: Client, answer: Answer
) -> None:
    server.answer = lambda path: answer
    with pytest.raises(ServerGone, match=server.url):
        chat(client)


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ServerGone, match="cannot be reached"):
        chat(Client(url, None))
    with pytest.raises(ServerGone, match="cannot be reached"):
        Client(url, None).get("/v1/models", Models)


@pytest.mark.parametrize("url", ["127.0.0.1:30000", "file:///etc/passwd", ""])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(EngineUnavailable, match="http://"):
        Client(url, None)


@pytest.mark.parametrize(
    ("said", "prompt", "limit"),
    [  # in SGLang 0.5.23's words
        (
            "Requested token count exceeds the model's maximum context length of 8192 tokens. You "
            "requested a total of 20041 tokens: 41 tokens from the input messages and 20000 tokens "
            "for the completion. Please reduce the number of tokens.",
            *(41, 8192),
        ),
        (
            "The input (12039 tokens) is longer than the model's context length (8192 tokens).",
            *(12039, 8192),
        ),
        (
            "Input length (9000 tokens) exceeds the maximum allowed length (8186 tokens). Use a "
            "shorter input or enable --allow-auto-truncate.",
            *(9000, 8186),
        ),
    ],
)
def test_too_long(server: PlayedBack, client: Client, said: str, prompt: int, limit: int) -> None:
    server.refuses(400, {"object": "error", "message": said})
    with pytest.raises(TooLong, match=f"{prompt:,} tokens.* {limit:,} .*new session") as raised:
        chat(client)
    assert raised.value.room == limit - prompt
    in_stream = f'data: {{"error": {{"message": "{said}", "code": 400}}}}\n\n'.encode()
    server.streams(in_stream, DONE)
    with pytest.raises(TooLong, match=f"{prompt:,} tokens"):
        chat(client)


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, BadInput, "cannot take this request"),
        (401, EngineUnavailable, "does not accept this key"),
        (404, EngineUnavailable, "Check the address"),
        (500, EngineUnavailable, "Its log says why"),
        (503, ServerGone, "still loading"),
    ],
)
def test_refusals_say_what_to_do_and_quote_nobody(
    server: PlayedBack,
    client: Client,
    caplog: pytest.LogCaptureFixture,
    status: int,
    kind: type[PersonaVLMError],
    words: str,
) -> None:
    server.refuses(status, {"message": f"invalid: {{'input': '{SECRET}'}}"})
    with caplog.at_level("DEBUG"), pytest.raises(kind, match=words) as raised:
        chat(client)
    assert type(raised.value) is kind
    assert SECRET not in str(raised.value) + caplog.text
    assert "the-key" not in str(raised.value) + caplog.text


def test_a_server_that_fell_silent(server: PlayedBack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "SILENCE", 0.2)
    server.streams(event("Good"), None)
    with pytest.raises(EngineUnavailable, match="said nothing") as raised:
        chat(Client(server.url, None))
    assert not isinstance(raised.value, ServerGone)  # another one would only be kept waiting too
    assert len(aborted(server)) == 1


def test_closing_frees_the_request(server: PlayedBack, client: Client) -> None:
    server.streams(event("Good"), None)
    stream = client.chat({})
    assert next(stream).text == "Good"
    stream.close()  # type: ignore[attr-defined]
    (path, body), (_, abort) = server.asked
    assert path == "/v1/chat/completions"
    assert abort == {"rid": body["rid"]}


def test_proxies_of_the_environment_are_passed_by(
    server: PlayedBack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.streams(event("Good"), DONE)
    assert chat(Client(server.url, None)) == "Good"
