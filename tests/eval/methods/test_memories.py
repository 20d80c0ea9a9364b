"""Memories that the system built itself: what is told, what is shared, what a crash leaves."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eval.made import write_personamem
from eval.subjects import BUILDING, TURNS, memories, person, subject
from scripted import ScriptedEngine

from eval.benchmarks import personamem
from eval.benchmarks.replay import told
from eval.methods.memories import BUILT
from personavlm.agent import Agent
from personavlm.engines.base import Chunk, Request
from personavlm.errors import BadInput, EngineUnavailable, MemoryUnavailable
from personavlm.memory.database import FILE_NAME
from personavlm.memory.turns import Turns
from personavlm.protocol import Task


def remembered(agent: Agent) -> list[object]:
    """All that the agent knows, as far as it can be compared."""
    turns = [(t.time, t.text, t.reply, [i.hash for i in t.images]) for t in agent.turns()]
    facts = [(fact.time, fact.content) for fact in agent.memory.semantic()]
    topics = [(topic.start, topic.summary, topic.turns) for topic in agent.memory.episodic()]
    entries = [(e.key, e.value) for e in (*agent.memory.core(), *agent.memory.procedural())]
    return [turns, facts, topics, entries, agent.personality]


def test_the_history_is_told_with_the_given_replies(tmp_path: Path) -> None:
    [case, _] = person(tmp_path)
    engine = ScriptedEngine()
    with memories(tmp_path, subject(tmp_path, engine)).opened(told(case)) as agent:
        assert [turn.reply for turn in agent.turns()] == ["Aww.", "Nice.", "Oh!"]
        assert [len(turn.images) for turn in agent.turns()] == [1, 0, 0]
        assert agent.turns()[0].images[0].path.is_file()
        assert len(agent.memory.episodic()) == 2, "its two sessions have ended"
        assert not agent.updating()
    assert not engine.asked(Task.REASON), "nothing was answered"
    first = engine.asked(Task.SEMANTIC)[0].inputs
    assert dict(first.profile) == {"name": "Ann", "persona tone": "short"}


def test_a_memory_is_built_once(tmp_path: Path) -> None:
    one, other = person(tmp_path)
    engine = ScriptedEngine()
    kept = memories(tmp_path, subject(tmp_path, engine))
    assert not kept.built(told(one))
    for case in (one, other, one):
        with kept.opened(told(case)) as agent:
            assert len(agent.turns()) == TURNS
    assert len(engine.requests) == BUILDING
    assert kept.built(told(other))


def test_a_memory_stays_open_until_another_is_asked_for(tmp_path: Path) -> None:
    write_personamem(tmp_path, 3, end_index_in_shared_context="4")
    first, *_, last = map(told, personamem.read(tmp_path, "32k"))
    kept = memories(tmp_path, subject(tmp_path))
    with kept.kept() as opened:
        agent = opened(first)
        assert opened(first) is agent
        other = opened(last)
        assert other is not agent
        with pytest.raises(MemoryUnavailable, match="closed"):
            agent.turns()
        assert [len(opened(one).turns()) for one in (last, first)] == [2, 1]
    with pytest.raises(MemoryUnavailable, match="closed"):
        other.turns()


def test_after_one_that_cannot_be_opened_another_can(tmp_path: Path) -> None:
    [case, _] = person(tmp_path)
    kept = memories(tmp_path, subject(tmp_path, Stopping(4)))
    with kept.kept() as opened:
        with pytest.raises(EngineUnavailable):
            opened(told(case))
        assert len(opened(told(case)).turns()) == TURNS


def test_a_memory_is_on_the_disk_itself_before_it_is_called_whole(tmp_path: Path) -> None:
    [case, _] = person(tmp_path)
    kept = memories(tmp_path, subject(tmp_path))
    with kept.opened(told(case)):
        [log] = kept.folder.rglob(f"{FILE_NAME}-wal")
        assert (log.parent / BUILT).exists()
        assert log.stat().st_size == 0


def test_another_model_has_memories_of_its_own(tmp_path: Path) -> None:
    [case, _] = person(tmp_path)
    for name in ("org/one", "org/other"):
        engine = ScriptedEngine()
        with memories(tmp_path, subject(tmp_path, engine, model=name)).opened(told(case)):
            assert len(engine.requests) == BUILDING


class Stopping(ScriptedEngine):
    """Stops once, before a call."""

    def __init__(self, before: int) -> None:
        super().__init__()
        self.left = before

    def generate(self, request: Request) -> Iterator[Chunk]:
        self.left -= 1
        if self.left == -1:
            raise EngineUnavailable("The server has stopped.")
        return super().generate(request)


@pytest.mark.parametrize("calls", range(BUILDING))
def test_it_goes_on_where_the_engine_stopped(tmp_path: Path, calls: int) -> None:
    [case, _] = person(tmp_path / "data")
    with memories(tmp_path / "whole", subject(tmp_path)).opened(told(case)) as agent:
        expected = remembered(agent)
    kept = memories(tmp_path / "cut", subject(tmp_path, Stopping(calls)))
    with pytest.raises(EngineUnavailable), kept.opened(told(case)):
        pytest.fail("it is not whole")
    assert not kept.built(told(case))
    with kept.opened(told(case)) as agent:
        assert remembered(agent) == expected


def test_an_exchange_of_which_half_is_on_disk_is_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [case, _] = person(tmp_path / "data")
    with memories(tmp_path / "whole", subject(tmp_path)).opened(told(case)) as agent:
        expected = remembered(agent)
    finish, finished = Turns.finish, iter(range(TURNS))

    def broken(turns: Turns, *given: Any, **more: Any) -> None:
        if next(finished) == 1:
            raise KeyboardInterrupt
        finish(turns, *given, **more)

    kept = memories(tmp_path / "cut", subject(tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr(Turns, "finish", broken)
        with pytest.raises(KeyboardInterrupt), kept.opened(told(case)):
            pytest.fail("it is not whole")
    with kept.opened(told(case)) as agent:
        assert remembered(agent)[0] == expected[0]
        assert len(agent.memory.semantic()) == TURNS


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {root!r}]
from eval.subjects import memories, subject
from eval.benchmarks.persona_mme import read
from eval.benchmarks.replay import told
from scripted import ScriptedEngine

class Killing(ScriptedEngine):
    def generate(self, request):
        if len(self.requests) == {calls}:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().generate(request)

folder = Path({folder!r})
with memories(folder, subject(folder, Killing())).opened(told(read(Path({data!r}), "32k")[0])):
    pass
"""


