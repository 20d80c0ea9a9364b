"""Fixtures that tests of several parts share."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image as Pillow
from scripted import START, HashEncoder, ScriptedEngine
from seeing import sight

from personavlm.agent import Agent
from personavlm.memory.database import Database, person_folder

# Tests run side by side, one on each core: threads of their own would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch, which nothing above imports


@pytest.fixture
def encoder() -> HashEncoder:
    return HashEncoder()


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def open_agent(
    tmp_path: Path, engine: ScriptedEngine, encoder: HashEncoder
) -> Iterator[Callable[..., Agent]]:
    """Opens agents without the background thread: updates run when a test says so."""
    opened: list[Agent] = []

    def open_(user_id: str = "maya", data_dir: Path = tmp_path) -> Agent:
        database = Database(person_folder(data_dir, user_id), user_id, "Europe/Lisbon")
        agent = Agent(database, engine, encoder, see=sight())
        agent.set_clock(START)
        opened.append(agent)
        return agent

    yield open_
    for agent in opened:
        agent.close()


@pytest.fixture
def agent(open_agent: Callable[..., Agent]) -> Agent:
    return open_agent()


@pytest.fixture
def picture() -> bytes:
    """A small orange PNG."""
    buffer = io.BytesIO()
    Pillow.new("RGB", (32, 24), "orange").save(buffer, "PNG")
    return buffer.getvalue()
