"""What is kept beside a row's text, so that opening a memory reads no text and embeds nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from oracle import ZONE, Life, Said, Talk
from scripted import HashEncoder

from personavlm.memory import index as module
from personavlm.memory.database import Database
from personavlm.memory.encode import Vectors
from personavlm.memory.index import VectorIndex
from personavlm.memory.lexical import counted
from personavlm.memory.memory import Memory
from personavlm.memory.nearest import CpuBackend, Places
from personavlm.memory.retrieve import Limits
from personavlm.memory.schema import MIGRATIONS
from personavlm.memory.vectors import Block
from personavlm.records import Hit, Window

ALL = Limits(semantic=99, episodic=99, procedural=99)
ASKED = ("corgi", "corgi walnut", Window())


@pytest.fixture
def life(tmp_path: Path) -> Life:
    life = Life(Memory(Database(tmp_path / "maya", "maya", ZONE), HashEncoder()))
    talks = [Talk([Said(n, "corgi cake"), Said(n + 1, "walnut")], "cake and corgi")
             for n in (1, 30)]  # fmt: skip
    life.live(talks, [Said(n, f"likes walnut number {n}") for n in range(7)], [Said(3, "run")])
    return life


def found(life: Life) -> list[tuple[str, float, str]]:
    hits: tuple[Hit, ...] = life.memory.search(*ASKED, limits=ALL)
    return [(hit.id, hit.score, hit.why) for hit in hits]


def test_opening_again_counts_no_words(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    before = found(life)
    encoder = life.memory.index._encoder
    assert isinstance(encoder, HashEncoder)
    once = encoder.encoded
    monkeypatch.setattr(module, "counted", lambda text: pytest.fail(f"read {text!r}"))
    life.memory.index.unload()
    assert found(life) == before
    assert encoder.encoded == once + 2, "the question alone"


def test_words_of_an_older_version_are_counted_once(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = found(life)
    with life.memory.database.write() as connection:
        connection.execute("UPDATE vectors SET words = NULL")
    life.memory.index.unload()
    assert found(life) == before
    [row] = life.memory.database.read("SELECT count(*) FROM vectors WHERE words IS NULL")
    assert row[0] == 0
    rows = life.memory.database.read(
        "SELECT words, text FROM vectors JOIN turns ON owner = 'turn' AND owner_id = id"
    )
    assert rows and all(row["words"] == counted(row["text"]) for row in rows)


@pytest.mark.parametrize("page", [1, 2, 7, 8])
def test_rows_are_read_in_pages(life: Life, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before = found(life)
    monkeypatch.setattr(module, "PAGE", page)
    life.memory.index.unload()
    assert found(life) == before
    assert life.memory.index._sync()["semantic", "content"].size == 7


def test_an_edited_row_has_its_new_words(life: Life) -> None:
    found(life)
    life.memory.edit("semantic:3", "plays the trumpet")
    hits = life.memory.search("trumpet", "trumpet", Window())
    assert hits[0].id == "semantic:3" and "trumpet" in hits[0].why
    life.memory.index.unload()
    assert life.memory.search("trumpet", "trumpet", Window()) == hits


def test_a_backend_is_asked_and_told_when_nothing_is_needed_any_more(life: Life) -> None:
    class Watched(CpuBackend):
        def __init__(self) -> None:
            self.people: set[int] = set()
            self.rows, self.released = 0, 0

        def products(self, query: Vectors, block: Block, places: Places) -> Vectors:
            self.people.add(id(block.person))
            self.rows += block.size
            return super().products(query, block, places)

        def release(self, block: Block) -> None:
            self.released += 1

    backend = Watched()
    index = VectorIndex(life.memory.database, HashEncoder(), backend)
    assert index.backend is backend
    query = (np.ones(64, np.float32), frozenset({"corgi"}))
    index.find(dict.fromkeys(module.VIEWS, query), (0, 2**62))
    assert (len(backend.people), backend.rows) == (1, 4 + 2 + 2 + 7 + 7 + 1)
    index.unload()
    assert backend.released == len(module.VIEWS)


def test_an_older_file_keeps_its_vectors(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    (folder / "images").mkdir(parents=True)
    before = next(n for n, script in enumerate(MIGRATIONS) if "words BLOB" in script)
    file = sqlite3.connect(folder / "memory.sqlite3")
    file.executescript(
        f"{''.join(MIGRATIONS[:before])} PRAGMA user_version = {before};"
        "INSERT INTO person VALUES (1, 'maya', 'Europe/Lisbon', 0);"
        "INSERT INTO sessions (id, started) VALUES (1, 0);"
        "INSERT INTO turns (id, session_id, at, text, state) VALUES (1, 1, 0, 'a corgi', 'done');"
    )
    [vector] = HashEncoder().encode(["a corgi"])
    file.execute(
        "INSERT INTO vectors VALUES ('turn', 1, 'content', 'hash', ?)", (vector.tobytes(),)
    )
    file.commit()
    file.close()
    encoder = HashEncoder()
    memory = Memory(Database(folder, "maya", ZONE), encoder)
    [hit] = memory.search("corgi", "corgi", Window())
    assert hit.id == "turn:1" and "corgi" in hit.why
    assert encoder.encoded == 2, "the question alone"
    [row] = memory.database.read("SELECT * FROM vectors")
    assert (row["vector"], row["words"]) == (vector.tobytes(), counted("a corgi"))
    memory.delete(["turn:1"])
    assert memory.database.read("SELECT * FROM vectors") == []


def test_a_window_and_open_turns_are_found_by_index(life: Life) -> None:
    for question in (
        "SELECT 1 FROM turns WHERE state <> 'open' AND at BETWEEN 3 AND 4",
        "SELECT 1 FROM semantic WHERE at BETWEEN 3 AND 4",
        "SELECT id FROM turns WHERE state = 'open'",
    ):
        plan = life.memory.database.read(f"EXPLAIN QUERY PLAN {question}")
        assert all("USING" in row["detail"] and "INDEX" in row["detail"] for row in plan)
