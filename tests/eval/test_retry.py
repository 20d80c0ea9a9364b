"""`--retry-failed`: failed cases asked once more, in their places, whatever happens meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from eval.made import record, write_personamem
from openai_server import Body, OpenAIServer, Refusal, openai_server, words_of

from eval import run
from eval.case import Benchmark
from eval.journal import CASES, FAILED_BEFORE, RETRIED, opened, read
from eval.journal import Manifest as Told
from personavlm.errors import BadInput

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = 40
REFUSED = Refusal(400, None, "No.")


class Mood:
    """Of a provider that refuses every fourth question, until it is in a better one."""

    def __init__(self, server: OpenAIServer) -> None:
        self.url = server.url
        self.bad = True
        self.slow = 0.0  # seconds a reply
        server.refusal = self._refusal  # type: ignore[method-assign]
        server.reply = self._reply

    def _refusal(self, body: Body) -> Refusal | None:
        said = words_of(body)
        return REFUSED if self.bad and any(f", {n}?" in said for n in range(0, 40, 4)) else None

    def _reply(self, body: Body) -> str:
        time.sleep(self.slow)
        return "(b)"


@pytest.fixture
def server() -> Iterator[Mood]:
    with openai_server() as listening:
        yield Mood(listening)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_personamem(tmp_path / "data", QUESTIONS)


def command(data: Path, out: Path, server: Mood, *options: str) -> list[str]:
    return ["--benchmark", "personamem", "--context", "32k", "--data", str(data), "--out", str(out),
            "--method", "no-context", "--engine", "openai", "--engine-url", server.url, "--model",
            "scripted", *options]  # fmt: skip


def cases(out: Path) -> Path:
    [path] = out.glob(f"personamem-32k/*/{CASES}")
    return path


def failed(path: Path) -> list[str]:
    return [record.case for record in read(path.parent).records if record.failed]


def test_failed_cases_stay_until_they_are_asked_again(
    data: Path, tmp_path: Path, server: Mood, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run.main(command(data, out, server)) == 0
    path = cases(out)
    expected = [f"q{n}" for n in range(0, 40, 4)]
    assert failed(path) == expected
    before = path.read_bytes().splitlines()
    server.bad = False
    assert run.main(command(data, out, server)) == 0
    assert path.read_bytes().splitlines() == before, "nobody asked"
    assert run.main(command(data, out, server, "--dry-run", "--retry-failed")) == 0
    assert (
        "40 cases, 30 done (10 failed: to be asked again), 40 model calls"
        in capsys.readouterr().out
    )
    assert run.main(command(data, out, server, "--retry-failed")) == 0
    after = path.read_bytes().splitlines()
    assert not failed(path)
    for n, (old, new) in enumerate(zip(before, after, strict=True)):
        if n % 4:
            assert old == new
        else:
            told = json.loads(new)
            assert told["reply"] == "(b)"
            assert told["detail"][FAILED_BEFORE] == [json.loads(old)["failed"]]
    assert not (path.parent / RETRIED).exists()
    assert run.main(command(data, out, server, "--retry-failed")) == 0
    assert path.read_bytes().splitlines() == after, "there is none any more"


def test_what_fails_again_says_so_twice(data: Path, tmp_path: Path, server: Mood) -> None:
    out = tmp_path / "out"
    for options in ((), ("--retry-failed",), ("--retry-failed",)):
        assert run.main(command(data, out, server, *options)) == 0
    records = {record.case: record for record in read(cases(out).parent).records}
    assert records["q4"].failed
    assert records["q4"].detail is not None
    assert len(records["q4"].detail[FAILED_BEFORE]) == 2
    assert records["q5"].detail is not None
    assert FAILED_BEFORE not in records["q5"].detail


def test_a_run_that_was_cut_off_is_finished_too(data: Path, tmp_path: Path, server: Mood) -> None:
    out = tmp_path / "out"
    assert run.main(command(data, out, server)) == 0
    path = cases(out)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:22]) + b'{"case":"q')
    server.bad = False
    assert run.main(command(data, out, server, "--retry-failed")) == 0
    records = read(path.parent).records
    assert [record.case for record in records] == [f"q{n}" for n in range(40)]
    again = [r.case for r in records if r.detail and FAILED_BEFORE in r.detail]
    assert again == [f"q{n}" for n in range(0, 22, 4)], "the others were asked for the first time"


@pytest.mark.timeout(240)
@pytest.mark.slow
def test_killed_while_they_are_asked_again(data: Path, tmp_path: Path, server: Mood) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for out in (whole, killed):
        assert run.main(command(data, out, server)) == 0
    server.bad = False
    assert run.main(command(data, whole, server, "--retry-failed")) == 0
    first = cases(killed).read_bytes()
    server.slow = 0.2
    started = subprocess.Popen(
        [sys.executable, str(ROOT / "eval/run.py"), *command(data, killed, server),
         "--retry-failed"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    beside = cases(killed).with_name(RETRIED)
    while started.poll() is None and (not beside.exists() or beside.stat().st_size == 0):
        time.sleep(0.002)
    started.send_signal(signal.SIGKILL)
    _, errors = started.communicate()
    assert started.returncode == -signal.SIGKILL, errors.decode()
    assert cases(killed).read_bytes() == first, "nothing is replaced before all are there"
    server.slow = 0.0
    assert run.main(command(data, killed, server, "--retry-failed")) == 0
    assert _timeless(cases(killed)) == _timeless(cases(whole))
    assert not beside.exists()


def _timeless(path: Path) -> list[object]:
    """What was answered, without how long it took."""
    found = []
    for line in path.read_bytes().splitlines():
        told = json.loads(line)
        told["usage"].pop("seconds")
        told["detail"].pop("seconds")
        found.append(told)
    return found


RUN = Told(Benchmark.PERSONAMEM, "32k", "m", (), {}, None, 3, 3, {}, "c0de", "abc")


def made(folder: Path) -> tuple[bytes, bytes]:
    """A run with a case that failed; its bytes, and those it should have once that is answered."""
    kinds = ("no answer", "", "no answer")
    with opened(folder, RUN) as journal:
        for n, why in enumerate(kinds):
            journal.append(record(case=str(n), right=not why, failed=why, detail={"n": n}))
    before = (folder / CASES).read_bytes()
    with opened(folder, RUN, again=True) as journal:
        assert journal.done == {"1"}
        journal.append(record(case="2", detail={"new": 2}))
        journal.append(record(case="0", detail={"new": 0}))
    return before, (folder / CASES).read_bytes()


def test_killed_at_any_byte_of_the_new_answers(tmp_path: Path) -> None:
    """As many as were whole are taken in; what a kill left between is taken in once more."""
    before, after = made(tmp_path / "whole")
    assert [r.case for r in read(tmp_path / "whole").records] == ["0", "1", "2"]
    lines = after.splitlines(keepends=True)
    beside = lines[2] + lines[0]
    ends = (0, len(lines[2]), len(beside))
    for length in (0, 1, *(end + step for end in ends[1:] for step in (-1, 0, 1))):
        if length > len(beside):
            continue
        folder = tmp_path / str(length)
        made(folder)
        (folder / CASES).write_bytes(before)
        (folder / RETRIED).write_bytes(beside[:length])
        whole = sum(length >= end for end in ends[1:])
        expected = before.splitlines(keepends=True)
        for place in (2, 0)[:whole]:
            expected[place] = lines[place]
        for _ in range(2):
            with opened(folder, RUN):
                pass
            assert (folder / CASES).read_bytes() == b"".join(expected)
            assert not (folder / RETRIED).exists()
        (folder / RETRIED).write_bytes(beside[:length])  # killed before it was removed
        with opened(folder, RUN):
            pass
        assert (folder / CASES).read_bytes() == b"".join(expected)


def test_damage_is_not_taken_in(tmp_path: Path) -> None:
    _, after = made(tmp_path)
    (tmp_path / RETRIED).write_bytes(b'{"case":"0"}\n')
    with (
        pytest.raises(BadInput, match=r"retried\.jsonl, line 1, is damaged"),
        opened(tmp_path, RUN),
    ):
        pass
    assert (tmp_path / CASES).read_bytes() == after
