"""One run of the server, from its start to its end, with the end of its log."""

from __future__ import annotations

import contextlib
import json
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from pathlib import Path

import httpx

from personavlm.engines.base import Report
from personavlm.engines.sglang import guard, startup
from personavlm.engines.sglang.settings import Setting, environment
from personavlm.errors import EngineUnavailable

PATIENCE = 600.0  # seconds without a word: compiling GPU kernels may take minutes
GLANCE = 0.2  # seconds between two looks
HEALTH_TIMEOUT = 30.0  # seconds
GRACE = 10.0  # seconds for what takes none, unless the machine is very busy
LOG_LINES = 400


class Process:
    """A server that is starting or running, the guard that ends it, and its last log lines.

    Settings go to it in a file that only this user can read, so that the key is not in `ps`.
    """

    def __init__(self, python: Path, settings: dict[str, Setting], gpu: bool) -> None:
        self.port = settings["port"]
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        self._gpu = gpu
        self._key = str(settings["api-key"])
        self._heard = time.monotonic()
        self._phases: queue.SimpleQueue[str | None] = queue.SimpleQueue()  # None: the log ended
        self._folder = Path(tempfile.mkdtemp(prefix="personavlm-sglang-"))
        config = self._folder / "server.yaml"
        config.write_text(json.dumps(settings), "utf-8")  # JSON is YAML; mkdtemp made it private
        server = (python, "-m", "sglang.launch_server", "--config", config)
        self._guard = subprocess.Popen(
            (sys.executable, "-I", guard.__file__, self._folder, *server),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self._folder,
            env=environment(python, gpu, self._folder),
            start_new_session=True,  # Ctrl-C in the terminal is the app's to handle
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read_log, name="sglang log", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Of the guard, which leads the session that all of the server's processes are in."""
        return self._guard.pid

    def alive(self) -> bool:
        return self._guard.poll() is None

    def wait_ready(self, report: Report) -> None:
        """Block until it answers, telling how far it is.

        Raises:
            EngineUnavailable: it died, or has been silent for too long.
        """
        report("Starting SGLang…")
        phase = None
        while phase != startup.LISTENING:
            phase = self._next_phase()
            report(f"Starting SGLang: {phase}…")
        while self._ask("/health_generate") != httpx.codes.OK:  # it is asked for a token
            self._check()
            time.sleep(GLANCE)
        self._tell_guard("ready")
        report("SGLang is ready.")

    def answers(self) -> bool:
        """Whether it answers at all, be it slowly because it has much to do."""
        return self._ask("/health") is not None

    def end(self) -> None:
        """Stop the server and all it started. Calling it twice is fine."""
        assert self._guard.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # the guard is dead, and the server with it
            self._guard.stdin.close()
        try:
            self._guard.wait(2 * guard.GRACE + GRACE)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.wait()
        shutil.rmtree(self._folder, ignore_errors=True)  # if the guard did not

    def failure(self, what: str) -> EngineUnavailable:
        """An error that says what probably went wrong, with the end of the log."""
        if not self.alive():
            self._reader.join(GRACE)  # its last words may still be on their way
        log = list(self.log)
        cause = startup.cause(log, self._guard.poll(), self._gpu)
        return EngineUnavailable(f"{what} {cause}\n{startup.last_lines(log)}".rstrip())

    def _next_phase(self) -> str:
        while True:
            try:
                phase = self._phases.get(timeout=GLANCE)
            except queue.Empty:
                self._check()
                continue
            if phase is not None:
                return phase
            self._guard.wait()
            raise self.failure("SGLang could not be started.")

    def _check(self) -> None:
        if not self.alive():
            raise self.failure("SGLang could not be started.")
        if time.monotonic() - self._heard > PATIENCE:
            minutes = PATIENCE / 60
            raise self.failure(f"SGLang did not start: silent for {minutes:.0f} minutes.")

    def _ask(self, path: str) -> int | None:
        try:
            url = f"http://127.0.0.1:{self.port}{path}"
            return httpx.get(url, timeout=HEALTH_TIMEOUT, trust_env=False).status_code
        except httpx.TransportError:
            return None

    def _tell_guard(self, word: str) -> None:
        assert self._guard.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it died just now: the next request will tell
            self._guard.stdin.write(f"{word}\n")
            self._guard.stdin.flush()

    def _read_log(self) -> None:
        assert self._guard.stdout is not None
        last: str | None = None
        for line in self._guard.stdout:  # progress bars' carriage returns end lines as well
            self._heard = time.monotonic()
            self.log.append(line.rstrip().replace(self._key, "…"))
            phase = startup.phase(line)
            if phase is not None and phase != last:
                self._phases.put(phase)
                last = phase
        self._phases.put(None)
