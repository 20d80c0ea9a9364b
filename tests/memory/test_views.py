"""Views of objects: shown with the fact that names them, deleted one by one, told as meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from disk import picture_files
from scripted import START, HashEncoder, ScriptedEngine
from seeing import Blobs, keep, scene, sight

from personavlm.agent import Agent
from personavlm.errors import BadInput
from personavlm.memory.database import Database, person_folder
from personavlm.protocol import Task
from personavlm.records import Hit, Retrieval, Window
from personavlm.vision.base import Box

PARK = scene(("corgi", (10, 10, 90, 90)), ("green", (100, 0, 200, 100)))
SOFA = scene(("corgi", (20, 30, 60, 90)), ("cat", (100, 10, 190, 90)))
SEEN = scene(("corgi", (100, 20, 180, 80)), ("blue", (0, 0, 60, 100)))
ANSWER = "<think>ok</think><answer>That is Biscuit.</answer>"


@pytest.fixture
def agent(tmp_path: Path, engine: ScriptedEngine) -> Iterator[Agent]:
    """Maya, who has told of Biscuit with a photo, two days ago; since then there is another."""
    database = Database(person_folder(tmp_path, "maya"), "maya", "Europe/Lisbon")
    agent = Agent(database, engine, HashEncoder(), see=sight(Blobs()))
    agent.set_clock(START)
    engine.say(Task.SEMANTIC, keep("This is my corgi Biscuit (Image Object: corgi)"))
    agent.chat("This is my corgi Biscuit", PARK)
    agent.finish()
    engine.scripts.pop(Task.SEMANTIC)
    agent.set_clock(START + timedelta(days=2))
    agent.memory.objects.add(SOFA, Box(20, 30, 60, 90), "corgi Biscuit", "corgi")
    yield agent
    engine.scripts.clear()
    agent.close()


def found(agent: Agent) -> tuple[Hit, ...]:
    return agent.memory.find("corgi, Biscuit", "my corgi?", Window(), now=agent.now()).hits


def test_a_fact_found_by_words_shows_the_part_that_it_names(agent: Agent) -> None:
    [first, _] = agent.memory.get("object:1").crops
    [fact] = [hit for hit in found(agent) if hit.id == "semantic:1"]
    assert fact.images == (first.image,) and first.image != first.source
    agent.memory.delete([f"crop:{first.id}"])
    [fact] = [hit for hit in found(agent) if hit.id == "semantic:1"]
    assert fact.images == (first.source,), "all of the picture, where no part is known"


def test_a_stored_search_shows_that_part_too(agent: Agent, engine: ScriptedEngine) -> None:
    search = (
        '<think>Look.</think><retrieve>\n"keywords": "corgi"\n"start_time": "null"\n'
        '"end_time": "null"\n</retrieve>'
    )
    engine.say(Task.REASON, [search, ANSWER])
    reply = agent.chat("What is my corgi called?")
    [now] = [step for step in reply.trace if isinstance(step, Retrieval)]
    [then] = [s for s in agent.reply(agent.turns()[-1].id).trace if isinstance(s, Retrieval)]
    crop = agent.memory.get("object:1").crops[0].image
    for step in (now, then):
        assert [hit.images for hit in step.hits if hit.id == "semantic:1"] == [(crop,)]


def test_one_view_is_deleted_and_comes_back(agent: Agent, tmp_path: Path) -> None:
    before, files = agent.memory.get("object:1"), picture_files(tmp_path)
    agent.memory.delete([f"crop:{before.crops[1].id}"])
    assert agent.memory.get("object:1").crops == before.crops[:1]
    assert len(picture_files(tmp_path)) == len(files) - 2, "the part and its picture are gone"
    assert agent.memory.undo_delete() == 1
    assert agent.memory.get("object:1") == before
    assert picture_files(tmp_path) == files


def test_with_its_last_view_an_object_goes_and_its_fact_stays(agent: Agent) -> None:
    known = agent.memory.get("object:1")
    agent.memory.delete([f"crop:{view.id}" for view in known.crops])
    assert agent.memory.counts()["objects"] == 0
    assert agent.memory.get("semantic:1")
    agent.memory.undo_delete()
    assert agent.memory.get("object:1") == known
    with pytest.raises(BadInput, match="no longer there"):
        agent.memory.get(f"crop:{known.crops[0].id}")


@pytest.mark.parametrize("place", [0, 1])
def test_a_stored_trace_shows_the_view_that_was_meant(
    agent: Agent, engine: ScriptedEngine, place: int
) -> None:
    """The other one is away while the picture is looked at."""
    engine.say(Task.REASON, ANSWER)
    views = agent.memory.get("object:1").crops
    other = views[1 - place]
    agent.memory.delete([f"crop:{other.id}"])
    reply = agent.chat("Who is this?", SEEN)
    agent.memory.undo_delete()
    [now] = [step for step in reply.trace if isinstance(step, Retrieval)]
    [then] = [s for s in agent.reply(agent.turns()[-1].id).trace if isinstance(s, Retrieval)]
    [meant], [told] = now.hits, then.hits
    assert told.object == meant.object and told.object is not None
    assert told.object.crops == (views[place],)
    assert (told.why, told.images) == (meant.why, meant.images)
    agent.memory.delete([f"crop:{views[place].id}"])
    [then] = [s for s in agent.reply(agent.turns()[-1].id).trace if isinstance(s, Retrieval)]
    assert then.hits == (), "what was meant is gone"
