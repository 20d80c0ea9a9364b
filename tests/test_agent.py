"""One person's agent: sessions, updates, taking back, what a restart finds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from scripted import START, HashEncoder, ScriptedEngine

from personavlm.agent import Agent
from personavlm.engines.base import Request
from personavlm.errors import BadImage, BadInput, EngineUnavailable, MemoryUnavailable
from personavlm.personality import BigFive
from personavlm.protocol import ReasonInputs, SessionInputs, Task
from personavlm.records import MemoryType, Window
from personavlm.respond import Options

Open = Callable[..., Agent]


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def prompt_turns(engine: ScriptedEngine) -> list[str]:
    inputs = engine.asked(Task.REASON)[-1].inputs
    assert isinstance(inputs, ReasonInputs)
    return [turn.text for turn in inputs.dialogue]


def test_the_prompt_shows_the_last_hour_of_the_session(
    agent: Agent, engine: ScriptedEngine
) -> None:
    for minutes in (0, 40, 80):
        agent.chat(f"message at {minutes}", time=START + timedelta(minutes=minutes))
    assert prompt_turns(engine) == ["message at 40"]
    assert len(agent.memory.episodic()) == 0, "the session still runs"


def test_turns_that_leave_the_prompt_are_searchable_at_once(agent: Agent) -> None:
    for hour in range(5):
        agent.chat(f"unicorn number {hour}", time=at(hour * 0.9))
    hits = agent.memory.search("unicorn", "unicorn number 0", Window())
    assert "turn:1" in {hit.id for hit in hits}


def test_an_hour_of_silence_ends_the_session(agent: Agent) -> None:
    agent.chat("good morning", time=at(0))
    agent.chat("exactly an hour later", time=at(1))
    assert len({turn.session for turn in agent.turns()}) == 1
    agent.chat("and then more than one", time=at(2.1))
    assert len({turn.session for turn in agent.turns()}) == 2
    assert [topic.turns for topic in agent.memory.episodic()] == [(1, 2)]


def test_the_timer_ends_an_idle_session(agent: Agent) -> None:
    agent.chat("good morning")
    agent.end_if_idle()
    assert agent.session_open()
    agent.set_clock(at(1.1))
    agent.end_if_idle()
    assert not agent.session_open() and agent.updating()


def test_the_timer_leaves_a_replayed_history_alone(agent: Agent) -> None:
    agent.set_clock(None)  # years after what is replayed
    agent.observe("long ago", "I see.", time=datetime(2020, 1, 1, 12, 0))
    agent.end_if_idle()
    assert agent.session_open()


def test_a_session_leaves_topics_habits_and_profile(agent: Agent, engine: ScriptedEngine) -> None:
    agent.chat("I run every Thursday")
    kinds = [done.kind for done in agent.finish()]
    assert kinds == ["episodic", "procedural", "core"]
    assert agent.memory.profile() == {"name": "Maya", "city": "Lisbon"}
    assert [entry.key for entry in agent.memory.procedural()] == ["running"]
    order = [r.task for r in engine.requests if isinstance(r.inputs, SessionInputs)]
    assert order == [Task.EPISODIC, Task.PROCEDURAL, Task.CORE]


def test_a_garbled_session_update_keeps_the_old_memory(
    agent: Agent, engine: ScriptedEngine
) -> None:
    agent.chat("hello", time=at(0))
    agent.finish()
    for task in (Task.EPISODIC, Task.PROCEDURAL, Task.CORE, Task.SEMANTIC, Task.PERSONALITY):
        engine.say(task, "I'd rather not say")
    before = agent.personality
    agent.chat("hello again", time=at(5))
    notes = agent.finish()
    assert all(not note.saved and note.text for note in notes)
    assert agent.memory.profile() == {"name": "Maya", "city": "Lisbon"}
    assert len(agent.memory.procedural()) == 1
    assert agent.personality == before
    found = agent.memory.search("hello again", "hello again", Window())
    assert "turn:2" in {hit.id for hit in found}, "a turn without a topic is found by itself"


def test_remembered_says_what_was_saved_and_why_not(agent: Agent, engine: ScriptedEngine) -> None:
    reply = agent.chat("I can't eat walnuts")
    told = {r.kind: r for r in agent.remembered(reply.turn or 0)}
    assert told["semantic"].saved and "walnuts" in told["semantic"].text
    assert "openness 3.00 → 3.50" in told["personality"].text
    engine.say(
        Task.SEMANTIC,
        '"reason": just a greeting\n"decision": false\n"content": ""\n"keywords": ""',
    )
    reply = agent.chat("hi")
    told = {r.kind: r for r in agent.remembered(reply.turn or 0)}
    assert not told["semantic"].saved and told["semantic"].text == "just a greeting"


def test_what_is_deleted_is_gone_from_old_traces(agent: Agent, engine: ScriptedEngine) -> None:
    agent.chat("my secret is xylophone", time=at(0))
    agent.finish()
    engine.say(
        Task.REASON,
        [
            '<think>Look.</think><retrieve>\n"keywords": xylophone\n"start_time": "null"\n'
            '"end_time": "null"\n</retrieve>',
            "<think>ok</think><answer>Yes.</answer>",
        ],
    )
    reply = agent.chat("what is my secret?", time=at(48))
    assert "semantic:1" in {hit.id for hit in reply.hits}
    agent.memory.delete(["semantic:1"])
    assert "semantic:1" not in {hit.id for hit in agent.reply(reply.turn or 0).hits}


def test_personality_moves_by_the_rule_and_says_from_what(agent: Agent) -> None:
    agent.chat("I love new ideas")
    assert agent.personality == BigFive(openness=3.5, neuroticism=2.5)
    [record] = agent.personality_history
    assert (record.sentence, record.source, record.inferred) == (
        "I love new ideas",
        "inferred",
        (4, 3, 3, 3, 2),
    )
    agent.freeze("openness", True)
    agent.correct("neuroticism", 4.0)
    agent.chat("I love new ideas")
    assert agent.personality.openness == 3.5
    assert 3.0 < agent.personality.neuroticism < 4.0
    agent.reset()
    assert agent.personality == BigFive()
    with pytest.raises(BadInput, match="not a trait"):
        agent.freeze("charm", True)


def test_undo_takes_back_all_that_came_of_a_turn(agent: Agent) -> None:
    agent.chat("first", time=at(0))
    agent.finish()
    before = agent.memory.export()
    agent.chat("second", time=at(10))
    agent.finish()
    agent.correct("openness", 5)
    undone = agent.undo_turn()
    assert undone is not None and undone.text == "second"
    assert agent.memory.counts()["turns"] == 1
    assert not agent.memory.semantic("second") and not agent.memory.episodic("second")
    agent.memory.import_(before)
    assert agent.memory.export() == before


def test_undo_reopens_nothing_it_should_not(agent: Agent) -> None:
    agent.chat("one", time=at(0))
    agent.chat("two", time=at(0.1))
    agent.finish()
    agent.undo_turn()
    agent.update()
    [topic] = agent.memory.episodic()
    assert topic.turns == (1,), "the ended session was consolidated again without the turn"


def test_editing_replaces_the_last_turn_and_its_memory(agent: Agent, picture: bytes) -> None:
    first = agent.chat("I live in Porto", picture)
    agent.finish()
    agent.chat("I live in Braga", replaces=first.turn)
    [turn] = agent.turns()
    assert turn.text == "I live in Braga" and len(turn.images) == 1
    assert [fact.content for fact in agent.memory.semantic()] == ["I live in Braga"]
    with pytest.raises(BadInput, match="last message"):
        list(agent.respond("too late", replaces=turn.id + 5))
    assert agent.turns() == [turn]


def test_retry_after_new_messages_is_refused(agent: Agent) -> None:
    first = agent.chat("one")
    agent.chat("two")
    with pytest.raises(BadInput, match="last message"):
        list(agent.respond("one", replaces=first.turn))
    assert [turn.text for turn in agent.turns()] == ["one", "two"]


def test_a_restart_finds_everything(agent: Agent, open_agent: Open, tmp_path: Path) -> None:
    reply = agent.chat("I adopted Biscuit")
    list(agent.respond("and I bought a bike"))  # its update is still queued
    shown = agent.reply(reply.turn or 0)
    agent._database.close()  # as if the process had ended
    agent.closed = True
    again = open_agent()
    assert [turn.text for turn in again.turns()] == ["I adopted Biscuit", "and I bought a bike"]
    assert again.reply(reply.turn or 0) == shown
    assert again.updating()
    again.update()
    assert len(again.memory.semantic()) == 2


def test_closing_ends_the_session(agent: Agent, open_agent: Open) -> None:
    agent.chat("good night")
    agent.close()
    agent.close()
    again = open_agent()
    assert not again.session_open()
    assert len(again.memory.episodic()) == 1
    with pytest.raises(MemoryUnavailable, match="closed"):
        agent.turns()


def test_people_cannot_see_each_other(open_agent: Open, tmp_path: Path) -> None:
    ids = ["maya", "../maya", "maya/../../etc", "玛雅", "x" * 10_000, "a'; DROP TABLE turns; --"]
    agents = [open_agent(id) for id in ids]
    for agent in agents:
        agent.chat(f"I am {agent.user_id[:20]}")
    for agent in agents:
        assert [turn.text for turn in agent.turns()] == [f"I am {agent.user_id[:20]}"]
        hits = agent.memory.search("I am", "I am", Window())
        assert all(turn.text.startswith("I am") for hit in hits for turn in hit.turns)
    folders = {path.name for path in (tmp_path / "people").iterdir()}
    assert len(folders) == len(ids) and all(len(name) == 32 for name in folders)


def test_an_empty_id_is_refused(open_agent: Open) -> None:
    with pytest.raises(BadInput, match="empty"):
        open_agent("  ")


def test_observe_replays_a_history(agent: Agent) -> None:
    agent.observe("I moved house", "How exciting!", time=at(0))
    agent.observe("and painted it green", "Lovely.", time=at(3))
    agent.finish()
    assert [turn.reply for turn in agent.turns()] == ["How exciting!", "Lovely."]
    assert len(agent.memory.semantic()) == 2 and len(agent.memory.episodic()) == 2


def test_a_question_in_the_past_without_remembering(agent: Agent) -> None:
    agent.chat("hello", time=at(0))
    reply = agent.chat("earlier?", time=at(-100), options=Options(remember=False))
    assert reply.turn is None and len(agent.turns()) == 1


BAD_MESSAGES = [("", "empty"), ("   \n", "empty"), ("x" * 100_000, "100,000 characters")]


@pytest.mark.parametrize(("text", "told"), BAD_MESSAGES)
def test_bad_messages_are_refused_before_anything_is_stored(
    agent: Agent, text: str, told: str
) -> None:
    with pytest.raises(BadInput, match=told):
        agent.respond(text)
    assert agent.turns() == []


def test_time_cannot_go_back(agent: Agent) -> None:
    agent.chat("hello", time=at(5))
    with pytest.raises(BadInput, match="Set the clock"):
        agent.chat("earlier", time=at(4))
    assert len(agent.turns()) == 1


def test_too_many_pictures(agent: Agent, picture: bytes) -> None:
    with pytest.raises(BadInput, match="20 pictures"):
        agent.respond("look", [picture] * 20)
    with pytest.raises(BadImage):
        agent.respond("look", b"not a picture")
    assert agent.turns() == []


def test_pictures_come_back_with_a_retrieved_turn(
    agent: Agent, engine: ScriptedEngine, picture: bytes
) -> None:
    agent.chat("this is Biscuit", picture, time=at(0))
    agent.finish()
    engine.say(
        Task.REASON,
        [
            '<think>Look.</think><retrieve>\n"keywords": Biscuit\n"start_time": "null"\n'
            '"end_time": "null"\n</retrieve>',
            "<think>ok</think><answer>Here.</answer>",
        ],
    )
    reply = agent.chat("show me Biscuit", time=at(48))
    shown = [image for hit in reply.hits for image in hit.images]
    assert shown and shown[0].path.exists()
    assert len({image.hash for image in shown}) == len(shown), "no picture twice"
    parts = [part for m in engine.asked(Task.REASON)[-1].messages for part in m.parts]
    assert any(not isinstance(part, str) for part in parts), "the model sees it again"


def test_a_failing_engine_leaves_updates_queued(agent: Agent, engine: ScriptedEngine) -> None:
    def fail(request: Request) -> str:
        raise EngineUnavailable("Away for a moment.")

    kept = engine.scripts.copy()
    engine.say(Task.SEMANTIC, fail)
    list(agent.respond("I like jazz"))
    with pytest.raises(EngineUnavailable):
        agent.update()
    assert agent.updating()
    engine.scripts = kept
    agent.update()
    assert len(agent.memory.semantic()) == 1 and len(agent.personality_history) == 1


def test_an_update_that_always_breaks_is_given_up_with_a_note(
    agent: Agent, engine: ScriptedEngine
) -> None:
    def broken(request: Request) -> str:
        raise ZeroDivisionError

    engine.say(Task.SEMANTIC, broken)
    [*_, reply] = list(agent.respond("I like jazz"))
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            agent.update()
    assert not agent.updating()
    [note] = agent.remembered(reply.turn)  # type: ignore[union-attr]
    assert not note.saved and "given up" in note.text
    assert agent.turns()[0].text == "I like jazz"


def test_a_message_edited_during_its_update_leaves_only_the_new_one(
    agent: Agent, engine: ScriptedEngine
) -> None:
    *_, first = agent.respond("I live in Porto")

    def edit_meanwhile(request: Request) -> str:
        engine.scripts.pop(Task.SEMANTIC)
        list(agent.respond("I live in Braga", replaces=first.turn))  # type: ignore[union-attr]
        return '"reason": r\n"decision": true\n"content": lives in Porto\n"keywords": Porto'

    engine.say(Task.SEMANTIC, edit_meanwhile)
    agent.update()
    assert [fact.content for fact in agent.memory.semantic()] == ["I live in Braga"]
    assert len(agent.personality_history) == 1


def test_each_text_is_embedded_once(agent: Agent, encoder: HashEncoder) -> None:
    for hour in range(4):
        agent.chat(f"note {hour}", time=at(hour * 2))
    agent.finish()
    encoder.encoded = 0
    agent.memory.index.unload()
    agent.memory.index.sync()
    assert encoder.encoded == 0


def test_profile_versions_are_kept(agent: Agent, engine: ScriptedEngine) -> None:
    agent.chat("I live in Lisbon", time=at(0))
    agent.finish()
    engine.say(Task.CORE, '"city": Porto')
    agent.chat("I moved to Porto", time=at(5))
    agent.finish()
    assert agent.memory.profile() == {"name": "Maya", "city": "Porto"}
    values = [(e.value, e.superseded is None) for e in agent.memory.core("city", history=True)]
    assert values == [("Lisbon", False), ("Porto", True)]
    agent.undo_turn()
    assert agent.memory.profile() == {"name": "Maya", "city": "Lisbon"}


def test_habits_stay_at_five(agent: Agent, engine: ScriptedEngine) -> None:
    lines = "\n".join(f'"habit {i}": does it {i} times a week' for i in range(9))
    engine.say(Task.PROCEDURAL, lines)
    agent.chat("a lot")
    agent.finish()
    assert len(agent.memory.procedural()) == 5
    assert len(agent.memory.knowledge.current(MemoryType.PROCEDURAL)) == 5
