"""Archives that must not be taken over: after each refusal the memory is as it was."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from archives import edited, packed, unpacked
from disk import picture_files
from PIL import Image as Pillow
from scripted import START

from personavlm.agent import Agent
from personavlm.errors import BadInput


@pytest.fixture
def told(rich: Agent) -> Agent:
    return rich


def assert_refused(agent: Agent, archive: bytes, told: str | None = None) -> None:
    folder = agent.memory.database.folder
    before, pictures = agent.memory.export(), picture_files(folder)
    with pytest.raises(BadInput, match=told):
        agent.memory.import_(archive)
    assert agent.memory.export() == before
    assert picture_files(folder) == pictures
    assert sorted(p.name for p in folder.iterdir()) == [
        "images", "lock", "memory.sqlite3", "memory.sqlite3-shm", "memory.sqlite3-wal"
    ]  # fmt: skip
    agent.memory.edit("semantic:1", "still writable")


@pytest.fixture
def target(told: Agent, archive: bytes) -> Agent:
    """A memory with other content, whose pictures the archive's are not among."""
    told.memory.delete(["turn:1"])
    told.observe("the fact to keep", "ok", [Pillow.new("RGB", (9, 9))],
                 time=START + timedelta(hours=9))  # fmt: skip
    told.update()
    with told.memory.database.write() as connection:
        connection.execute("UPDATE semantic SET id = 1 WHERE id = (SELECT max(id) FROM semantic)")
    return told


