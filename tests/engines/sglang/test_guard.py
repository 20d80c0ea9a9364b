"""The guard, with shells and sleeps as the server: nothing of it outlives what it must not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sglang_server import child, processes, wait_until

from personavlm.engines.sglang import guard

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

needs_shared_memory = pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no /dev/shm")
FAMILY = "sleep 1000 & sleep 1000 & wait"  # a shell and two helpers that do not notice its end


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "socket").touch()
    return folder


def run(folder: Path, *command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (sys.executable, "-I", guard.__file__, str(folder), *command),
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


@pytest.fixture
def guarded(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = run(folder, "sh", "-c", FAMILY)
    assert wait_until(lambda: len(processes(process.pid)) == 4)
    yield process
    for pid in processes(process.pid):
        os.kill(pid, signal.SIGKILL)
    process.wait()


def test_all_end_when_the_app_lets_go(guarded: subprocess.Popen[bytes], folder: Path) -> None:
    assert guarded.stdin is not None
    guarded.stdin.close()
    assert guarded.wait(20) == 128 + signal.SIGKILL
    assert processes(guarded.pid) == {}
    assert not folder.exists()


def test_helpers_do_not_outlive_the_server(guarded: subprocess.Popen[bytes], folder: Path) -> None:
    os.kill(child(guarded.pid), signal.SIGTERM)
    assert guarded.wait(20) == 128 + signal.SIGTERM
    assert processes(guarded.pid) == {}
    assert not folder.exists()


def test_the_server_does_not_outlive_a_killed_guard(guarded: subprocess.Popen[bytes]) -> None:
    server = child(guarded.pid)
    guarded.kill()
    guarded.wait(20)
    assert wait_until(lambda: server not in processes(guarded.pid))


def test_a_killed_app_leaves_nothing(folder: Path) -> None:
    app = subprocess.Popen(
        (
            sys.executable,
            "-c",
            _APP,
            sys.executable,
            guard.__file__,
            str(folder),
            "sh",
            "-c",
            FAMILY,
        ),
        stdout=subprocess.PIPE,
    )
    assert app.stdout is not None
    session = int(app.stdout.readline())
    assert wait_until(lambda: len(processes(session)) == 4)
    app.kill()
    app.wait()
    assert wait_until(lambda: processes(session) == {})
    assert wait_until(lambda: not folder.exists())


_APP = """
import subprocess, sys, time
guard = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, start_new_session=True)
print(guard.pid, flush=True)
time.sleep(1000)
"""


def test_it_exits_as_the_server_does(folder: Path) -> None:
    assert run(folder, "sh", "-c", "exit 7").wait(20) == 7


@needs_shared_memory
def test_what_a_server_that_fails_to_start_had_in_shared_memory_goes(folder: Path) -> None:
    file = Path(f"/dev/shm/sglang_failed_{os.getpid()}")
    process = run(folder, "sh", "-c", f"exec 3>{file}; sleep 3; exit 1")
    assert wait_until(file.exists)
    assert process.wait(20) == 1
    assert not file.exists()


@needs_shared_memory
def test_shared_memory_is_told_by_the_group_that_has_it_open() -> None:
    file = Path(f"/dev/shm/sglang_test_{os.getpid()}")
    with file.open("w") as opened:
        holder = subprocess.Popen(("sleep", "1000"), stdout=opened, process_group=0)
    other = subprocess.Popen(("sleep", "1000"), process_group=0)
    try:
        assert guard.shared_memory(holder.pid) == {file}
        assert guard.shared_memory(other.pid) == set()
    finally:
        for process in (holder, other):
            process.kill()
            process.wait()
        file.unlink()
