"""Export and import: everything, byte for byte; checked whole, taken over whole or not at all."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from archives import unpacked
from disk import picture_files
from scripted import START, HashEncoder

from personavlm.agent import Agent
from personavlm.errors import BadInput
from personavlm.memory.database import Database, person_folder
from personavlm.memory.memory import Memory
from personavlm.records import Window


@pytest.fixture
def told(rich: Agent) -> Agent:
    return rich


def test_export_is_the_same_each_time_and_holds_all_but_vectors(told: Agent) -> None:
    first = told.memory.export()
    told.memory.index.sync()
    assert told.memory.export() == first
    files = unpacked(first)
    assert len(files) == 2
    document = json.loads(files["memory.json"])
    assert "vectors" not in document["tables"]
    assert {table for table, rows in document["tables"].items() if not rows} == {
        "crops",
        "objects",
        "replaced",
    }


def test_back_into_the_same_person(told: Agent, archive: bytes, tmp_path: Path) -> None:
    pictures = picture_files(tmp_path)
    told.chat("something new", time=START + timedelta(hours=4))
    told.memory.delete(["turn:1", "core:2"])
    told.memory.import_(archive)
    assert told.memory.export() == archive
    assert picture_files(tmp_path) == pictures
    assert not told.memory.can_undo(), "that was another memory"
    told.update()
    assert len(told.memory.semantic()) == 2, "what was queued in the archive is done"


@pytest.mark.parametrize("source", ["bytes", "file"])
def test_into_a_new_person(
    archive: bytes, open_agent: Callable[..., Agent], tmp_path: Path, source: str
) -> None:
    path = tmp_path / "archive.zip"
    path.write_bytes(archive)
    other = open_agent("maya", tmp_path / "elsewhere")
    other.memory.import_(archive if source == "bytes" else path)
    assert other.memory.export() == archive
    assert other.memory.search("corgi", "corgi", Window())[0].id == "semantic:1"
    assert other.turns()[0].images[0].path.exists()
    assert other.reply(1).text == "All right."


def test_another_person_s_archive_needs_to_be_claimed(
    archive: bytes, open_agent: Callable[..., Agent], told: Agent
) -> None:
    other = open_agent("noa")
    other.chat("I am Noa")
    before = other.memory.export()
    with pytest.raises(BadInput, match="another person's"):
        other.memory.import_(archive)
    assert other.memory.export() == before
    other.memory.import_(archive, take_over=True)
    assert other.memory.export() == edited_bytes(archive, "maya", "noa")
    assert other.user_id == "noa" and told.memory.export() == archive


def edited_bytes(archive: bytes, old: str, new: str) -> bytes:
    """The archive as `new` would export it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "memory.json":
                data = data.replace(f'"user_id": "{old}"'.encode(), f'"user_id": "{new}"'.encode())
            target.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def test_the_zone_comes_along(archive: bytes, tmp_path: Path) -> None:
    database = Database(person_folder(tmp_path / "elsewhere", "maya"), "maya", "Asia/Tokyo")
    memory = Memory(database, HashEncoder())
    memory.import_(archive)
    assert memory.export() == archive
    assert memory.turn(1).time.tzinfo == database.zone
    assert database.zone.key == "Europe/Lisbon"
    database.close()


def test_a_reply_in_progress_does_not_write_into_an_imported_memory(
    archive: bytes, open_agent: Callable[..., Agent], tmp_path: Path
) -> None:
    other = open_agent("maya", tmp_path / "elsewhere")
    replying = other.respond("who am I?")
    next(replying)
    other.memory.import_(archive)
    assert list(replying)[-1].turn == 1, "a turn of the archive bears the same number"  # type: ignore[union-attr]
    assert other.memory.export() == archive


def test_an_archive_from_before_replies_named_their_engine_can_be_imported(
    agent: Agent,
) -> None:
    agent.chat("I adopted a corgi called Biscuit!", time=START)
    with zipfile.ZipFile(io.BytesIO(agent.memory.export())) as archive:
        document = json.loads(archive.read("memory.json"))
    for row in document["tables"]["turns"]:
        assert row.pop("answered_by") == "scripted"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("memory.json", json.dumps(document))
    agent.memory.import_(buffer.getvalue())
    assert agent.memory.reply(1).answered_by == ""
    assert agent.memory.counts()["turns"] == 1
