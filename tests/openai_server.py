"""A real HTTP server on loopback that speaks OpenAI's chat protocol; a test says what it replies.

    with openai_server() as server:
        server.reply = lambda body: "(a)"
        Endpoint("scripted", url=server.url, key=KEY)

It counts words as tokens, ends a text before a stop as OpenAI does, refuses what a test tells it
to, and keeps every request.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-a-key-that-nobody-may-see"
MODEL = "scripted"
SERVED = "scripted-2024-08-06"
FINGERPRINT = "fp_1"
Body = dict[str, Any]


@dataclass(frozen=True)
class Refusal:
    """An answer that is none. words: a key and what was said are in it, as providers quote them."""

    status: int
    code: str | None = None
    words: str = ""
    param: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


# What OpenAI says, in its own words where something is read from them.
WRONG_KEY = Refusal(401, "invalid_api_key", f"Incorrect API key provided: {KEY}.")
NO_MODEL = Refusal(404, "model_not_found", "The model `scripted` does not exist.")
TOO_FAST = Refusal(429, "rate_limit_exceeded", "Slow down.", headers={"retry-after-ms": "1"})
NO_CREDIT = Refusal(429, "insufficient_quota", "Pay.", headers={"x-should-retry": "false"})
BROKEN = Refusal(500, None, "Sorry.", headers={"retry-after-ms": "1"})
TOO_LONG = Refusal(
    400,
    "context_length_exceeded",
    "This model's maximum context length is 100 tokens. However, you requested 140 tokens (90 in "
    "the messages, 50 in the completion). Please reduce the length of the messages or completion.",
    "messages",
)


def not_taken(name: str) -> Refusal:
    words = f"Unsupported parameter: '{name}' is not supported with this model."
    return Refusal(400, "unsupported_parameter", words, name)


@dataclass
class OpenAIServer:
    """Its attributes may be changed while it runs.

    url: up to and with /v1. reply: what a request's body brings. asked: the bodies of all requests,
    those refused too. keys: the key of each. refusals: given to the next requests, one each.
    refuses: parameters that it does not take. sees: whether it takes pictures. served: the model
    that it says it ran. counts: whether it counts tokens. thinks: tokens that a reply loses to
    thoughts that are not shown. ending: how a stream ends: "whole", "cut" (the connection breaks
    after the first word), "unfinished" (it ends without saying so) or "endless" (the last word
    again and again, until nobody listens: `withdrawn` is set then).
    """

    url: str
    reply: Callable[[Body], str] = lambda body: "Hello there."
    asked: list[Body] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    sees: bool = True
    served: str = SERVED
    counts: bool = True
    thinks: int = 0
    ending: str = "whole"
    withdrawn: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def address(self) -> str:
        """Without /v1."""
        return self.url.removesuffix("/v1")

    def refusal(self, body: Body) -> Refusal | None:
        """What this request is refused with, if it is."""
        if self.refusals:
            return self.refusals.pop(0)
        if found := self.refuses & body.keys():
            return not_taken(min(found))
        if not self.sees and pictures(body):
            return Refusal(400, None, "This model does not take image input.")
        return None

    def usage(self, body: Body, text: str) -> Body:
        prompt, reply = len(words_of(body).split()), len(text.split())
        return {
            "prompt_tokens": prompt,
            "completion_tokens": reply,
            "total_tokens": prompt + reply,
            "prompt_tokens_details": {"cached_tokens": prompt // 2},
        }


def words_of(body: Body) -> str:
    """All that the messages of a request say."""
    return "\n".join(
        part if isinstance(part, str) else part.get("text", "")
        for message in body["messages"]
        for part in _parts(message)
    )


def pictures(body: Body) -> list[str]:
    """The addresses of all pictures in a request's messages."""
    return [
        part["image_url"]["url"]
        for message in body["messages"]
        for part in _parts(message)
        if isinstance(part, dict) and part["type"] == "image_url"
    ]


