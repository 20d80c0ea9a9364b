"""A person of a hundred turns, end to end: the command, the real SGLang, weights of noise."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import checkpoints
import pytest
from metrics import metric
from PIL import Image
from sglang_server import folder_weights, wait_until

from eval import run
from eval.journal import CASES, read
from eval.methods.memories import BUILT
from eval.samples.build import write
from eval.samples.told import SMALL_TALK
from personavlm.engines.base import silent
from personavlm.engines.sglang.find import find_python
from personavlm.engines.sglang.server import Server
from personavlm.engines.sglang.settings import LONGEST_CONTEXT
from personavlm.memory.database import FILE_NAME

pytestmark = [pytest.mark.sglang, pytest.mark.timeout(1800)]

ROOT = Path(__file__).resolve().parents[2]
TURNS, SESSIONS, PICTURED, QUESTIONS = 100, 9, 3, 4
TIME = "%Y-%m-%d %H:%M"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    python = os.environ.get("PERSONAVLM_SGLANG_PYTHON")
    if not python:
        pytest.skip("PERSONAVLM_SGLANG_PYTHON is not set: run `make test-sglang`")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setattr(checkpoints, "CONTEXT", LONGEST_CONTEXT)  # a history has to fit
        weights = folder_weights(checkpoints.vision_checkpoint(tmp_path_factory.mktemp("tiny")))
        running = Server(find_python(python), weights, gpu=False)
        running.start(silent)
        patch.setenv("PERSONAVLM_ENGINE_KEY", running.key)
        yield running
        running.stop()


def write_person(folder: Path) -> None:
    """Questions and a history: as the samples have them, with small talk up to a hundred turns."""
    write(folder, people=["50/0"])
    home = folder / "samples/50/0"
    data = json.loads((home / "user_data.json").read_text("utf-8"))
    *sessions, last = data["sessions"]
    missing = TURNS - PICTURED - sum(map(len, sessions))
    talk = cycle(SMALL_TALK)
    for session, (said, reply) in islice(zip(cycle(sessions), talk, strict=False), missing):
        session.append(_turn(session[-1]["time"], timedelta(minutes=2), said, reply))
    for number in range(PICTURED):
        Image.new("RGB", (90, 60), (80 * number, 120, 40)).save(home / f"wall{number}.png")
        data["imgs"].append(f"./samples/50/0/wall{number}.png")
        before, gap = (last or sessions[-1])[-1]["time"], timedelta(days=0 if last else 2)
        said = f"This is wall number {number} of our kitchen. <img>"
        last.append(_turn(before, gap + timedelta(minutes=1), said, "A fine colour."))
    assert sum(map(len, data["sessions"])) == TURNS
    (home / "user_data.json").write_text(json.dumps(data), "utf-8")


def _turn(before: str, gap: timedelta, said: str, reply: str) -> dict[str, str]:
    time = datetime.strptime(before[:16], TIME) + gap
    return {"time": f"{time:{TIME}}", "user": said, "assistant": reply}


def rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def taken_in(out: Path) -> list[tuple[Any, ...]]:
    """The turns that memory has taken in, and what it made of them."""
    for file in (out / "memories").rglob(FILE_NAME):
        try:
            return rows(
                file,
                "SELECT t.id, t.text, p.vector, s.content FROM turns t "
                "JOIN personality p ON p.turn_id = t.id LEFT JOIN semantic s ON s.turn_id = t.id "
                "WHERE t.id NOT IN (SELECT turn_id FROM jobs WHERE turn_id IS NOT NULL) "
                "ORDER BY t.id",
            )
        except sqlite3.OperationalError:  # its tables are being made
            return []
    return []


def command(server: Server, folder: Path, method: str) -> list[str]:
    return [
        "--benchmark", "persona-mme", "--data", str(folder / "data"), "--out", str(folder / "out"),
        "--engine", "sglang", "--engine-url", server.url, "--prompts", "own",
        "--limit", str(QUESTIONS), "--method", method,
    ]  # fmt: skip


def run_of(folder: Path, method: str) -> Path:
    [found] = (folder / "out/persona-mme-32k").glob(f"{method}-*")
    return found


def test_what_an_answer_used_is_what_the_server_counted(server: Server, tmp_path: Path) -> None:
    write_person(tmp_path / "data")
    counts = ("prompt_tokens_total", "generation_tokens_total")
    before = [metric(server, name) for name in counts]
    assert run.main(command(server, tmp_path, "full")) == 0
    records = read(run_of(tmp_path, "full")).records
    assert [record.failed for record in records] == [""] * QUESTIONS
    used = [record.usage or {} for record in records]
    assert [sum(usage[of] for usage in used) for of in ("prompt_tokens", "completion_tokens")] == [
        metric(server, name) - had for name, had in zip(counts, before, strict=True)
    ]
    assert all(usage["prompt_tokens"] > 40 * TURNS for usage in used), "the history is shown"


def test_a_person_is_told_killed_and_gone_on_with(server: Server, tmp_path: Path) -> None:
    write_person(tmp_path / "data")
    asked, out = command(server, tmp_path, "personavlm"), tmp_path / "out"
    killed = subprocess.Popen(
        [sys.executable, str(ROOT / "eval/run.py"), *asked],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    there = wait_until(lambda: killed.poll() is not None or len(taken_in(out)) >= 10, 600)
    killed.send_signal(signal.SIGKILL)
    _, errors = killed.communicate()
    assert there, "ten turns take longer than ten minutes"
    assert killed.returncode == -signal.SIGKILL, errors.decode()
    begun = taken_in(out)
    assert 10 <= len(begun) < TURNS

    assert run.main(asked) == 0
    whole = taken_in(out)
    assert whole[: len(begun)] == begun, "what was taken in was not taken in again"
    check_memory(out, whole)
    last = json.loads(whole[-1][2])
    for record in read(run_of(tmp_path, "personavlm")).records:
        assert not record.failed
        assert record.usage is not None
        assert record.usage["completion_tokens"] > 0
        assert record.detail is not None
        assert len(record.detail["personality"]) == 12
        assert record.detail["personality"][-1][1] == pytest.approx(last, abs=1e-4)
    kept = (run_of(tmp_path, "personavlm") / CASES).read_bytes()
    assert kept.count(b"\n") == QUESTIONS
    assert run.main(asked) == 0
    assert (run_of(tmp_path, "personavlm") / CASES).read_bytes() == kept


def check_memory(out: Path, whole: list[tuple[Any, ...]]) -> None:
    """All was taken in: each turn once, the pictures, and each session at its end."""
    [file] = (out / "memories").rglob(FILE_NAME)
    assert (file.parent / BUILT).exists()
    assert len({turn for turn, *_ in whole}) == len(whole) == TURNS
    assert sum(fact is not None for *_, fact in whole) > TURNS / 2, "noise decides for most"
    assert rows(file, "SELECT count(*) FROM jobs") == [(0,)]
    assert rows(file, "SELECT count(*) FROM turn_images") == [(PICTURED + 1,)]
    done = "SELECT kind, count(*) FROM outcomes GROUP BY kind"
    assert dict(rows(file, done)) == {
        "personality": TURNS, "semantic": TURNS,
        "core": SESSIONS, "episodic": SESSIONS, "procedural": SESSIONS,
    }  # fmt: skip
    assert rows(file, "SELECT count(*) FROM topics")[0][0] >= SESSIONS
