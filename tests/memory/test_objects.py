"""Objects pointed out by hand: named, merged, deleted, exported, gone with their pictures."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from archives import edited
from disk import SECRET, files_with, picture_files
from PIL import Image as Pillow
from scripted import START, ScriptedEngine
from seeing import keep, portrait, scene

from personavlm.agent import Agent
from personavlm.errors import BadImage, BadInput
from personavlm.memory.database import FILE_NAME, person_folder
from personavlm.memory.schema import MIGRATIONS
from personavlm.protocol import Task
from personavlm.records import Window
from personavlm.vision.base import Box

BOX = Box(20, 10, 90, 80)
DRAWN = scene(("corgi", (20, 10, 90, 80)), ("cat", (120, 10, 180, 60)))


@pytest.fixture
def shown(agent: Agent, engine: ScriptedEngine) -> Agent:
    """Biscuit was told of with a photo; the cat beside him was pointed out by hand."""
    engine.say(Task.SEMANTIC, [keep("This is my corgi Biscuit (Image Object: corgi)"), keep("x")])
    agent.chat("This is my corgi Biscuit", DRAWN)
    picture = agent.turns()[0].images[0]
    agent.memory.objects.add(picture, Box(120, 10, 180, 60), "Miso", "cat", "sleeps all day")
    return agent


def test_from_a_message_with_its_fact(shown: Agent) -> None:
    [miso, biscuit] = sorted(shown.memory.objects.all(), key=lambda each: -each.id)
    assert (biscuit.name, biscuit.category) == ("corgi Biscuit", "corgi")
    [view] = biscuit.crops
    assert (view.note, view.turn, view.fact) == ("This is my corgi Biscuit", 1, 1)
    assert view.time == shown.memory.turn(1).time and view.image == view.source
    [drawn] = miso.crops
    assert (drawn.note, drawn.turn, drawn.fact) == ("sleeps all day", 1, None)
    assert drawn.time == view.time and drawn.box == Box(120, 10, 180, 60)
    assert Pillow.open(drawn.image.path).size == (60, 50), "as drawn, without a margin"
    assert shown.memory.get("object:1") == biscuit
    assert shown.memory.counts()["objects"] == 2


def test_from_a_new_picture(agent: Agent) -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=agent.zone)
    known = agent.memory.objects.add(DRAWN, BOX, " Biscuit ", time=at)
    assert (known.name, known.category, known.crops[0].time) == ("Biscuit", "object", at)
    assert known.crops[0].turn is None
    again = agent.memory.objects.add(portrait("corgi"), None, "biscuit", "Object", time=at)
    assert again.id == known.id and len(again.crops) == 2, "another view of the same"
    assert again.crops[1].image == again.crops[1].source
    mug = [agent.memory.objects.add(portrait("mug"), None, "mug", "Mug").id for _ in range(2)]
    assert len(set(mug)) == 2, "that is no name"


def test_a_box_in_a_large_picture_is_in_its_own_pixels(agent: Agent) -> None:
    large = scene(("corgi", (2000, 1000, 3000, 1500)), size=(4000, 2000))
    [view] = agent.memory.objects.add(large, Box(2000, 1000, 3000, 1500), "Biscuit").crops
    ratio = view.source.width / 4000
    assert ratio < 1 and view.box.left == pytest.approx(2000 * ratio, abs=1)
    assert Pillow.open(view.image.path).getpixel((20, 20))[2] < 80  # type: ignore[index]


@pytest.mark.parametrize(
    "box", [Box(0, 0, 4, 90), Box(300, 0, 400, 90), Box(90, 0, 20, 90), Box(-50, -50, 2, 2)]
)
def test_boxes_that_cannot_be_used(agent: Agent, box: Box) -> None:
    with pytest.raises(BadInput, match="8x8 pixels"):
        agent.memory.objects.add(DRAWN, box, "Biscuit")
    assert picture_files(agent.memory.database.folder) == []


def test_what_cannot_be_added(shown: Agent, open_agent: Callable[..., Agent]) -> None:
    objects, before = shown.memory.objects, shown.memory.export()
    with pytest.raises(BadInput, match="needs a name"):
        objects.add(DRAWN, BOX, "  ")
    with pytest.raises(BadImage):
        objects.add(b"no picture", None, "Biscuit")
    with pytest.raises(BadInput):
        open_agent("noa").memory.objects.add(shown.turns()[0].images[0], None, "Biscuit")
    for change in (objects.get, lambda id: objects.rename(id, "x"),
                   lambda id: objects.merge("object:1", id)):  # fmt: skip
        for bad in ("object:9", "semantic:1", "object:x"):
            with pytest.raises(BadInput):
                change(bad)
    with pytest.raises(BadInput, match="same object"):
        objects.merge("object:1", "object:1")
    assert shown.memory.export() == before


def test_found_by_words_and_days(shown: Agent) -> None:
    def named(text: str = "", window: Window | None = None) -> list[str]:
        return [each.name for each in shown.memory.objects.all(text, window)]

    day = shown.memory.turn(1).time
    shown.memory.objects.add(portrait("mug"), None, "Blue", "mug", time=day + timedelta(days=9))
    assert named()[0] == "Blue", "shown last"
    assert named("SLEEPS") == ["Miso"] and named("corgi") == ["corgi Biscuit"]
    assert named("", Window(day + timedelta(days=1))) == ["Blue"]
    assert named("mug", Window(end=day)) == []


def test_renamed(shown: Agent) -> None:
    shown.memory.objects.rename("object:1", "Biscuit")
    shown.memory.objects.rename("object:2", "Miso", "kitten")
    shown.memory.edit("object:1", "Biscuit the Great")
    assert [(o.name, o.category) for o in shown.memory.objects.of_ids([1, 2])] == [
        ("Biscuit the Great", "corgi"),
        ("Miso", "kitten"),
    ]


def test_an_edited_fact_is_the_note_of_its_views(shown: Agent) -> None:
    shown.memory.edit("semantic:1", "Biscuit is five")
    assert shown.memory.objects.get("object:1").crops[0].note == "Biscuit is five"


def test_merged_and_undone(shown: Agent) -> None:
    before = shown.memory.export()
    shown.memory.objects.merge("object:1", "object:2")
    [one] = shown.memory.objects.all()
    assert one.name == "corgi Biscuit" and [view.note for view in one.crops][1] == "sleeps all day"
    assert shown.memory.undo_delete() == 1
    assert shown.memory.export() == before


DELETIONS = [
    (["object:1"], {"object:2"}),
    (["object:2"], {"object:1"}),
    (["semantic:1"], {"object:2"}),
    (["turn:1"], set()),
    (["object:1", "object:2", "semantic:1", "object:77"], set()),
]


@pytest.mark.parametrize(("ids", "left"), DELETIONS)
def test_deleted_and_undone(shown: Agent, tmp_path: Path, ids: list[str], left: set[str]) -> None:
    before, pictures = shown.memory.export(), picture_files(tmp_path)
    shown.memory.delete(ids)
    assert {f"object:{each.id}" for each in shown.memory.objects.all()} == left
    assert len(picture_files(tmp_path)) == (0 if "turn:1" in ids else 1 + ("object:2" in left))
    assert shown.memory.database.read("SELECT * FROM crops WHERE object_id NOT IN "
                                      "(SELECT id FROM objects)") == []  # fmt: skip
    assert shown.memory.undo_delete() >= 1
    assert shown.memory.export() == before and picture_files(tmp_path) == pictures


def test_of_several_views_only_those_of_the_fact_go(agent: Agent, engine: ScriptedEngine) -> None:
    engine.say(Task.SEMANTIC, keep("This is my corgi Biscuit (Image Object: corgi)"))
    agent.chat("This is my corgi Biscuit", portrait("corgi"))
    agent.chat("My corgi Biscuit again", DRAWN, time=START + timedelta(minutes=5))
    [biscuit] = agent.memory.objects.all()
    assert [view.fact for view in biscuit.crops] == [1, 2]
    agent.memory.delete(["semantic:1"])
    [biscuit] = agent.memory.objects.all()
    assert [view.fact for view in biscuit.crops] == [2]
    agent.memory.undo_delete()
    assert len(agent.memory.objects.get("object:1").crops) == 2


def test_a_message_with_another_picture_takes_the_views_of_the_old_one(
    shown: Agent, engine: ScriptedEngine, tmp_path: Path
) -> None:
    engine.say(Task.SEMANTIC, keep("Nothing to see"))
    list(shown.respond("This is my corgi Biscuit", replaces=1))
    assert [each.name for each in shown.memory.objects.all()] == ["Miso"], "its picture stays"
    list(shown.respond("Look", portrait("mug"), replaces=1))
    assert shown.memory.objects.all() == []
    shown.memory.eraser.remove_strays()
    assert len(picture_files(tmp_path)) == 1


def test_a_message_taken_back(shown: Agent, tmp_path: Path) -> None:
    shown.undo_turn()
    assert shown.memory.objects.all() == [] and picture_files(tmp_path) == []


def test_export_and_import(shown: Agent, open_agent: Callable[..., Agent], tmp_path: Path) -> None:
    shown.memory.sync()
    archive = shown.memory.export()
    other = open_agent("maya", tmp_path / "elsewhere")
    other.memory.import_(archive)
    assert other.memory.export() == archive
    assert [each.name for each in other.memory.objects.all()] == [
        each.name for each in shown.memory.objects.all()
    ]
    crop = other.memory.objects.get("object:2").crops[0].image
    assert Pillow.open(io.BytesIO(crop.path.read_bytes())).size == (60, 50)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("crops", {"box": "[1, 2, 3]"}),
        ("crops", {"box": '["a", 2, 3, 4]'}),
        ("crops", {"object_id": 99}),
        ("crops", {"semantic_id": 99}),
        ("crops", {"hash": "0" * 64}),
        ("objects", {"name": None}),
    ],
)
def test_an_archive_with_objects_that_do_not_fit(
    shown: Agent, table: str, change: dict[str, object]
) -> None:
    before = shown.memory.export()
    bad = edited(before, lambda document: document["tables"][table][0].update(change))
    with pytest.raises(BadInput, match=rf"{table}\.0|fit together"):
        shown.memory.import_(bad)
    assert shown.memory.export() == before


def test_an_archive_from_before_there_were_objects(shown: Agent) -> None:
    shown.memory.delete(["object:1", "object:2"])
    old = edited(shown.memory.export(), lambda d: (d["tables"].pop("objects"),
                                                   d["tables"].pop("replaced")))  # fmt: skip
    shown.memory.import_(old)
    assert shown.memory.counts()["turns"] == 1 and shown.memory.objects.all() == []


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_a_memory_of_an_older_schema(
    open_agent: Callable[..., Agent], tmp_path: Path, version: int
) -> None:
    path = person_folder(tmp_path, "maya") / FILE_NAME
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    connection.executescript("".join(MIGRATIONS[:version]))
    connection.executescript(
        f"""PRAGMA user_version = {version};
        INSERT INTO person VALUES (1, 'maya', 'UTC', 0);
        INSERT INTO sessions VALUES (1, 0, 0);
        INSERT INTO turns (id, session_id, at, text, state) VALUES (1, 1, 0, 'figs', 'done');
        INSERT INTO semantic VALUES (1, 0, 'likes figs', '[]', '', 1, 0);"""
    )
    connection.close()
    agent = open_agent()
    assert agent.memory.objects.all() == [] and len(agent.memory.semantic()) == 1
    assert agent.memory.objects.add(DRAWN, BOX, "Biscuit").name == "Biscuit"


def test_forget_leaves_nothing(shown: Agent, tmp_path: Path) -> None:
    shown.memory.objects.add(portrait("mug"), None, SECRET, "mug", SECRET)
    shown.memory.sync()
    assert files_with(tmp_path, SECRET)
    shown.forget()
    assert files_with(tmp_path, SECRET) == [] and picture_files(tmp_path) == []
    assert set(shown.memory.counts().values()) == {0}
    assert shown.memory.database.read("SELECT * FROM vectors") == []


def test_a_deleted_name_leaves_the_disk(shown: Agent, tmp_path: Path) -> None:
    shown.memory.objects.rename("object:2", SECRET)
    assert files_with(tmp_path, SECRET)
    shown.memory.objects.rename("object:2", "Miso")
    assert files_with(tmp_path, SECRET) == []
    shown.memory.objects.rename("object:2", SECRET)
    shown.memory.delete(["object:2"])
    assert files_with(tmp_path, SECRET) == []
