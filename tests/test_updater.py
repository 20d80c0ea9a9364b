"""The background thread: order, idle sessions, updates that fail, stopping."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from scripted import HashEncoder, ScriptedEngine

import personavlm.updater
from personavlm.engines.base import Request
from personavlm.errors import EngineUnavailable
from personavlm.model import PersonaVLM
from personavlm.protocol import SemanticDecision, Task, write_semantic


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personavlm.updater, "TICK", 0.01)
    monkeypatch.setattr(personavlm.updater, "RETRY", 0.02)


@pytest.fixture
def model(tmp_path: Path, engine: ScriptedEngine) -> Iterator[PersonaVLM]:
    model = PersonaVLM(engine, "scripted", HashEncoder(), tmp_path)
    yield model
    engine.scripts.clear()
    model.close()


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.005)


def kept(request: Request) -> str:
    text = request.inputs.query.text  # type: ignore[union-attr]
    return write_semantic(SemanticDecision("said so", True, text, (text,), ()))


def test_what_is_said_is_taken_in_without_being_asked(model: PersonaVLM) -> None:
    agent = model.agent("maya", zone="UTC")
    for number in range(10):
        list(agent.respond(f"message {number}"))
    until(lambda: not agent.updating())
    facts = sorted(agent.memory.semantic(), key=lambda fact: fact.id)
    assert [fact.content for fact in facts] == [f"message {n}" for n in range(10)], "in order"
    assert [record.turn for record in agent.personality_history] == list(range(1, 11))


def test_an_idle_session_ends_by_itself(model: PersonaVLM) -> None:
    agent = model.agent("maya", zone="UTC")
    list(agent.respond("good night"))
    until(lambda: not agent.updating())
    assert agent.session_open()
    agent.set_clock(agent.now() + timedelta(minutes=61))
    until(lambda: not agent.session_open() and not agent.updating())
    assert len(agent.memory.episodic()) == 1


def test_what_an_earlier_process_left_is_done_first(
    model: PersonaVLM, engine: ScriptedEngine, tmp_path: Path
) -> None:
    from personavlm.agent import Agent
    from personavlm.memory.database import Database, person_folder

    before = Agent(Database(person_folder(tmp_path, "maya"), "maya", "UTC"), engine, HashEncoder())
    list(before.respond("left undone"))
    before._database.close()
    agent = model.agent("maya")
    until(lambda: not agent.updating())
    assert [fact.content for fact in agent.memory.semantic()] == ["left undone"]


def test_one_person_s_broken_update_stops_nobody_else_s(
    model: PersonaVLM, engine: ScriptedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks_for_maya(request: Request) -> str:
        if "maya" in request.inputs.query.text:  # type: ignore[union-attr]
            raise ZeroDivisionError
        return kept(request)

    engine.say(Task.SEMANTIC, breaks_for_maya)
    maya, noa = model.agent("maya", zone="UTC"), model.agent("noa", zone="UTC")
    with caplog.at_level(logging.WARNING):
        list(maya.respond("maya here"))
        until(lambda: not maya.updating())  # given up after three attempts
        for number in range(3):
            list(noa.respond(f"noa {number}"))
        until(lambda: not noa.updating())
    assert len(noa.memory.semantic()) == 3 and not maya.memory.semantic()
    assert caplog.text.count("An update failed") == 3
    assert "given up" in maya.remembered(1)[-1].text


def test_an_engine_that_comes_back(model: PersonaVLM, engine: ScriptedEngine) -> None:
    away = threading.Event()
    away.set()
    failures = []

    def maybe(request: Request) -> str:
        if away.is_set():
            failures.append(1)
            raise EngineUnavailable("Away for a moment.")
        return kept(request)

    engine.say(Task.SEMANTIC, maybe)
    agent = model.agent("maya", zone="UTC")
    list(agent.respond("hello"))
    until(lambda: len(failures) > 4)
    assert agent.updating(), "however often: it is kept until the engine is back"
    away.clear()
    until(lambda: not agent.updating())
    assert len(agent.memory.semantic()) == len(agent.personality_history) == 1


def test_an_update_by_hand_waits_for_the_one_that_runs(
    model: PersonaVLM, engine: ScriptedEngine
) -> None:
    running = threading.Event()

    def slow(request: Request) -> str:
        running.set()
        time.sleep(0.1)
        return kept(request)

    engine.say(Task.SEMANTIC, slow)
    agent = model.agent("maya", zone="UTC")
    list(agent.respond("hello"))
    assert running.wait(20)
    agent.update()
    assert not agent.updating()
    assert len(agent.memory.semantic()) == len(agent.personality_history) == 1


def test_a_turn_is_taken_back_while_its_update_runs(
    model: PersonaVLM, engine: ScriptedEngine
) -> None:
    running, go_on = threading.Event(), threading.Event()

    def slow(request: Request) -> str:
        running.set()
        assert go_on.wait(20)
        return kept(request)

    engine.say(Task.SEMANTIC, slow)
    agent = model.agent("maya", zone="UTC")
    list(agent.respond("never mind"))
    assert running.wait(20)
    assert agent.undo_turn() is not None, "without waiting for the model"
    go_on.set()
    list(agent.respond("this one counts"))
    until(lambda: not agent.updating())
    assert [fact.content for fact in agent.memory.semantic()] == ["this one counts"]
    assert len(agent.personality_history) == 1


def test_stopping_finishes_the_update_at_hand(model: PersonaVLM, engine: ScriptedEngine) -> None:
    running = threading.Event()

    def slow(request: Request) -> str:
        running.set()
        time.sleep(0.2)
        return kept(request)

    engine.say(Task.SEMANTIC, slow)
    agent = model.agent("maya", zone="UTC")
    list(agent.respond("hello"))
    assert running.wait(20)
    model._updater.stop()
    model._updater.stop()
    assert len(agent.memory.semantic()) == 1
    assert not [t for t in threading.enumerate() if t.name in ("updater", "update_0")]
    list(agent.respond("nobody takes this in"))
    time.sleep(0.1)
    assert agent.updating()
