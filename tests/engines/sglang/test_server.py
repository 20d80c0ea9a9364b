"""Starting, reviving and stopping: with programs that are no SGLang, then with the real one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import sglang_server
from sglang_server import child, folder_weights, processes, wait_until

import personavlm.engines.sglang.process as process_module
import personavlm.engines.sglang.server as server_module
from personavlm.engines.base import silent
from personavlm.engines.sglang.server import RESTARTS, Server
from personavlm.errors import EngineUnavailable
from personavlm.hub.weights import Weights


@pytest.fixture
def weights(tmp_path: Path) -> Weights:
    (tmp_path / "config.json").write_text("{}")
    return folder_weights(tmp_path)


@pytest.fixture
def sleeper(tmp_path: Path) -> Path:
    """Something that starts and never says a word."""
    program = tmp_path / "sleeper"
    program.write_text("#!/bin/sh\nexec sleep 1000\n")
    program.chmod(0o755)
    return program


def test_a_python_without_sglang_is_told(weights: Weights) -> None:
    server = Server(Path(sys.executable), weights, gpu=False)
    told: list[str] = []
    with pytest.raises(EngineUnavailable, match="has no SGLang") as error:
        server.start(told.append)
    assert "No module named 'sglang'" in str(error.value).splitlines()[-1]  # as its log says
    assert told == ["Starting SGLang…"]
    assert not server.alive()


def test_one_that_keeps_dying_is_given_up(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "BACKOFF", 0.01)
    server = Server(Path(sys.executable), weights, gpu=False)
    told: list[str] = []
    for _ in range(2):  # the second time it is not even tried
        with pytest.raises(EngineUnavailable, match="has no SGLang"):
            server.revive(told.append)
    assert told.count("SGLang stopped and is being started again.") == RESTARTS


def test_one_that_is_silent_is_given_up(
    weights: Weights, sleeper: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_module, "PATIENCE", 0.5)
    server = Server(sleeper, weights, gpu=False)
    with pytest.raises(EngineUnavailable, match="silent for"):
        server.start(silent)
    assert not server.alive()


def test_stopping_ends_a_start(weights: Weights, sleeper: Path) -> None:
    server = Server(sleeper, weights, gpu=False)
    with ThreadPoolExecutor() as pool:
        start = pool.submit(server.start, silent)
        assert wait_until(server.alive)
        server.stop()
        with pytest.raises(EngineUnavailable, match="stopped while it started"):
            start.result(20)
    with pytest.raises(EngineUnavailable, match="stopped"):
        server.revive(silent)


def test_a_settings_file_is_private_and_goes_with_the_server(
    weights: Weights, sleeper: Path
) -> None:
    server = Server(sleeper, weights, gpu=False)
    with ThreadPoolExecutor() as pool:
        start = pool.submit(server.start, silent)
        assert wait_until(server.alive)
        assert server.process is not None
        (config,) = [
            Path(argument)
            for argument in Path(f"/proc/{server.process.pid}/cmdline").read_text().split("\0")
            if argument.endswith(".yaml")
        ]
        assert server.key in config.read_text()
        assert config.parent.stat().st_mode & 0o077 == 0
        server.stop()
        assert not config.parent.exists()
        with pytest.raises(EngineUnavailable):
            start.result(20)


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


@pytest.fixture(scope="module")
def mortal(sglang_python: Path, tiny_weights: Weights, told: list[str]) -> Iterator[Server]:
    """A second server, beside the one that all tests share, to be killed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        server = Server(sglang_python, tiny_weights, gpu=False)
        server.start(told.append)
        yield server
        server.stop()


def models(server: Server, key: str | None) -> int:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{server.url}/v1/models", headers=headers, trust_env=False).status_code


@pytest.mark.sglang
def test_a_start_tells_how_far_it_is(mortal: Server, told: list[str]) -> None:
    assert told[0] == "Starting SGLang…"
    assert told[-1] == "SGLang is ready."
    assert any(line.startswith("Starting SGLang: loading the weights, file ") for line in told)
    assert "Starting SGLang: warming up…" in told
    assert not any("\n" in line or "[20" in line for line in told)  # no raw lines of the log


@pytest.mark.sglang
def test_two_run_side_by_side(server: Server, mortal: Server) -> None:
    assert server.url != mortal.url
    assert models(server, server.key) == models(mortal, mortal.key) == 200


@pytest.mark.sglang
def test_the_key_is_required_and_not_seen(server: Server, mortal: Server) -> None:
    assert models(mortal, None) == models(mortal, server.key) == 401
    assert mortal.process is not None
    arguments = [Path(f"/proc/{pid}/cmdline").read_text() for pid in processes(mortal.process.pid)]
    assert len(arguments) >= 4  # the guard, the server and its two workers
    assert not any(mortal.key in line for line in (*arguments, *mortal.process.log))


@pytest.mark.sglang
def test_a_server_that_is_well_is_left_alone(mortal: Server) -> None:
    before = mortal.process
    mortal.revive(silent)
    assert mortal.process is before


@pytest.mark.sglang
def test_a_killed_server_is_restarted_once(mortal: Server) -> None:
    assert mortal.process is not None
    old = mortal.process
    os.kill(child(old.pid), signal.SIGKILL)
    told: list[str] = []
    with ThreadPoolExecutor(4) as pool:
        for revived in [pool.submit(mortal.revive, told.append) for _ in range(4)]:
            revived.result(200)
    assert told.count("SGLang stopped and is being started again.") == 1
    assert told.count("SGLang is ready.") == 1
    assert mortal.process is not old
    assert processes(old.pid) == {}
    assert models(mortal, mortal.key) == 200


@pytest.mark.sglang
def test_nothing_is_left_of_a_stopped_server(mortal: Server) -> None:
    run = mortal.process
    assert run is not None
    files = shared_memory_of(run.pid)
    assert files  # SGLang itself would leave them
    mortal.stop()
    mortal.stop()
    assert processes(run.pid) == {}
    assert not any(file.exists() for file in files)
    assert not mortal.alive()


@pytest.mark.sglang
def test_nothing_is_left_of_a_killed_app(sglang_python: Path, tiny_weights: Weights) -> None:
    command = (sys.executable, sglang_server.__file__, sglang_python, tiny_weights.path)
    root = Path(__file__).parents[3]
    app = subprocess.Popen(
        command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(root)}
    )
    assert app.stdout is not None
    session = int(app.stdout.readline())
    files = shared_memory_of(session)
    assert len(processes(session)) >= 4
    app.kill()
    app.wait()
    assert wait_until(lambda: processes(session) == {})
    assert files
    assert not any(file.exists() for file in files)


@pytest.mark.sglang
def test_a_broken_checkpoint_is_told(
    sglang_python: Path, tiny_weights: Weights, tmp_path: Path
) -> None:
    broken = shutil.copytree(tiny_weights.path, tmp_path / "broken")
    shard = min(broken.glob("*.safetensors"))
    shard.write_bytes(shard.read_bytes()[:1000])
    server = Server(sglang_python, folder_weights(broken), gpu=False)
    with pytest.raises(EngineUnavailable, match="may be damaged") as error:
        server.start(silent)
    assert "SafetensorError" in str(error.value)
    assert not server.alive()


def shared_memory_of(session: int) -> set[Path]:
    from personavlm.engines.sglang.guard import shared_memory

    return shared_memory(child(session))
