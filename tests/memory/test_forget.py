"""Forget me: nothing of the person is left, whatever was going on, and life goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from disk import SECRET, files_with, picture_files, red
from scripted import START, HashEncoder, ScriptedEngine

from personavlm.agent import Agent
from personavlm.engines.base import Request
from personavlm.protocol import SemanticDecision, Task, write_semantic
from personavlm.records import Window


@pytest.fixture
def told(secretive: Agent) -> Agent:
    return secretive


def assert_forgotten(agent: Agent, folder: Path) -> None:
    assert files_with(folder, SECRET) == []
    assert picture_files(folder) == []
    assert set(agent.memory.counts().values()) == {0}
    assert agent.memory.database.read("SELECT * FROM vectors") == []
    assert agent.personality_history == [] and agent.memory.profile() == {}
    assert agent.memory.search(SECRET, SECRET, Window()) == ()
    reply = agent.chat("hello again")
    agent.finish()
    assert reply.turn == 1 and len(agent.memory.semantic()) == 1


def test_forget_me(told: Agent, tmp_path: Path) -> None:
    told.chat(f"{SECRET}!", red(), time=START + timedelta(hours=7))
    told.memory.delete(["semantic:2"])
    (told.memory.database.folder / "memory.sqlite3.damaged-2026").write_text(SECRET)
    told.forget()
    assert not told.memory.can_undo()
    assert not list(tmp_path.rglob("*damaged*"))
    assert_forgotten(told, tmp_path)


def test_forget_me_with_updates_waiting(told: Agent, tmp_path: Path) -> None:
    for hour in range(5):
        list(told.respond(SECRET, red(), time=START + timedelta(hours=10 + hour)))
    assert told.updating()
    told.forget()
    assert not told.updating() and told.update() == []
    assert_forgotten(told, tmp_path)


def test_forget_me_during_a_reply(told: Agent, tmp_path: Path) -> None:
    """It waits for no reply; that is told to its end, but leaves nothing."""
    replying = told.respond(f"about the {SECRET}", red(), time=START + timedelta(hours=9))
    next(replying)
    told.forget()
    assert files_with(tmp_path, SECRET) == []
    assert [*replying][-1].turn == 4  # type: ignore[union-attr]
    assert_forgotten(told, tmp_path)


@pytest.mark.parametrize("waiting", [1, 30])
def test_forget_me_during_an_update(
    agent: Agent, engine: ScriptedEngine, tmp_path: Path, waiting: int
) -> None:
    """It waits for the update at hand only, and that one writes nothing."""
    running, go_on = threading.Event(), threading.Event()

    def slow(request: Request) -> str:
        running.set()
        assert go_on.wait(20)
        return write_semantic(SemanticDecision(SECRET, True, SECRET, (SECRET,), ()))

    for _ in range(waiting):
        agent.observe(SECRET, SECRET, [red()])
    engine.say(Task.SEMANTIC, slow)
    update = threading.Thread(target=agent.update)
    update.start()
    assert running.wait(20)
    forget = threading.Thread(target=agent.forget)
    forget.start()
    while agent.updating():  # the queue is emptied at once
        threading.Event().wait(0.005)
    go_on.set()
    forget.join(20)
    update.join(20)
    assert not forget.is_alive() and not update.is_alive()
    assert len(engine.asked(Task.SEMANTIC)) == 1
    engine.scripts.clear()
    assert_forgotten(agent, tmp_path)


def test_others_are_not_forgotten(
    told: Agent, open_agent: Callable[..., Agent], tmp_path: Path, encoder: HashEncoder
) -> None:
    other = open_agent("noa")
    other.chat("I am Noa", red())
    told.forget()
    assert len(other.turns()) == 1 and other.turns()[0].images[0].path.exists()
