"""kill -9 at random points: nothing acknowledged is lost, nothing is remembered twice."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from crashing import __file__ as SCRIPT
from disk import picture_files
from scripted import HashEncoder, ScriptedEngine

from personavlm.agent import Agent
from personavlm.memory.database import FILE_NAME, Database, person_folder

KILLS = 60
SEED = 20260302


@dataclass
class Account:
    """What the killed processes were told is done, and what they may have been doing."""

    said: dict[int, tuple[str, str]] = field(default_factory=dict)  # acknowledged, by turn
    unsure: dict[int, set[str]] = field(default_factory=dict)  # what else a turn may say now
    maybe_gone: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    seen: Counter[str] = field(default_factory=Counter)

    def read(self, log: Path) -> None:
        lines = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("]")]
        for what, *about in lines:
            self.seen[what] += 1
            self._take(what, about)

    def _take(self, what: str, about: list[Any]) -> None:
        match what, about:
            case "reply", (turn, text, reply):
                self.said[turn] = (text, reply)
                self.unsure.pop(turn, None)
            case "replace", (turn, text):
                self.unsure.setdefault(turn, set()).add(text)
            case (("undo" | "delete"), (turn,)):
                self.maybe_gone.add(turn)
            case (("undone" | "deleted"), (turn,)):
                self.maybe_gone.discard(turn)
                self.gone.add(turn)
            case "undelete", (turn,):
                self.gone.discard(turn)
                self.maybe_gone.add(turn)
            case "ready", (turns,):  # what a restart finds is certain again
                for turn in self.maybe_gone - set(turns):
                    self.gone.add(turn)
                assert not self.gone & set(turns), "what was deleted is back"
                self.maybe_gone = {turn for turn in self.maybe_gone if turn not in self.gone} - set(
                    turns
                )
                missing = self.said.keys() - self.gone - set(turns)
                assert not missing, f"acknowledged turns are missing: {missing}"
            case "failed", (error,):
                pytest.fail(f"a process failed before it was killed:\n{error}")


def test_kill_9_at_any_point(tmp_path: Path) -> None:
    data, logs = tmp_path / "data", tmp_path / "logs"
    logs.mkdir()
    chance = random.Random(SEED)
    account = Account()
    strays = 0
    nursery = subprocess.Popen(
        [sys.executable, SCRIPT, str(data), str(logs)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(SCRIPT).parent)},
    )
    assert nursery.stdin is not None and nursery.stdout is not None
    for number in range(KILLS):
        nursery.stdin.write(f"{number}\n")
        nursery.stdin.flush()
        child = int(nursery.stdout.readline())
        # Some early, while it opens and recovers; most while it lives.
        delay = chance.uniform(0.005, 0.08) if number % 4 == 3 else chance.uniform(0.05, 0.45)
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
        assert int(nursery.stdout.readline()) == signal.SIGKILL, (logs / str(number)).read_text()
        if (logs / str(number)).exists():
            account.read(logs / str(number))
        strays += len(unreferenced(data))
    nursery.stdin.close()
    assert nursery.wait(10) == 0
    nursery.stdout.close()
    sys.stdout.write(
        f"seed {SEED}: {KILLS} kills; {dict(account.seen)}; {strays} stray files left by them\n"
    )
    assert account.seen["reply"] > KILLS / 2 and account.seen["ready"] > KILLS / 2

    folder = person_folder(data, "maya")
    agent = Agent(Database(folder, "maya", None), ScriptedEngine(), HashEncoder())
    agent.update()
    assert unreferenced(data) == [], "a crash may leave such files, the next start does not"
    check_turns(agent, account)
    check_memory(agent)
    assert agent.memory.export() == agent.memory.export()
    agent.close()


def unreferenced(data: Path) -> list[str]:
    """Picture files that no row of the database knows, seen without touching the files."""
    folder = person_folder(data, "maya")
    with TemporaryDirectory() as copy:
        for path in folder.glob(f"{FILE_NAME}*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, copy)
        connection = sqlite3.connect(Path(copy) / FILE_NAME)
        try:
            known = {f"{row[0]}.webp" for row in connection.execute("SELECT hash FROM images")}
        except sqlite3.OperationalError:  # killed before there were tables
            known = set()
        connection.close()
    return [name for name in picture_files(folder) if name not in known]


def check_turns(agent: Agent, account: Account) -> None:
    turns = {turn.id: turn for turn in agent.turns()}
    assert not account.gone & turns.keys()
    for id, (text, reply) in account.said.items():
        if id in account.gone or (id in account.maybe_gone and id not in turns):
            continue
        turn = turns[id]
        if turn.text == text:
            assert turn.reply == reply or account.unsure.get(id), "its reply is lost"
        else:
            assert turn.text in account.unsure[id], "it says what nobody said"
        assert all(image.path.exists() for image in turn.images)
    assert {turn.state for turn in turns.values()} <= {"done", "failed"}
    assert all(turn.reply for turn in turns.values() if turn.state == "done")


def check_memory(agent: Agent) -> None:
    read = agent.memory.database.read
    assert [row[0] for row in read("PRAGMA integrity_check")] == ["ok"]
    assert read("PRAGMA foreign_key_check") == []
    assert agent.memory.counts()["pending"] == 0
    turns = {turn.id: turn for turn in agent.turns()}
    facts = Counter((fact.turn, fact.content) for fact in agent.memory.semantic())
    assert facts == Counter((turn.id, turn.text) for turn in turns.values())
    assert Counter(record.turn for record in agent.personality_history) == Counter(turns.keys())
    told = Counter((row[0], row[1]) for row in read(
        "SELECT turn_id, kind FROM outcomes WHERE turn_id IS NOT NULL"))  # fmt: skip
    assert told == Counter((id, kind) for id in turns for kind in ("personality", "semantic"))
    ended = {row[0] for row in read("SELECT id FROM sessions WHERE ended IS NOT NULL")}
    assert len({turn.session for turn in turns.values()} - ended) <= 1
    of_session = Counter(topic.session for topic in agent.memory.episodic())
    assert of_session == Counter({turn.session for turn in turns.values()} & ended)
    held = Counter(turn for topic in agent.memory.episodic() for turn in topic.turns)
    assert held == Counter(id for id, turn in turns.items() if turn.session in ended)
    told = Counter((row[0], row[1]) for row in read(
        "SELECT session_id, kind FROM outcomes WHERE turn_id IS NULL"))  # fmt: skip
    assert set(told.values()) <= {1}
