"""What tests of memory share. They do not wait for the disk: none of them pulls the plug."""

from __future__ import annotations

import os
import sqlite3
from datetime import timedelta

import pytest
from disk import SECRET
from scripted import START, ScriptedEngine

from personavlm.agent import Agent
from personavlm.memory.database import Database
from personavlm.protocol import SemanticDecision, Task, write_semantic


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    open_durably = Database._open

    def open_quickly(database: Database) -> sqlite3.Connection:
        connection = open_durably(database)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    monkeypatch.setattr(Database, "_open", open_quickly)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture
def rich(agent: Agent, picture: bytes) -> Agent:
    agent.chat("I adopted a corgi, Biscuit\x00 🐕", picture)
    agent.finish()
    agent.freeze("openness", True)
    agent.correct("neuroticism", 2.0)
    agent.memory.edit("semantic:1", "Has a corgi called Biscuit", ["corgi", "Biscuit"])
    list(agent.respond("not yet taken in", time=START + timedelta(hours=3)))
    return agent


@pytest.fixture
def archive(rich: Agent) -> bytes:
    return rich.memory.export()


@pytest.fixture
def secretive(agent: Agent, engine: ScriptedEngine, picture: bytes) -> Agent:
    """Two sessions; the secret is in what was noted of the first, not in what was said."""
    engine.say(
        Task.SEMANTIC,
        lambda request: write_semantic(
            SemanticDecision(f"They said {SECRET}", True, f"Plays the {SECRET}", (SECRET,), ())
        ),
    )
    agent.chat("I play something", picture)
    agent.finish()
    engine.scripts.pop(Task.SEMANTIC)
    agent.chat("I bought a bike", time=START + timedelta(hours=5))
    agent.chat("It is red", time=START + timedelta(hours=5.1))
    agent.finish()
    agent.memory.index.sync()
    agent.set_clock(START + timedelta(hours=6))
    return agent
