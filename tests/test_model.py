"""Many people, many threads, one model: no leak, no lock-up, an orderly end."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scripted import HashEncoder, ScriptedEngine

import personavlm.conversation
import personavlm.updater
from personavlm.engines.base import Request
from personavlm.errors import BadInput, EngineUnavailable, MemoryUnavailable
from personavlm.model import PersonaVLM
from personavlm.protocol import Task
from personavlm.records import AnswerDelta, Window

Make = Callable[..., PersonaVLM]


@pytest.fixture
def make(tmp_path: Path, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setattr(personavlm.updater, "TICK", 0.01)
    made: list[PersonaVLM] = []

    def make_() -> PersonaVLM:
        made.append(PersonaVLM(engine, "scripted", HashEncoder(), tmp_path))
        return made[-1]

    yield make_
    engine.scripts.clear()
    for model in made:
        model.close()


@pytest.fixture
def model(make: Make) -> PersonaVLM:
    return make()


def test_the_same_id_is_the_same_agent(model: PersonaVLM) -> None:
    agent = model.agent("maya", profile={"name": "Maya"}, zone="UTC")
    assert model.agent("maya") is model.agent(" maya ") is agent
    assert model.agent("Maya") is not agent
    assert agent.memory.profile() == {"name": "Maya"}
    with ThreadPoolExecutor(8) as pool:
        agents = set(pool.map(lambda _: model.agent("noa"), range(32)))
    assert len(agents) == 1


def test_what_cannot_be_opened_holds_nothing(model: PersonaVLM) -> None:
    with pytest.raises(BadInput, match="not a time zone"):
        model.agent("maya", zone="Mars/Olympus")
    assert model.agent("maya", zone="UTC").turns() == []


@pytest.mark.timeout(120)
def test_many_people_in_many_threads(model: PersonaVLM, engine: ScriptedEngine) -> None:
    people, threads, messages = 8, 2, 5
    agents = [model.agent(f"person {n}", zone="UTC") for n in range(people)]

    def live(place: int) -> None:
        agent = agents[place % people]
        for number in range(messages):
            list(agent.respond(f"I am {agent.user_id} in {place // people}, {number}"))
            agent.memory.search("I am", "I am", Window())
            if number == 2:
                agent.end_session()
            agent.turns()
            agent.memory.export()

    with ThreadPoolExecutor(people * threads) as pool:
        for done in [pool.submit(live, place) for place in range(people * threads)]:
            done.result(100)
    for agent in agents:
        agent.finish()
        turns = agent.turns()
        assert len(turns) == threads * messages
        assert [turn.id for turn in turns] == sorted(turn.id for turn in turns), "in order"
        texts = [turn.text for turn in turns]
        assert all(f"I am {agent.user_id} in" in text for text in texts)
        assert sorted(fact.content for fact in agent.memory.semantic()) == sorted(texts)
        assert len(agent.personality_history) == len(turns)
        held = sorted(turn for topic in agent.memory.episodic() for turn in topic.turns)
        assert held == [turn.id for turn in turns]
    for request in engine.requests:
        dialogue = " ".join(turn.text for turn in request.inputs.dialogue)
        assert len({f"person {n}" for n in range(people) if f"person {n} in" in dialogue}) <= 1


@pytest.mark.timeout(60)
def test_everything_at_once_on_one_person(model: PersonaVLM) -> None:
    """Nothing here can have a certain outcome but one: no error but ours, no lock-up, no damage."""
    agent = model.agent("maya", zone="UTC")
    archive = agent.memory.export()
    errors: list[BaseException] = []

    def chat() -> None:
        list(agent.respond("hello"))

    def delete() -> None:
        agent.memory.delete(["turn:1", "semantic:1"])
        agent.memory.undo_delete()

    acts: list[Callable[[], object]] = [
        chat, chat, delete, agent.undo_turn, agent.end_session, agent.forget, agent.memory.export,
        lambda: agent.memory.import_(archive), lambda: agent.memory.search("a", "b", Window()),
        agent.update, lambda: agent.correct("openness", 4), agent.turns, agent.end_if_idle,
    ]  # fmt: skip

    def work(act: Callable[[], object]) -> None:
        for _ in range(8):
            try:
                act()
            except BadInput:
                pass  # what it was about was taken away by another thread
            except BaseException as error:  # noqa: BLE001 (shown by the assertion)
                errors.append(error)

    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(50)
        assert not thread.is_alive(), "locked up"
    assert errors == []
    agent.finish()
    assert [row[0] for row in agent.memory.database.read("PRAGMA integrity_check")] == ["ok"]
    assert agent.memory.database.read("PRAGMA foreign_key_check") == []
    agent.forget()
    agent.chat("and now something new")
    assert len(agent.memory.semantic()) == 1


# -- replies as generators ------------------------------------------------------------------------


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personavlm.conversation, "PATIENCE", 0.2)


def test_a_reply_advanced_by_ever_other_threads(model: PersonaVLM) -> None:
    agent = model.agent("maya", zone="UTC")
    replying = agent.respond("hello")
    events = []
    while True:
        with ThreadPoolExecutor(1) as pool:
            event = pool.submit(next, replying, None).result(20)
        if event is None:
            break
        events.append(event)
    assert events[-1].turn == 1  # type: ignore[union-attr]
    agent.chat("again")
    assert len(agent.turns()) == 2


@pytest.mark.parametrize("cycle", [False, True])
def test_an_abandoned_reply_locks_nobody_out(
    model: PersonaVLM, short_patience: None, cycle: bool
) -> None:
    agent = model.agent("maya", zone="UTC")
    replying = agent.respond("hello")
    next(replying)
    with pytest.raises(MemoryUnavailable, match="still being answered"):
        list(agent.respond("impatient"))
    holder: list[object] = [replying]
    if cycle:
        holder.append(holder)
    del replying, holder
    gc.collect()
    agent.chat("again")
    assert [turn.state for turn in agent.turns()] == ["stopped", "done"]


def test_a_reply_that_is_never_begun_leaves_nothing(model: PersonaVLM) -> None:
    agent = model.agent("maya", zone="UTC")
    agent.respond("hello")
    assert agent.turns() == []
    agent.chat("again")


def test_a_reply_stopped_from_another_thread_keeps_what_was_said(model: PersonaVLM) -> None:
    agent = model.agent("maya", zone="UTC")
    replying = agent.respond("hello")
    told = next(event for event in replying if isinstance(event, AnswerDelta))
    closing = threading.Thread(target=replying.close)  # type: ignore[attr-defined]
    closing.start()
    closing.join(20)
    [turn] = agent.turns()
    assert (turn.state, turn.reply) == ("stopped", told.text)
    agent.chat("again")


# -- the end --------------------------------------------------------------------------------------


def test_closing_twice_and_from_two_threads(make: Make) -> None:
    model = make()
    agent = model.agent("maya", zone="UTC")
    list(agent.respond("good night"))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: agent.close(), range(4)))
    model.close()
    model.close()
    again = make().agent("maya")
    assert len(again.memory.semantic()) == len(again.memory.episodic()) == 1


def test_closing_while_an_update_runs(make: Make, engine: ScriptedEngine) -> None:
    running = threading.Event()

    def slow(request: Request) -> str:
        running.set()
        time.sleep(0.1)
        return '"city": Porto'

    engine.say(Task.CORE, slow)
    model = make()
    agent = model.agent("maya", zone="UTC")
    list(agent.respond("good night"))
    agent.end_session()
    assert running.wait(20)
    closing = threading.Thread(target=agent.close)
    closing.start()
    assert model.agent("maya") is agent, "it is open until it is closed"
    closing.join(20)
    again = model.agent("maya")
    assert again is not agent
    assert again.memory.profile() == {"city": "Porto"} and len(again.memory.episodic()) == 1


def test_one_that_cannot_be_finished_keeps_no_other_open(
    make: Make, engine: ScriptedEngine
) -> None:
    def fail(request: Request) -> str:
        raise EngineUnavailable("Gone for good.")

    model = make()
    agents = [model.agent(name, zone="UTC") for name in ("maya", "noa", "ada")]
    model._updater.stop()
    for agent in agents:
        list(agent.respond("hello"))
    engine.say(Task.SEMANTIC, fail)
    with pytest.raises(EngineUnavailable):
        model.close()
    assert all(agent.closed for agent in agents)
    engine.scripts.clear()
    again = make()
    for name in ("maya", "noa", "ada"):
        agent = again.agent(name)
        agent.update()
        assert len(agent.memory.semantic()) == 1


EXIT_WITHOUT_CLOSING = """
import sys
from pathlib import Path
from scripted import HashEncoder, ScriptedEngine
from personavlm.model import PersonaVLM
model = PersonaVLM(ScriptedEngine(), "scripted", HashEncoder(), Path(sys.argv[1]))
agent = model.agent("maya", zone="UTC")
for event in agent.respond("hello"):
    pass
replying = agent.respond("unfinished")
next(replying)
"""


def test_a_program_may_end_without_closing(make: Make, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", EXIT_WITHOUT_CLOSING, str(tmp_path)],
        capture_output=True, text=True, timeout=60, cwd=Path(__file__).parent,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    agent = make().agent("maya")
    agent.update()
    assert [turn.text for turn in agent.turns()] == ["hello", "unfinished"]
    assert len(agent.memory.semantic()) == 2