def _parts(message: Body) -> list[Any]:
    content = message["content"]
    return content if isinstance(content, list) else [content]


@contextmanager
def openai_server() -> Iterator[OpenAIServer]:
    """Listens until the block ends."""
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    httpd.daemon_threads = True
    server = OpenAIServer(f"http://127.0.0.1:{httpd.server_address[1]}/v1")
    httpd.played = server  # type: ignore[attr-defined]
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes: 40 ms each otherwise

    def do_POST(self) -> None:
        server: OpenAIServer = self.server.played  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.asked.append(body)
            server.keys.append((self.headers["Authorization"] or "").removeprefix("Bearer "))
            refusal = server.refusal(body)
        if self.path != "/v1/chat/completions":
            refusal = Refusal(404, None, "No such page.")
        if refusal is not None:
            self._refuse(refusal, words_of(body))
            return
        text, finish = _ended(server.reply(body), body, server.thinks)
        if body.get("stream"):
            self._stream(server, body, text, finish)
        else:
            message = {"role": "assistant", "content": text}
            whole = {"message": message, "finish_reason": finish, "index": 0}
            told = _chunk(server, "chat.completion", [whole])
            usage = {"usage": server.usage(body, text)} if server.counts else {}
            self._json(200, {**told, **usage})

    def _refuse(self, refusal: Refusal, said: str) -> None:
        words = f"{refusal.words} (You said: {said})"
        error = {"message": words, "code": refusal.code, "param": refusal.param, "type": "error"}
        self._json(refusal.status, {"error": error}, refusal.headers)

    def _json(self, status: int, body: Body, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, server: OpenAIServer, body: Body, text: str, finish: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        pieces = re.findall(r"\s*\S+\s*", text) or [""]
        for piece in pieces:
            self._event(_chunk(server, "chat.completion.chunk", [_delta(piece)]))
            if server.ending == "cut":
                self.close_connection = True
                return
        if server.ending == "endless":
            self._go_on(server, pieces[-1])
        if server.ending == "whole":
            self._event(_chunk(server, "chat.completion.chunk", [_delta("", finish)]))
            if server.counts and body.get("stream_options", {}).get("include_usage"):
                told = _chunk(server, "chat.completion.chunk", [])
                self._event({**told, "usage": server.usage(body, text)})
            self._send(b"data: [DONE]\n\n")
        self._send(b"")

    def _go_on(self, server: OpenAIServer, piece: str) -> None:
        try:
            while True:
                self._event(_chunk(server, "chat.completion.chunk", [_delta(piece)]))
        except OSError:
            server.withdrawn.set()
            raise

    def _event(self, chunk: Body) -> None:
        self._send(f"data: {json.dumps(chunk)}\n\n".encode())

    def _send(self, data: bytes) -> None:
        """One chunk of HTTP's; an empty one ends the body."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def handle(self) -> None:
        with suppress(OSError):  # nobody listens any more
            super().handle()

    def log_message(self, *args: object) -> None:
        pass


def _chunk(server: OpenAIServer, kind: str, choices: list[Body]) -> Body:
    return {
        "id": "chatcmpl-1",
        "object": kind,
        "created": 1_700_000_000,
        "model": server.served,
        "system_fingerprint": FINGERPRINT,
        "choices": choices,
    }


def _delta(text: str, finish: str | None = None) -> Body:
    return {"index": 0, "delta": {"content": text}, "finish_reason": finish}


def _ended(text: str, body: Body, thinks: int) -> tuple[str, str]:
    """Before the first stop, and within the limit of tokens."""
    ends = [text.find(stop) for stop in body.get("stop") or [] if stop in text]
    text = text[: min(ends)] if ends else text
    words = re.findall(r"\s*\S+\s*", text)
    limit = body.get("max_tokens") or body.get("max_completion_tokens") or len(words) + thinks
    room = max(0, limit - thinks)
    return ("".join(words[:room]), "length") if len(words) > room else (text, "stop")
