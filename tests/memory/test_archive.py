"""Export and import: everything, byte for byte; checked whole, taken over whole or not at all."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from disk import picture_files
from scripted import START, HashEncoder

from personavlm.agent import Agent
from personavlm.errors import BadInput
from personavlm.memory.database import Database, person_folder
from personavlm.memory.memory import Memory
from personavlm.memory.records import Window

Files = dict[str, bytes]


@pytest.fixture
def told(agent: Agent, picture: bytes) -> Agent:
    agent.chat("I adopted a corgi, Biscuit\x00 🐕", picture)
    agent.finish()
    agent.freeze("openness", True)
    agent.correct("neuroticism", 2.0)
    agent.memory.edit("semantic:1", "Has a corgi called Biscuit", ["corgi", "Biscuit"])
    list(agent.respond("not yet taken in", time=START + timedelta(hours=3)))
    return agent


@pytest.fixture
def archive(told: Agent) -> bytes:
    return told.memory.export()


def unpacked(archive: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        return {name: file.read(name) for name in file.namelist()}


def packed(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return buffer.getvalue()


def edited(archive: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """The archive with its document changed."""
    files = unpacked(archive)
    document = json.loads(files["memory.json"])
    change(document)
    return packed({**files, "memory.json": json.dumps(document).encode()})


def test_export_is_the_same_each_time_and_holds_all_but_vectors(told: Agent) -> None:
    first = told.memory.export()
    told.memory.index.sync()
    assert told.memory.export() == first
    files = unpacked(first)
    assert len(files) == 2
    document = json.loads(files["memory.json"])
    assert "vectors" not in document["tables"]
    assert {table for table, rows in document["tables"].items() if not rows} == {"crops"}


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
