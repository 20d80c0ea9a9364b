"""kill -9 in the middle of a run: the same command goes on, and the result is the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from eval.made import write_personamem

from eval.journal import CASES

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = 6000


def start(data: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [
        sys.executable, str(ROOT / "eval/run.py"), "--benchmark", "personamem", "--data", str(data),
        "--out", str(out), "--method", "random",
    ]  # fmt: skip
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment,
        preexec_fn=_heeds_ctrl_c,
    )  # fmt: skip


def _heeds_ctrl_c() -> None:
    """Where these tests run in the background, Ctrl-C is ignored, by what they start too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def killed_at(process: subprocess.Popen[bytes], file: Path, size: int) -> None:
    """Kill a process as soon as a file is larger than this; let it go if it ends before that."""
    while process.poll() is None and (not file.exists() or file.stat().st_size <= size):
        time.sleep(0.0005)
    process.send_signal(signal.SIGKILL)
    _, errors = process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), errors.decode()


@pytest.mark.slow
def test_killed_and_started_again_until_it_is_done(tmp_path: Path) -> None:
    data = write_personamem(tmp_path / "data", QUESTIONS)
    whole = start(data, tmp_path / "whole")
    assert whole.wait() == 0
    expected = (tmp_path / "whole/personamem-32k/random" / CASES).read_bytes()
    assert expected.count(b"\n") == QUESTIONS

    file = tmp_path / "killed/personamem-32k/random" / CASES
    midway = 0
    for tenth in (0, 1, 3, 5, 7):
        size = len(expected) * tenth // 10
        killed_at(start(data, tmp_path / "killed"), file, size)
        left = file.read_bytes()
        assert expected.startswith(left), "what was written is whole and in order"
        midway += size < len(left) < len(expected)
    assert midway >= 3, "the kills came in the middle of it"
    last = start(data, tmp_path / "killed")
    assert last.wait() == 0
    for name in ("personamem-32k/random/cases.jsonl", "summary.json", "tables.md", "tables.csv"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_interrupted_it_says_how_to_go_on(tmp_path: Path) -> None:
    data = write_personamem(tmp_path / "data", QUESTIONS)
    file = tmp_path / "out/personamem-32k/random" / CASES
    process = start(data, tmp_path / "out")
    while process.poll() is None and (not file.exists() or file.stat().st_size < 50_000):
        time.sleep(0.0005)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert errors.decode().splitlines()[-1].startswith("Interrupted. The same command goes on")
    assert b"Traceback" not in errors
    assert file.read_bytes().count(b"\n") < QUESTIONS


def test_two_processes_do_not_write_one_run(tmp_path: Path) -> None:
    data = write_personamem(tmp_path / "data", QUESTIONS)
    file = tmp_path / "out/personamem-32k/random" / CASES
    first = start(data, tmp_path / "out")
    while first.poll() is None and not file.exists():
        time.sleep(0.0005)
    first.send_signal(signal.SIGSTOP)
    try:
        second = start(data, tmp_path / "out")
        _, errors = second.communicate()
    finally:
        first.send_signal(signal.SIGCONT)
    if first.wait() != 0:
        pytest.fail("the first process was disturbed")
    assert second.returncode == 1
    assert b"Another process is writing" in errors
    assert file.read_bytes().count(b"\n") == QUESTIONS
