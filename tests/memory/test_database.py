"""The file itself: damaged, read-only, full, from the future, in use elsewhere."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from disk import picture_files
from PIL import Image as Pillow
from scripted import START, HashEncoder, ScriptedEngine

from personavlm.agent import Agent
from personavlm.errors import MemoryCorrupt, MemoryUnavailable, PersonaVLMError
from personavlm.memory.database import FILE_NAME, Database, person_folder
from personavlm.memory.schema import MIGRATIONS
from personavlm.memory.turns import Turns
from personavlm.protocol import Answer, Task, write_step

ROOT = os.getuid() == 0
NOBODY = 65534


def open_agent(data_dir: Path, user_id: str = "maya") -> Agent:
    database = Database(person_folder(data_dir, user_id), user_id, "Europe/Lisbon")
    agent = Agent(database, ScriptedEngine(), HashEncoder())
    agent.set_clock(START)
    return agent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The closed memory file of somebody with a hundred messages."""
    database = Database(person_folder(tmp_path, "maya"), "maya", "Europe/Lisbon")
    turns = Turns(database)
    with database.write():
        session = turns.start_session(database.local(0))
        for number in range(100):
            turns.add(session, database.local(number), f"message {number} " + "x" * 400, ())
    database.close()
    return database.folder / FILE_NAME


# -- damage ---------------------------------------------------------------------------------------


def noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "not a database": lambda data: b"This was a database once. " * 200,
    "random": lambda data: noise(len(data)),
    "first page": lambda data: noise(4096) + data[4096:],
    "inner pages": lambda data: data[:4096] + noise(4096 * 8) + data[4096 * 9 :],
    "header kept": lambda data: data[:100] + noise(len(data) - 100),
    "truncated": lambda data: data[: len(data) // 2],
    "cut inside the first page": lambda data: data[:1000],
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_file_is_moved_aside(
    path: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)
    with pytest.raises(MemoryCorrupt, match="Nothing was deleted") as told:
        open_agent(tmp_path)
    [aside] = path.parent.glob("*.damaged-*")
    assert str(aside) in str(told.value)
    assert aside.read_bytes() == damaged
    again = open_agent(tmp_path)
    assert again.turns() == []
    again.chat("a new beginning")
    again.close()
    assert open_agent(tmp_path).turns()[0].text == "a new beginning"


def test_two_damaged_files_are_both_kept(path: Path, tmp_path: Path) -> None:
    for text in (b"one" * 999, b"two" * 999):
        path.write_bytes(text)
        with pytest.raises(MemoryCorrupt):
            open_agent(tmp_path)
    assert {aside.read_bytes()[:3] for aside in path.parent.glob("*.damaged-*")} == {b"one", b"two"}


def test_a_file_of_no_length_is_a_new_memory(path: Path, tmp_path: Path) -> None:
    path.write_bytes(b"")
    assert open_agent(tmp_path).turns() == []
    assert not list(path.parent.glob("*.damaged-*"))


def test_damage_that_shows_later_is_told_plainly(path: Path, tmp_path: Path) -> None:
    agent = open_agent(tmp_path)
    damaged = DAMAGE["inner pages"](path.read_bytes())
    agent.memory.database._connection.execute("PRAGMA cache_size = 0")
    path.write_bytes(damaged)
    with pytest.raises(MemoryUnavailable, match="malformed"):
        agent.turns()


def test_a_newer_schema_is_left_alone(path: Path, tmp_path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(MemoryUnavailable, match=r"newer version .*schema 99"):
            open_agent(tmp_path)
    assert path.read_bytes() == before


def test_a_memory_of_the_first_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    path = person_folder(tmp_path, "maya") / FILE_NAME
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    connection.executescript(
        MIGRATIONS[0]
        + """PRAGMA user_version = 1;
        INSERT INTO person VALUES (1, 'maya', 'UTC', 0);
        INSERT INTO sessions VALUES (1, 0, 0);
        INSERT INTO turns VALUES (1, 1, 0, 'I like figs', 'Noted.', 'done', '[]', '[]');"""
    )
    connection.close()
    agent = open_agent(tmp_path)
    reply = agent.reply(1)
    assert (reply.text, reply.answered_by) == ("Noted.", "")


# -- a disk that refuses --------------------------------------------------------------------------


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that any user may reach (pytest's own is for its owner only)."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def error_as_nobody(act: Callable[[], object]) -> str:
    """What `act` raises in a child process without root's rights, which override permissions."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        if ROOT:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        try:
            act()
            told = "nothing"
        except PersonaVLMError as error:
            told = f"{type(error).__name__}: {error}"
        except BaseException as error:  # noqa: BLE001 (the parent has to hear of it)
            told = repr(error)
        os.write(writing, told.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return told


@pytest.mark.parametrize("what", ["data folder", "person's folder", "file", "file of another"])
def test_read_only(public_folder: Path, what: str) -> None:
    agent = open_agent(public_folder)
    agent.chat("hello")
    agent.close()
    folder = agent.memory.database.folder
    paths = [public_folder, *public_folder.rglob("*")]
    for one in paths:
        if ROOT and not (what == "file of another" and one.name == FILE_NAME):
            os.chown(one, NOBODY, NOBODY)
    if what == "data folder":
        shutil.rmtree(public_folder / "people")
        public_folder.chmod(0o555)
    elif what == "person's folder":
        folder.chmod(0o555)
    else:
        (folder / FILE_NAME).chmod(0o444)

    def use() -> None:
        open_agent(public_folder).chat("hello again")

    told = error_as_nobody(use)
    assert told.startswith("MemoryUnavailable"), told
    assert "read-only" in told or "cannot be used (Permission denied)" in told, told
    for one in (public_folder, folder):
        if one.exists():
            one.chmod(0o755)
    if what != "data folder":
        shutil.copytree(folder, folder.with_name("copy"))
        connection = sqlite3.connect(folder.with_name("copy") / FILE_NAME)
        assert connection.execute("SELECT text FROM turns").fetchall() == [("hello",)]
        connection.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if not ROOT or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    return filler


def test_a_full_disk(small_disk: Path) -> None:
    agent = open_agent(small_disk)
    agent.chat("before", time=START)
    filler = fill(small_disk)
    shown = agent.turns()
    with pytest.raises(MemoryUnavailable, match=r"disk is full.*Free some space"):
        for _ in range(50):
            agent.observe("y" * 8000, "z" * 8000, time=agent.now())
            shown = agent.turns()
    assert agent.turns() == shown, "a message is there whole or not at all"
    before = agent.memory.counts()
    with pytest.raises(MemoryUnavailable):
        agent.chat("look", Pillow.effect_noise((300, 300), 90))
    assert {**agent.memory.counts(), "pending": 0} == {**before, "pending": 0}
    assert picture_files(small_disk) == []
    with pytest.raises(MemoryUnavailable):
        open_agent(small_disk, "somebody new")
    filler.unlink()
    agent.chat("after")
    agent.finish()
    assert agent.turns()[-1].text == "after"
    assert agent.memory.database.read("PRAGMA integrity_check")[0][0] == "ok"
    assert open_agent(small_disk, "somebody new").turns() == []


def test_a_disk_that_becomes_read_only(small_disk: Path) -> None:
    agent = open_agent(small_disk)
    agent.chat("before")
    agent.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(MemoryUnavailable, match=r"[Rr]ead-only"):
        open_agent(small_disk)
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert open_agent(small_disk).turns()[0].text == "before"


def test_full_in_the_middle_of_a_reply(tmp_path: Path) -> None:
    """The question is kept, and counts as unanswered once there is room again."""
    agent = open_agent(tmp_path)
    connection = agent.memory.database._connection
    agent._engine.say(Task.REASON, write_step("", Answer("long " * 20_000)))  # type: ignore[attr-defined]
    replying = agent.respond("a question")
    next(replying)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(MemoryUnavailable, match="disk is full"):
        list(replying)
    connection.execute("PRAGMA max_page_count = 1000000")
    agent.chat("another question")
    assert [turn.state for turn in agent.turns()] == ["failed", "done"]
    assert len(agent.memory.semantic()) == 2 and not agent.updating()


# -- two processes --------------------------------------------------------------------------------

HOLDER = """
import sys, time
from pathlib import Path
from personavlm.memory.database import Database, person_folder
database = Database(person_folder(Path(sys.argv[1]), "maya"), "maya", "UTC")
print("open", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_one_process_at_a_time(tmp_path: Path, end: signal.Signals) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdout.readline() == "open\n"
    with pytest.raises(MemoryUnavailable, match="open in another process"):
        open_agent(tmp_path)
    noa = open_agent(tmp_path, "noa")
    noa.close()
    holder.send_signal(end)
    holder.wait(10)
    holder.stdout.close()
    agent = open_agent(tmp_path)
    agent.chat("my turn")
    with pytest.raises(MemoryUnavailable, match="open in another process"):
        open_agent(tmp_path)
    agent.close()
