"""A real HTTP server on loopback that plays back answers, for failures of a server that a real one
cannot be made to show on demand: lines cut in the middle, refusals, silence.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = {
    "model_path": "/srv/models--ClareNie--PersonaVLM/snapshots/" + "3f9c2b1" + "0" * 33,
    "served_model_name": "tiny",
    "has_image_understanding": True,
    "architectures": ["Qwen2_5_VLForConditionalGeneration"],
}
INFO = {
    "/get_model_info": MODEL,
    "/get_server_info": {
        "dtype": "bfloat16",
        "internal_states": [{"effective_max_running_requests_per_dp": 8}],
    },
    "/v1/models": {"data": [{"id": "tiny", "max_model_len": 4096}]},
}


@dataclass
class Answer:
    """status: 0 closes the connection instead. pieces: of the body; None among them waits until
    the test is over, so that the client hears nothing more. promised: bytes announced, if more
    than there are.
    """

    status: int = 200
    pieces: tuple[bytes | None, ...] = ()
    promised: int | None = None


@dataclass
class PlayedBack:
    """url: where it listens. asked: the path and the JSON body of each POST, in order. info: what
    GETs bring. answer: what the next POSTs bring, by path.
    """

    url: str
    info: dict[str, dict[str, Any]] = field(default_factory=lambda: dict(INFO))
    answer: Callable[[str], Answer] = lambda path: Answer()
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def streams(self, *pieces: bytes | None) -> None:
        """Chats are answered with this body."""
        self.answer = lambda path: Answer(pieces=pieces)

    def refuses(self, status: int, body: object = None) -> None:
        self.answer = lambda path: Answer(status, (json.dumps(body).encode(),))


def event(text: str, finish: str | None = None, **fields: object) -> bytes:
    """A chunk as SGLang sends it."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    chunk = {"object": "chat.completion.chunk", "choices": [choice], **fields}
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode()


DONE = b"data: [DONE]\n\n"


@contextmanager
def played_back() -> Iterator[PlayedBack]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    played = PlayedBack(f"http://127.0.0.1:{server.server_address[1]}")
    server.played = played  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield played
    finally:
        played.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        played = self._played()
        found = played.info.get(self.path)
        self._send(Answer(200 if found else 404, (json.dumps(found or {}).encode(),)))

    def do_POST(self) -> None:
        played = self._played()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        played.asked.append((self.path, json.loads(body)))
        played.headers.append(dict(self.headers))
        if self.path == "/abort_request":
            self._send(Answer())
        else:
            self._send(played.answer(self.path))

    def _send(self, answer: Answer) -> None:
        if answer.status == 0:
            return
        self.send_response(answer.status)
        if answer.promised is not None:
            self.send_header("Content-Length", str(answer.promised))
        self.end_headers()  # HTTP/1.0: without a length, the body ends with the connection
        for piece in answer.pieces:
            if piece is None:
                self._played().over.wait()
            else:
                self.wfile.write(piece)
                self.wfile.flush()

    def _played(self) -> PlayedBack:
        played: PlayedBack = self.server.played  # type: ignore[attr-defined]
        return played

    def log_message(self, *args: object) -> None:
        pass