DAMAGED: list[Callable[[bytes], bytes]] = [
    lambda archive: b"",
    lambda archive: b"not a zip",
    lambda archive: archive[: len(archive) // 2],
    lambda archive: archive[len(archive) // 2 :],
    lambda archive: archive[:40] + bytes([archive[40] ^ 1]) + archive[41:],
    lambda archive: archive[:-400] + b"\xff" * 8 + archive[-392:],
]


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_zips(target: Agent, archive: bytes, damage: Callable[[bytes], bytes]) -> None:
    assert_refused(target, damage(archive))


def test_any_flipped_byte_is_noticed_or_harmless(target: Agent, archive: bytes) -> None:
    before = target.memory.export()
    for place in range(0, len(archive), 97):
        flipped = bytearray(archive)
        flipped[place] ^= 0x10
        try:
            target.memory.import_(bytes(flipped))
        except BadInput:
            assert target.memory.export() == before
        else:  # a date or an attribute in the zip's directory: the content was the same
            assert target.memory.export() == archive
            target.memory.import_(before)


def test_a_flipped_byte_in_a_picture_or_the_document(target: Agent, archive: bytes) -> None:
    files = unpacked(archive)
    for name, data in files.items():
        flipped = data[:50] + bytes([data[50] ^ 1]) + data[51:]
        assert_refused(target, packed({**files, name: flipped}))


def test_a_picture_is_missing_or_one_too_many(target: Agent, archive: bytes) -> None:
    files = unpacked(archive)
    assert_refused(target, packed({"memory.json": files["memory.json"]}), "pictures are not")
    for name in ("../../evil", "/etc/evil", "images/../../evil.webp", "images/x.webp", "C:\\x"):
        assert_refused(target, packed({**files, name: b"x"}), "pictures are not")


def test_a_path_as_the_name_of_a_picture(target: Agent, archive: bytes) -> None:
    files = unpacked(archive)
    [name] = [name for name in files if name != "memory.json"]
    hash = name.removeprefix("images/").removesuffix(".webp")
    text = files["memory.json"].replace(hash.encode(), b"../../evil")
    moved = packed({"memory.json": text, "images/../../evil.webp": files[name]})
    assert_refused(target, moved, "images.0.hash")
    assert not list(target.memory.database.folder.parent.parent.rglob("evil*"))


def test_a_picture_that_is_none(target: Agent, archive: bytes) -> None:
    import hashlib

    files = unpacked(archive)
    [name] = [name for name in files if name != "memory.json"]
    old = name.removeprefix("images/").removesuffix(".webp")
    for data, told in ((b"no picture", "not a picture"), (files[name][:-40], "damaged")):
        new = hashlib.sha256(data).hexdigest()
        text = files["memory.json"].replace(old.encode(), new.encode())
        assert_refused(target, packed({"memory.json": text, f"images/{new}.webp": data}), told)


def test_the_same_name_twice(target: Agent, archive: bytes) -> None:
    files = unpacked(archive)
    buffer = io.BytesIO(archive)
    with (
        pytest.warns(UserWarning, match="Duplicate"),
        zipfile.ZipFile(buffer, "a") as file,
    ):
        file.writestr("memory.json", files["memory.json"])
    assert_refused(target, buffer.getvalue(), "twice")


def test_a_bomb_that_announces_itself(target: Agent, archive: bytes) -> None:
    files = unpacked(archive)
    bomb = packed({**files, "images/bomb.webp": bytes(300_000_000)})
    assert len(bomb) < 400_000
    assert_refused(target, bomb, "far more")


@pytest.mark.parametrize("lie", [100, 7_000_000])
def test_a_bomb_that_lies_about_its_size(target: Agent, archive: bytes, lie: int) -> None:
    """The directory says `lie` bytes; what is packed would unpack to 300 MB."""
    files = unpacked(archive)
    [name] = [name for name in files if name != "memory.json"]
    bomb = bytearray(packed({**files, name: bytes(300_000_000)}))
    with zipfile.ZipFile(io.BytesIO(bomb)) as file:
        struct.pack_into("<I", bomb, file.getinfo(name).header_offset + 22, lie)
    struct.pack_into("<I", bomb, bomb.rindex(b"PK\x01\x02") + 24, lie)  # it is the last entry
    tracemalloc.start()
    assert_refused(target, bytes(bomb))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60_000_000


TABLE_CHANGES: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda d: d.update(version=2), "version is 2"),
    (lambda d: d.update(format="diary"), "not an export"),
    (lambda d: d.update(user_id=7), "whose it is"),
    (lambda d: d.update(zone="Mars/Olympus"), "not a time zone"),
    (lambda d: d["tables"].pop("jobs"), "tables are not"),
    (lambda d: d["tables"].update(sqlite_master=[]), "tables are not"),
    (lambda d: d["tables"].update(turns={}), "turns: Input should be a valid list"),
    (lambda d: d["tables"].update(turns=[7]), "turns.0"),
    (lambda d: d["tables"]["turns"][0].update(mood="fine"), "turns.0.mood"),
    (lambda d: d["tables"]["turns"][0].pop("text"), "turns.0.text"),
    (lambda d: d["tables"]["turns"][0].update(text=7), "turns.0.text"),
    (lambda d: d["tables"]["turns"][0].update(text="\ud800"), "fit together"),
    (lambda d: d["tables"]["semantic"][0].update(keywords='["\\ud800"]'), "semantic.0.keywords"),
    (lambda d: d["tables"]["turns"][0].update(at="yesterday"), "turns.0.at"),
    (lambda d: d["tables"]["turns"][0].update(at=1.5), "turns.0.at"),
    (lambda d: d["tables"]["turns"][0].update(at=2**61), "turns.0.at"),
    (lambda d: d["tables"]["turns"][0].update(at=2**80), "turns.0.at"),
    (lambda d: d["tables"]["turns"][0].update(id=True), "turns.0.id"),
    (lambda d: d["tables"]["turns"][0].update(state="lost"), "turns.0.state"),
    (lambda d: d["tables"]["turns"][0].update(trace="{"), "turns.0.trace"),
    (lambda d: d["tables"]["turns"][0].update(trace='[{"hits": 1}]'), "turns.0.trace"),
    (lambda d: d["tables"]["turns"][0].update(usage='["a"]'), "turns.0.usage"),
    (lambda d: d["tables"]["semantic"][0].update(keywords="corgi"), "semantic.0.keywords"),
    (lambda d: d["tables"]["semantic"][0].update(keywords="[1]"), "semantic.0.keywords"),
    (lambda d: d["tables"]["images"][0].update(hash=[]), "images.0.hash"),
    (lambda d: d["tables"]["images"][0].update(width=5), "another size"),
    (lambda d: d["tables"]["personality"][0].update(vector="[1,2,3,4]"), "personality.0.vector"),
    (lambda d: d["tables"]["personality"][0].update(vector="[1,2,3,4,9]"), "personality.0.vector"),
    (lambda d: d["tables"]["frozen_traits"][0].update(trait="charm"), "frozen_traits.0.trait"),
    (lambda d: d["tables"]["jobs"][0].update(turn_id=None), "jobs.0"),
    (lambda d: d["tables"]["outcomes"][0].update(memory_ids='["turn:1; x"]'), "outcomes.0"),
    (lambda d: d["tables"]["turns"][0].update(session_id=99), "fit together"),
    (lambda d: d["tables"]["topic_turns"][0].update(turn_id=99), "fit together"),
    (lambda d: d["tables"]["turn_images"][0].update(hash="0" * 64), "fit together"),
    (lambda d: d["tables"]["turns"].append(d["tables"]["turns"][0]), "fit together"),
    (lambda d: d["tables"]["entries"].append({**d["tables"]["entries"][0], "id": 9}), "together"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), TABLE_CHANGES)
def test_content_that_does_not_fit(
    target: Agent, archive: bytes, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    assert_refused(target, edited(archive, change), message)


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 200_000, b'{"format": NaN}']
)
def test_a_document_that_is_none(target: Agent, archive: bytes, text: bytes) -> None:
    assert_refused(target, packed({**unpacked(archive), "memory.json": text}))
    assert_refused(target, packed({"notes.txt": text}), "no memory.json")
