"""What is deleted is gone at once, from disk too; one deletion can be undone, to the byte."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from disk import SECRET, files_with, picture_files, red
from scripted import START, ScriptedEngine

from personavlm.agent import Agent
from personavlm.engines.base import Request
from personavlm.errors import BadInput
from personavlm.protocol import Task, write_entries
from personavlm.records import Window


@pytest.fixture
def told(secretive: Agent) -> Agent:
    return secretive


def test_the_secret_is_on_disk_to_begin_with(told: Agent, tmp_path: Path) -> None:
    assert files_with(tmp_path, SECRET)


def test_a_deleted_memory_leaves_nothing_on_disk(told: Agent, tmp_path: Path) -> None:
    told.memory.delete(["semantic:1"])
    assert files_with(tmp_path, SECRET) == []
    assert not told.memory.semantic("Plays")
    assert "deleted since" in told.remembered(1)[1].text


def test_an_edited_memory_leaves_nothing_of_the_old_on_disk(told: Agent, tmp_path: Path) -> None:
    told.memory.edit("semantic:1", "Plays an instrument", ["instrument"])
    assert files_with(tmp_path, SECRET) == []
    [fact] = told.memory.semantic("instrument")
    assert (fact.edited, fact.keywords, fact.turn) == (True, ("instrument",), 1)


@pytest.mark.parametrize("id", ["core:2", "procedural:1", "episodic:1"])
def test_every_kind_can_be_edited_and_deleted(told: Agent, tmp_path: Path, id: str) -> None:
    told.memory.edit(id, f"about the {SECRET}")
    told.memory.delete(["semantic:1"])
    assert files_with(tmp_path, SECRET)
    told.memory.edit(id, "about nothing")
    assert files_with(tmp_path, SECRET) == []
    told.memory.delete([id])
    with pytest.raises(BadInput, match="no longer there"):
        told.memory.get(id)


DELETIONS = [
    ["semantic:1"],
    ["episodic:1"],
    ["core:2", "procedural:1"],
    ["turn:1"],
    ["turn:2", "semantic:2", "episodic:2"],
    ["turn:1", "turn:2", "turn:3", "semantic:1", "core:2", "episodic:99"],
]


@pytest.mark.parametrize("ids", DELETIONS)
def test_undo_brings_back_every_byte(told: Agent, tmp_path: Path, ids: list[str]) -> None:
    list(told.respond("and one more, not yet taken in", red()))
    before, pictures = told.memory.export(), picture_files(tmp_path)
    found = told.memory.search("bike", "bike", Window())
    told.memory.delete(ids)
    assert told.memory.export() != before
    assert told.memory.can_undo()
    assert told.memory.undo_delete() >= len([id for id in ids if id != "episodic:99"])
    assert told.memory.export() == before
    assert picture_files(tmp_path) == pictures
    assert told.memory.search("bike", "bike", Window()) == found
    assert not told.memory.can_undo() and told.memory.undo_delete() == 0


def test_deleting_a_turn_takes_all_that_came_of_it(told: Agent, tmp_path: Path) -> None:
    assert len(picture_files(tmp_path)) == 1
    told.memory.delete(["turn:1"])
    assert picture_files(tmp_path) == []
    assert [turn.id for turn in told.turns()] == [2, 3]
    assert not told.memory.semantic(SECRET)
    assert [topic.id for topic in told.memory.episodic()] == [2], "its only turn is gone"
    assert [record.turn for record in told.personality_history] == [2, 3]
    read = told.memory.database.read
    for table, column in (("outcomes", "turn_id"), ("topic_turns", "turn_id")):
        assert read(f"SELECT * FROM {table} WHERE {column} = 1") == []
    assert read("SELECT * FROM vectors WHERE owner IN ('turn', 'semantic') AND owner_id = 1") == []
    assert files_with(tmp_path, SECRET) == []


def test_a_picture_that_another_turn_shows_stays(agent: Agent, tmp_path: Path) -> None:
    agent.chat("look", red())
    agent.chat("look again", red())
    agent.memory.delete(["turn:1"])
    assert len(picture_files(tmp_path)) == 1
    assert agent.turns()[0].images[0].path.exists()
    agent.memory.delete(["turn:2"])
    assert picture_files(tmp_path) == []


def test_only_the_last_deletion_comes_back(told: Agent) -> None:
    told.memory.delete(["semantic:1"])
    told.memory.delete(["semantic:2"])
    assert told.memory.undo_delete() == 1
    assert [fact.id for fact in told.memory.semantic()] == [3, 2]


def test_what_has_a_successor_is_not_brought_back(told: Agent, engine: ScriptedEngine) -> None:
    [city] = [entry for entry in told.memory.core() if entry.key == "city"]
    told.memory.delete([f"core:{city.id}"])
    told.chat("I live in Porto now", time=START + timedelta(hours=20))
    engine.say(Task.CORE, write_entries({"city": "Porto"}))
    told.finish()
    assert told.memory.undo_delete() == 0
    assert told.memory.profile()["city"] == "Porto"


@pytest.mark.parametrize("others", [0, 2])
def test_a_turn_that_was_away_when_its_session_ended_finds_its_topic(
    agent: Agent, others: int
) -> None:
    for number in range(others + 1):
        agent.chat(f"message {number}", time=START + timedelta(minutes=number))
    agent.memory.delete(["turn:1"])
    agent.finish()
    assert [topic.turns for topic in agent.memory.episodic()] == [(2, 3)][: others // 2]
    assert agent.memory.undo_delete()
    agent.update()
    turns = tuple(range(1, others + 2))
    assert [topic.turns for topic in agent.memory.episodic()] == [turns]


def test_a_deletion_before_a_turn_is_taken_back_cannot_be_undone(told: Agent) -> None:
    told.memory.delete(["semantic:3"])  # noted from the last turn
    told.undo_turn()
    assert told.memory.undo_delete() == 0
    assert [fact.id for fact in told.memory.semantic()] == [2, 1]


def test_bad_ids_are_refused_before_anything_is_deleted(told: Agent) -> None:
    before = told.memory.export()
    for bad in ("semantic", "semantic:", "semantic:x", "secret:1", "semantic:" + "9" * 30, ""):
        with pytest.raises(BadInput, match="id of a memory"):
            told.memory.delete(["semantic:1", bad])
    assert told.memory.export() == before


def test_far_more_ids_than_sqlite_takes_as_parameters(told: Agent) -> None:
    told.memory.database._connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
    before = told.memory.export()
    many = [f"turn:{i}" for i in range(1, 40_000)]
    told.memory.delete(many)
    assert told.turns() == []
    told.memory.undo_delete()
    assert told.memory.export() == before
    assert len(told.memory.turns.get(range(40_000))) == 3


def test_what_is_deleted_during_an_update_does_not_come_back(
    agent: Agent, engine: ScriptedEngine, tmp_path: Path
) -> None:
    """The model saw it; what it made of it must not be written."""
    agent.chat(f"my secret is {SECRET}")
    agent.chat("and I run")

    def delete_meanwhile(request: Request) -> str:
        engine.scripts.pop(Task.CORE)
        agent.memory.delete(["turn:1"])
        return write_entries({"secret": SECRET})

    engine.say(Task.CORE, delete_meanwhile)
    agent.finish()
    assert files_with(tmp_path, SECRET) == []
    [topic] = agent.memory.episodic()
    assert topic.turns == (2,)
    assert agent.memory.profile() == {"name": "Maya", "city": "Lisbon"}


def test_the_person_s_own_words_win_over_an_update_that_runs(
    told: Agent, engine: ScriptedEngine
) -> None:
    told.chat("good evening", time=START + timedelta(hours=20))
    ids = {entry.key: f"core:{entry.id}" for entry in told.memory.core()}

    def meanwhile(request: Request) -> str:
        engine.say(Task.CORE, "")
        told.memory.edit(ids["city"], "Braga")
        told.memory.delete([ids["name"]])
        return write_entries({"pet": "corgi"})

    engine.say(Task.CORE, meanwhile)
    told.finish()
    assert told.memory.profile() == {"city": "Braga"}


def test_emptied_sessions_do_not_confuse_taking_back(agent: Agent) -> None:
    agent.chat("one")
    agent.finish()
    agent.chat("two", time=START + timedelta(hours=5))
    agent.memory.delete(["turn:2"])
    assert agent.undo_turn().text == "one"  # type: ignore[union-attr]
    agent.update()
    agent.chat("three", time=START + timedelta(hours=10))
    open_ones = agent.memory.database.read("SELECT id FROM sessions WHERE ended IS NULL")
    assert len(open_ones) == 1
    agent.finish()
    assert [topic.turns for topic in agent.memory.episodic()] == [(3,)]


def test_an_entry_is_deleted_under_its_own_kind_only(agent: Agent) -> None:
    agent.chat("I run every Thursday")
    agent.finish()
    [habit] = agent.memory.procedural()
    agent.memory.delete([f"core:{habit.id}"])
    assert agent.memory.procedural() == [habit]
    agent.memory.delete([f"procedural:{habit.id}"])
    assert agent.memory.procedural() == []
