"""A Hub on loopback that has one dataset of one file: what huggingface_hub asks for, no more."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

COMMIT = "3f9c2b1" + "0" * 33


class DatasetServer:
    """Serves until the `with` block ends. refusal: a status and the Hub's code for it.

    content: of the file; None where the dataset lacks it. requests: the paths asked for.
    """

    def __init__(self, repo: str, file: str, content: bytes | None) -> None:
        self.repo, self.file, self.content = repo, file, content
        self.refusal: tuple[int, str] | None = None
        self.requests: list[str] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_HEAD(self) -> None:
                hub.answer(self)

            def do_GET(self) -> None:
                hub.answer(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = urlsplit(handler.path).path
        self.requests.append(path)
        if self.refusal is not None:
            status, code = self.refusal
            return self._send(handler, status, b"", {"X-Error-Code": code})
        if path == f"/api/datasets/{self.repo}":
            info = {"_id": "1", "id": self.repo, "sha": COMMIT, "private": False, "tags": []}
            body = json.dumps(info | {"downloads": 0, "likes": 0, "siblings": []}).encode()
            return self._send(handler, 200, body, {"Content-Type": "application/json"})
        if path == f"/datasets/{self.repo}/resolve/{COMMIT}/{self.file}":
            if self.content is None:
                return self._send(handler, 404, b"", {"X-Error-Code": "EntryNotFound"})
            digest = hashlib.sha256(self.content).hexdigest()
            headers = {"ETag": f'"{digest}"', "X-Repo-Commit": COMMIT}
            return self._send(handler, 200, self.content, headers)
        return self._send(handler, 404, b"", {"X-Error-Code": "RepoNotFound"})

    def _send(
        self, handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]
    ) -> None:
        handler.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            handler.send_header(name, value)
        handler.end_headers()
        if handler.command == "GET":
            handler.wfile.write(body)
