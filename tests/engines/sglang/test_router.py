"""Two servers, one of them killed: behind SGLang's router, and by their two URLs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from asking import answer, ask
from metrics import metric
from sglang_server import child, wait_until

from personavlm.engines.base import Request, silent
from personavlm.engines.sglang.engine import SGLangEngine
from personavlm.engines.sglang.server import Server
from personavlm.errors import EngineUnavailable
from personavlm.hub.weights import Weights

pytestmark = [pytest.mark.sglang, pytest.mark.timeout(900)]

PEOPLE = 8


@pytest.fixture(scope="module")
def mortal(sglang_python: Path, tiny_weights: Weights, server: Server) -> Iterator[Server]:
    """A second server beside the one that all tests share, with the same key, to be killed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        second = Server(sglang_python, tiny_weights, gpu=False)
        second.key = server.key  # a router has one for all of its servers
        second.start(silent)
        yield second
        second.stop()


@pytest.fixture
def router(sglang_python: Path, server: Server, mortal: Server, tmp_path: Path) -> Iterator[str]:
    if subprocess.run([sglang_python, "-c", "import sglang_router"]).returncode:
        pytest.skip("the SGLang environment has no sglang-router")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = (
        *(sglang_python, "-m", "sglang_router.launch_router"),
        *("--host", "127.0.0.1", "--port", str(port), "--api-key", server.key),
        *("--worker-urls", server.url, mortal.url, "--policy", "round_robin"),
        *("--prometheus-port", str(port + 1)),
    )
    log = (tmp_path / "router.log").open("w")
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        assert wait_until(lambda: healthy_workers(url, server.key) == 2, 120)
        yield url
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def healthy_workers(url: str, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    try:
        workers = httpx.get(f"{url}/workers", headers=headers, trust_env=False).json()["workers"]
    except httpx.TransportError:
        return 0
    return sum(worker["is_healthy"] for worker in workers)


def running(*servers: Server) -> float:
    return sum(metric(server, "num_running_reqs") for server in servers)


def requests() -> list[Request]:
    return [
        replace(ask(f"Tell me about cat number {n}.", max_tokens=300), salt=f"person {n}")
        for n in range(PEOPLE)
    ]


def replies_around_a_kill(engine: SGLangEngine, mortal: Server) -> list[str]:
    """What all are told, with a server killed when each has heard something."""
    speaking = threading.Barrier(PEOPLE + 1)

    def listen(request: Request) -> str:
        said = []
        for chunk in engine.generate(request):
            said.append(chunk.text)
            if len(said) == 10:
                speaking.wait(100)
        return "".join(said)

    with ThreadPoolExecutor(PEOPLE) as pool:
        replies = [pool.submit(listen, request) for request in requests()]
        speaking.wait(100)
        assert metric(mortal, "num_requests_total") > 0  # it has its share of them
        assert mortal.process is not None
        os.kill(child(mortal.process.pid), signal.SIGKILL)
        return [reply.result(200) for reply in replies]


def test_behind_the_router(router: str, server: Server, mortal: Server) -> None:
    told: list[str] = []
    with SGLangEngine(None, python=None, urls=(router,), key=server.key, gpu=False) as engine:
        engine.load(told.append)
        assert engine.concurrency == 64
        assert any("whose request it is" in line for line in told)
        with pytest.raises(EngineUnavailable, match="router does not score"):
            engine.logprobs(ask("Hello").messages, [" dog"])
        stream = engine.generate(ask("Hello there " * 600, max_tokens=6000))
        for _ in range(50):
            next(stream)
        assert running(server, mortal) == 1
        stream.close()  # type: ignore[attr-defined]
        assert wait_until(lambda: running(server, mortal) == 0)
        assert sum(metric(its, "num_aborted_requests_total") for its in (server, mortal)) > 0
        undisturbed = [answer(engine, request)[0] for request in requests()]
        assert replies_around_a_kill(engine, mortal) == undisturbed
        assert answer(engine, ask("And now?"))[0]


def test_by_their_urls(server: Server, mortal: Server) -> None:
    mortal.revive(silent)
    urls = (server.url, mortal.url)
    with SGLangEngine(None, python=None, urls=urls, key=server.key, gpu=False) as engine:
        engine.load()
        assert engine.concurrency == 64
        undisturbed = [answer(engine, request)[0] for request in requests()]
        assert replies_around_a_kill(engine, mortal) == undisturbed
        assert answer(engine, ask("And now?"))[0]
