"""A Hub on loopback, for tests: what huggingface_hub asks for, and what can go wrong with it.

The folders `root/owner/name` are its models, each at one commit that follows from its files.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import struct
import threading
from collections import defaultdict
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import unquote, urlsplit

import pytest

MEMBER = "hf_member"  # may read everything
STRANGER = "hf_stranger"  # is known, but was let into nothing
LARGE = (".safetensors", ".bin", ".pt")  # kept in Git LFS: announced by sha256
API = re.compile(r"/api/models/([^/]+/[^/]+)(?:/revision/([^/]+))?")
TREE = re.compile(r"/api/models/([^/]+/[^/]+)/tree/([^/]+)")
FILE = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")


class Seen(NamedTuple):
    """One request for a file, and where in it the answer began."""

    method: str
    name: str
    start: int


@dataclass
class Break:
    """How a transfer ends early: after so many bytes the connection is closed, reset or silent."""

    after: int
    how: str  # "close", "reset" or "stall"
    times: int


class HubServer:
    """Serves until the `with` block ends. Its attributes may be changed while it runs.

    gated, private: names of models. tags: what besides `main` names their commits, an earlier
    commit too (with the files of now). absent: files that are announced but cannot be fetched.
    flipped: files that come with one byte changed. truncated: files that come without their end.
    down: every answer is a 503. files: the requests for files so far.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.gated: set[str] = set()
        self.private: set[str] = set()
        self.tags: set[str] = set()
        self.absent: set[str] = set()
        self.flipped: set[str] = set()
        self.truncated: set[str] = set()
        self.down = False
        self.files: list[Seen] = []
        self.stalled = threading.Event()
        self._breaks: dict[str, Break] = {}
        self._closing = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What another process needs in its environment to use this Hub (with an HF_HOME)."""
        return {
            "HF_ENDPOINT": self.url,
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "NO_PROXY": "127.0.0.1",
        }

    def patch(self, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        """Let huggingface_hub in this process use this Hub, and a cache of its own."""
        from huggingface_hub import constants

        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.delenv("HF_TOKEN", raising=False)
        for name, value in {
            "ENDPOINT": self.url,
            "HUGGINGFACE_CO_URL_TEMPLATE": self.url + "/{repo_id}/resolve/{revision}/{filename}",
            "HF_HUB_OFFLINE": False,
            "HF_HUB_DISABLE_TELEMETRY": True,
            "HF_HOME": str(home),
            "HF_HUB_CACHE": str(home / "hub"),
            "HF_TOKEN_PATH": str(home / "token"),
        }.items():
            monkeypatch.setattr(constants, name, value)

    def commit(self, repo: str) -> str:
        state = hashlib.sha1()
        for path in self.paths(repo):
            content = hashlib.sha256(path.read_bytes()).digest()
            state.update(bytes(path.relative_to(self.root)) + content)
        return state.hexdigest()

    def break_off(self, name: str, after: int, how: str = "close", times: int = 1) -> None:
        """End the next `times` transfers of a file early."""
        self._breaks[name] = Break(after, how, times)

    def fetched(self) -> dict[str, list[int]]:
        """Where each transfer of each file began."""
        starts = defaultdict(list)
        for seen in self.files:
            if seen.method == "GET":
                starts[seen.name].append(seen.start)
        return dict(starts)

    def paths(self, repo: str) -> list[Path]:
        return sorted(path for path in (self.root / repo).rglob("*") if path.is_file())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def end_early(self, name: str) -> Break | None:
        """The break that the transfer under way is to have."""
        found = self._breaks.get(name)
        if found is None or found.times == 0:
            return None
        found.times -= 1
        return found

    def wait_for_end(self) -> None:
        self.stalled.set()
        self._closing.wait()


def announced(path: Path, root: Path) -> dict[str, object]:
    """One file of the repository in `root`, in the answer of the API."""
    name, data = path.relative_to(root).as_posix(), path.read_bytes()
    git = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    entry: dict[str, object] = {"rfilename": name, "size": len(data), "blobId": git}
    if path.name.endswith(LARGE):
        digest = hashlib.sha256(data).hexdigest()
        entry["lfs"] = {"sha256": digest, "size": len(data), "pointerSize": 130}
    return entry


def in_tree(path: Path, root: Path) -> dict[str, object]:
    """The same file in a listing of the repository."""
    entry = announced(path, root)
    listed = {"type": "file", "path": entry["rfilename"], "size": entry["size"]}
    listed["oid"] = entry["blobId"]
    if isinstance(lfs := entry.get("lfs"), dict):
        listed["lfs"] = {"oid": lfs["sha256"], "size": lfs["size"], "pointerSize": 130}
    return listed


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, hub: HubServer) -> None:
        self.hub = hub
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of connections that the client, or a break, ended."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def _hub(self) -> HubServer:
        assert isinstance(self.server, _Server)
        return self.server.hub

    @property
    def _token(self) -> str:
        return (self.headers.get("Authorization") or "").removeprefix("Bearer ")

    def log_message(self, format: str, *args: object) -> None: ...

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if self._hub.down:
            self._refuse(503, "", "Service unavailable")
        elif found := API.fullmatch(path):
            self._model(found[1], unquote(found[2] or "main"))
        elif found := TREE.fullmatch(path):
            self._tree(found[1], unquote(found[2]))
        elif found := FILE.fullmatch(path):
            self._file(found[1], unquote(found[2]), unquote(found[3]))
        else:
            self._refuse(404, "", f"no route {path}")

    def _model(self, repo: str, revision: str) -> None:
        if not self._may_see(repo, revision):
            return
        body = {
            "id": repo,
            "sha": revision if len(revision) == 40 else self._hub.commit(repo),
            "private": repo in self._hub.private,
            "gated": "manual" if repo in self._hub.gated else False,
            "tags": [],
            "siblings": [announced(path, self._hub.root / repo) for path in self._hub.paths(repo)],
        }
        self._answer(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _tree(self, repo: str, revision: str) -> None:
        if self._may_see(repo, revision):
            entries = [in_tree(path, self._hub.root / repo) for path in self._hub.paths(repo)]
            self._answer(200, json.dumps(entries).encode(), {"Content-Type": "application/json"})

    def _may_see(self, repo: str, revision: str) -> bool:
        token = self._token
        if token not in ("", MEMBER, STRANGER):
            self._refuse(401, "", "Invalid credentials in Authorization header")
        elif not (self._hub.root / repo).is_dir() or (
            repo in self._hub.private and token != MEMBER
        ):
            self._refuse(404 if token else 401, "RepoNotFound", "Repository not found")
        elif revision not in {"main", self._hub.commit(repo), *self._hub.tags}:
            self._refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        else:
            return True
        return False

    def _file(self, repo: str, revision: str, name: str) -> None:
        if not self._may_see(repo, revision):
            return
        token = self._token
        if repo in self._hub.gated and token != MEMBER:
            self._refuse(403 if token else 401, "GatedRepo", f"Access to {repo} is restricted")
            return
        path = self._hub.root / repo / name
        if name in self._hub.absent or not path.is_file():
            self._refuse(404, "EntryNotFound", "Entry not found")
            return
        self._send(repo, path)

    def _send(self, repo: str, path: Path) -> None:
        entry = announced(path, path.parent)
        data = path.read_bytes()
        if path.name in self._hub.flipped:
            data = data[:-1] + bytes([data[-1] ^ 1])
        if path.name in self._hub.truncated:
            data = data[: len(data) // 2]
        found = re.match(r"bytes=(\d+)-", self.headers.get("Range") or "")
        start = int(found[1]) if found else 0
        self._hub.files.append(Seen(self.command, path.name, start))
        lfs = entry.get("lfs")
        tag = lfs["sha256"] if isinstance(lfs, dict) else entry["blobId"]
        headers = {"ETag": f'"{tag}"', "X-Repo-Commit": self._hub.commit(repo)}
        if found:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        ending = self._hub.end_early(path.name) if self.command == "GET" else None
        self._answer(206 if found else 200, data[start:], headers, ending)

    def _refuse(self, status: int, code: str, message: str) -> None:
        headers = {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {})
        self._answer(status, json.dumps({"error": message}).encode(), headers)

    def _answer(
        self, status: int, body: bytes, headers: dict[str, str], ending: Break | None = None
    ) -> None:
        self.send_response(status)
        for key, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(body if ending is None else body[: ending.after])
        if ending is not None:
            self._break(ending)

    def _break(self, ending: Break) -> None:
        self.close_connection = True
        if ending.how == "stall":
            self._hub.wait_for_end()
        elif ending.how == "reset":
            now = struct.pack("ii", 1, 0)  # linger for 0 seconds: a reset instead of an end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
            os.close(self.connection.detach())
