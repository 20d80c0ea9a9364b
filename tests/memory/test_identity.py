"""Whose memory it is, and what time it is: ids of any text, times far off, summer time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scripted import HashEncoder, ScriptedEngine

from personavlm.agent import Agent
from personavlm.errors import BadInput
from personavlm.memory.database import FILE_NAME, Database, person_folder, to_micros

IDS = [
    "maya",
    "../maya",
    "/etc/passwd",
    "玛雅",
    "x" * 10_000,
    "a\0b",
    "'; DROP TABLE turns; --",
    ".",
]


def open_agent(data_dir: Path, user_id: str = "maya") -> Agent:
    database = Database(person_folder(data_dir, user_id), user_id, "Europe/Lisbon")
    return Agent(database, ScriptedEngine(), HashEncoder())


@pytest.mark.parametrize("user_id", IDS)
def test_no_id_names_a_path(tmp_path: Path, user_id: str) -> None:
    data = tmp_path / "data"
    agent = open_agent(data, user_id)
    agent.chat("hello")
    agent.close()
    assert open_agent(data, user_id).user_id == user_id
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert [path.name for path in data.iterdir()] == ["people"]
    assert agent.memory.database.folder.parent == data / "people"
    for entry in (agent.memory.database.folder, agent.memory.database.folder / FILE_NAME):
        assert entry.stat().st_mode & 0o077 == 0, "for its owner only"


def test_ids_that_are_the_same_text(tmp_path: Path) -> None:
    same = {person_folder(tmp_path, id) for id in ("Zoë", "Zoe\u0308", " Zoë ")}
    assert len(same) == 1
    assert person_folder(tmp_path, "Maya") != person_folder(tmp_path, "maya")
    for bad in ("", " \n", "\ud800"):
        with pytest.raises(BadInput, match="user id"):
            person_folder(tmp_path, bad)


@pytest.mark.parametrize("year", [2, 1805, 1969, 1970, 2038, 2500, 9998])
def test_times_far_from_now(tmp_path: Path, year: int) -> None:
    agent = open_agent(tmp_path)
    moment = datetime(year, 1, 1, 0, 0, 0, 1)
    agent.set_clock(moment)
    agent.chat("happy new year", time=moment)
    agent.finish()
    [turn] = agent.turns()
    assert turn.time.replace(tzinfo=None) == moment
    assert agent.now().year == year
    [topic] = agent.memory.episodic()
    assert topic.start == turn.time
    assert agent.memory.database.local(to_micros(turn.time)) == turn.time


@pytest.mark.parametrize("time", [datetime.min, datetime.max, datetime.min.replace(tzinfo=UTC)])
def test_the_edges_of_the_calendar_are_refused(tmp_path: Path, time: datetime) -> None:
    agent = open_agent(tmp_path)
    for act in (lambda: agent.respond("hello", time=time), lambda: agent.set_clock(time)):
        with pytest.raises(BadInput, match="year"):
            act()
    assert agent.turns() == []


def test_the_hour_that_comes_twice(tmp_path: Path) -> None:
    """Summer time ends in Lisbon on 25 October 2026, 2:00: the clock shows 1:00 to 2:00 again."""
    agent = open_agent(tmp_path)
    first = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # 1:50 in Lisbon
    agent.chat("before", time=first)
    agent.chat("after", time=first + timedelta(minutes=20))  # 1:10 in Lisbon
    assert [turn.text for turn in agent.turns()] == ["before", "after"]
    assert len({turn.session for turn in agent.turns()}) == 1
    agent.chat("later", time=first + timedelta(minutes=95))  # 2:25: by the clock 75 minutes on
    sessions = [turn.session for turn in agent.turns()]
    assert sessions[2] != sessions[1]
    with pytest.raises(BadInput, match="Set the clock"):
        agent.chat("earlier", time=first)


def test_the_hour_that_is_left_out(tmp_path: Path) -> None:
    agent = open_agent(tmp_path)
    before = datetime(2026, 3, 29, 0, 50, tzinfo=UTC)
    agent.chat("before", time=before)
    agent.chat("after", time=before + timedelta(minutes=20))  # 2:10 by the clock
    assert len({turn.session for turn in agent.turns()}) == 1
    agent.set_clock(before + timedelta(minutes=30))
    assert abs(agent.now() - (before + timedelta(minutes=30))) < timedelta(seconds=5)