def test_kill_9_while_it_is_built(tmp_path: Path) -> None:
    [case, _] = person(tmp_path / "data")
    with memories(tmp_path / "whole", subject(tmp_path)).opened(told(case)) as agent:
        expected = remembered(agent)
    root = Path(__file__).resolve().parents[3]
    script = KILLED.format(
        root=str(root), tests=str(root / "tests"), calls=5, folder=str(tmp_path / "cut"),
        data=str(tmp_path / "data"),
    )  # fmt: skip
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    engine = ScriptedEngine()
    with memories(tmp_path / "cut", subject(tmp_path, engine)).opened(told(case)) as agent:
        assert remembered(agent) == expected
    assert len(engine.requests) < BUILDING, "what was done was not done again"


def test_a_later_question_starts_from_an_earlier_ones_memory(tmp_path: Path) -> None:
    write_personamem(tmp_path, 3, end_index_in_shared_context="4")
    first, *_, last = personamem.read(tmp_path, "32k")
    engine = ScriptedEngine()
    kept = memories(tmp_path, subject(tmp_path, engine))
    with kept.opened(told(first)) as agent:
        assert len(agent.turns()) == 1
        assert agent.session_open(), "the question comes within the session"
    assert len(engine.requests) == 2
    with kept.opened(told(last)) as agent:
        assert len(agent.turns()) == 2
    assert len(engine.requests) == 4
    with kept.opened(told(first)) as agent:
        assert len(agent.turns()) == 1, "the earlier one is as it was"


def test_a_history_that_cannot_be_taken_in_says_why(tmp_path: Path) -> None:
    turn = {"time": "2024-07-01 09:00", "user": "x" * 9000, "assistant": "Long."}
    [case, _] = person(tmp_path, sessions=[[turn]], imgs=[])
    with (
        pytest.raises(BadInput, match="9,000 characters"),
        memories(tmp_path, subject(tmp_path)).opened(told(case)),
    ):
        pytest.fail("it was taken in")
