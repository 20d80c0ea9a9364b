"""A browser tab of one person, whose agent is a real one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from personavlm.agent import Agent
from personavlm.records import MemoryType
from personavlm.ui.session import Lobby, Session


class OneAgent:
    """A model that knows one person."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self.engine = SimpleNamespace(concurrency=1)
        self.phase: str | None = None  # what it is loading
        self.vision = SimpleNamespace(note="Told apart by <colour>. Better: `personavlm download`.")

    def agent(self, user_id: str, zone: str | None = None) -> Agent:
        return self._agent

    def loading(self) -> str | None:
        return self.phase


@pytest.fixture
def session(agent: Agent) -> Session:
    agent.memory.knowledge.replace_entries(
        MemoryType.CORE, {"name": "Maya", "home": "Lisbon"}, agent.now(), None
    )
    return Session(Lobby(cast(Any, OneAgent(agent))), "maya")


@pytest.fixture
def remembered(session: Session, picture: bytes) -> Session:
    """One exchange with a picture, and the fact that was saved from it."""
    agent = session.agent
    turn = agent.observe("This is Biscuit.", "What a dog!", [picture])
    agent.memory.knowledge.add_fact(agent.now(), "Has a corgi.", ["corgi"], "It lasts.", turn)
    return session
