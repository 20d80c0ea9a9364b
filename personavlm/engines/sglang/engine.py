"""The SGLang engine: a server of its own, or running ones by their URLs."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from personavlm.engines.base import Chunk, Engine, Report, Request, silent
from personavlm.engines.output import Output
from personavlm.engines.sglang.chat import chat_body
from personavlm.engines.sglang.client import Client, Piece
from personavlm.engines.sglang.failures import ServerGone
from personavlm.engines.sglang.score import score
from personavlm.engines.sglang.served import LANES
from personavlm.engines.sglang.server import Server
from personavlm.engines.sglang.servers import NamedServers, OwnServer, Servers
from personavlm.errors import EngineUnavailable, TooLong
from personavlm.hub.weights import Weights
from personavlm.protocol.messages import Message
from personavlm.records import Usage


class SGLangEngine(Engine):
    """Text from SGLang. `prepare` yields the weights for a server of its own, run with `python`;
    else `urls` are running servers, or the router before them, which take `key`.

    A request whose server dies is made again, once with a server of its own, else with each of the
    others; what was given out before is not repeated.
    """

    name = "sglang"
    concurrency = LANES

    def __init__(
        self,
        prepare: Callable[[Report], Weights] | None,
        *,
        python: Path | None,
        urls: Sequence[str] = (),
        key: str | None = None,
        gpu: bool,
    ) -> None:
        if (prepare is None or python is None) != bool(urls):
            raise ValueError("either weights and a Python to serve them with, or URLs")
        self._prepare = prepare
        self._python = python
        self._urls = tuple(urls)
        self._key = key
        self._gpu = gpu
        self._loading = threading.Lock()
        self._child: Server | None = None
        self._servers: Servers | None = None
        self._closed = False
        self._background = threading.Semaphore(LANES // 2)

    def load(self, report: Report = silent) -> None:
        with self._loading:
            self._require_open()
            if self._servers is None:
                servers = self._connect(report) if self._urls else self._start(report)
                self.concurrency = servers.served.lanes
                self._background = threading.Semaphore(max(1, self.concurrency // 2))
                self._servers = servers
                if self._closed:  # meanwhile
                    servers.close()

    def generate(self, request: Request) -> Iterator[Chunk]:
        started = time.perf_counter()
        servers = self._ready()
        body = chat_body(request, servers.served)
        output = Output(request.stop)
        usage = Usage()
        with (
            self._lane(servers, request.background),
            closing(self._retried(servers, request.salt, body, output)) as pieces,
        ):
            for piece in pieces:
                usage = piece.usage or usage
                if piece.text:
                    yield Chunk(piece.text)
        yield Chunk("", replace(usage, seconds=time.perf_counter() - started))

    def logprobs(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float]:
        servers = self._ready()
        salt = uuid.uuid4().hex  # nobody's: what is read for these is for nothing else
        gone: ServerGone | None = None
        for client in servers.clients(salt):
            self._require_open()
            try:
                return score(client, servers.served, messages, continuations, salt)
            except ServerGone as error:
                gone = error
        assert gone is not None
        raise gone

    def close(self) -> None:
        self._closed = True
        if self._child is not None:
            self._child.stop()  # even while it starts
        if self._servers is not None:
            self._servers.close()

    def _require_open(self) -> None:
        if self._closed:
            raise EngineUnavailable("This engine was closed. Make a new one.")

    def _ready(self) -> Servers:
        self.load()
        assert self._servers is not None
        return self._servers

    def _connect(self, report: Report) -> Servers:
        servers = NamedServers(self._urls, self._key, report)
        self.weights = servers.served.weights
        return servers

    def _start(self, report: Report) -> Servers:
        if self._child is None:
            assert self._prepare is not None and self._python is not None
            self.weights = self._prepare(report)
            self._require_open()
            self._child = Server(self._python, self.weights, self._gpu)
        self._child.start(report)
        return OwnServer(self._child)

    @contextmanager
    def _lane(self, servers: Servers, background: bool) -> Iterator[None]:
        """Updates take at most half of the lanes, unless the server itself lets people go first."""
        if not background or servers.served.background_priority is not None:
            yield
        else:
            with self._background:
                yield

    def _retried(
        self, servers: Servers, salt: str, body: dict[str, object], output: Output
    ) -> Generator[Piece, None, None]:
        """What is new of each try, until one comes to its end."""
        gone: ServerGone | None = None
        for client in servers.clients(salt):
            self._require_open()
            output.begin()
            try:
                yield from _fresh(client, body, output)
                return
            except ServerGone as error:
                gone = error
        assert gone is not None
        raise gone


def _fresh(client: Client, body: dict[str, object], output: Output) -> Iterator[Piece]:
    """What of one try is new.

    Raises:
        EngineUnavailable: as `Client.chat`, or it says something else than an earlier try.
    """
    with closing(_fitted(client, body)) as stream:
        for piece in stream:
            if piece.text and output.stopped:
                break  # the server overlooked the stop
            yield replace(piece, text=output.feed(piece.text))
    output.finish()


def _fitted(client: Client, body: dict[str, object]) -> Generator[Piece, None, None]:
    """The reply, with fewer tokens than asked for where the context leaves no more.

    How many a prompt with pictures takes, only the server knows; it says so as it refuses.
    """
    try:
        yield from client.chat(body)
    except TooLong as error:
        if error.room < 1:
            raise
        yield from client.chat({**body, "max_tokens": error.room})
