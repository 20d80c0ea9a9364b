"""The server as the engine sees it: started, kept alive, stopped."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections import deque
from pathlib import Path

from personavlm.engines.base import Report
from personavlm.engines.sglang.process import Process
from personavlm.engines.sglang.settings import server_settings
from personavlm.errors import EngineUnavailable
from personavlm.hub.weights import Weights

RESTARTS = 4  # at most so many
WINDOW = 600.0  # within so many seconds
BACKOFF = 2.0  # seconds before the second restart in a window; twice that before the third, ...


class Server:
    """SGLang as a child process on a free port of this machine. Safe to use from several threads.

    Nothing but this process can use it: it asks for a random key. It ends with this process,
    whichever way that ends.

    process: the current run of it; None before the first.
    """

    def __init__(self, python: Path, weights: Weights, gpu: bool) -> None:
        self.key = secrets.token_hex(32)
        self._python = python
        self._weights = weights
        self._gpu = gpu
        self.process: Process | None = None
        self._starting = threading.Lock()  # held by whoever starts or restarts it
        self._stopped = threading.Event()
        self._starts = 0
        self._restarts: deque[float] = deque(maxlen=RESTARTS)  # when, on the monotonic clock

    @property
    def url(self) -> str:
        """Its address, which changes with a restart. Empty before the first start."""
        return "" if self.process is None else f"http://127.0.0.1:{self.process.port}"

    def start(self, report: Report) -> None:
        """Start it and wait until it answers, telling how far it is. Calling it twice is fine.

        Raises:
            EngineUnavailable: it cannot run here; the message has the likely cause, what to do,
            and the end of its log.
        """
        with self._starting:
            if not self.alive():
                self._launch(report)

    def alive(self) -> bool:
        """Whether its process runs. It may still be starting, or hang: `revive` looks closer."""
        return self.process is not None and self.process.alive()

    def revive(self, report: Report) -> None:
        """Make it answer again after a request to it failed. Several threads may ask at once: one
        restarts it, unless it is well, and the others wait.

        Raises:
            EngineUnavailable: it keeps dying, or was stopped.
        """
        seen = self._starts
        with self._starting:
            if self._starts != seen:
                return  # restarted while this thread waited
            process = self.process
            if process is not None and process.alive() and process.answers():
                return
            self._restart(report)

    def stop(self) -> None:
        """End it and all its processes, for good. Calling it twice is fine."""
        self._stopped.set()
        if self.process is not None:
            self.process.end()

    def _restart(self, report: Report) -> None:
        while True:
            failed = self.process
            if failed is not None:
                failed.end()
            self._wait_turn(failed)
            report("SGLang stopped and is being started again.")
            try:
                self._launch(report)
            except EngineUnavailable:
                if self._stopped.is_set() or len(self._recent()) == RESTARTS:
                    raise
            else:
                return

    def _wait_turn(self, failed: Process | None) -> None:
        """Note one more restart, after a pause that doubles with each recent one."""
        recent = len(self._recent())
        if recent == RESTARTS:
            what = f"SGLang stopped {RESTARTS} times within {WINDOW / 60:.0f} minutes."
            raise failed.failure(what) if failed is not None else EngineUnavailable(what)
        if recent:
            self._stopped.wait(BACKOFF * 2 ** (recent - 1))
        self._restarts.append(time.monotonic())

    def _recent(self) -> list[float]:
        return [moment for moment in self._restarts if time.monotonic() - moment < WINDOW]

    def _launch(self, report: Report) -> None:
        settings = server_settings(self._weights, self._gpu, _free_port(), self.key)
        process = self.process = Process(self._python, settings, self._gpu)
        try:
            if self._stopped.is_set():  # before there was this process to end
                raise EngineUnavailable("SGLang was stopped.")
            process.wait_ready(report)
        except BaseException as error:
            process.end()
            if not self._stopped.is_set():
                raise
            raise EngineUnavailable("SGLang was stopped while it started.") from error
        self._starts += 1


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
