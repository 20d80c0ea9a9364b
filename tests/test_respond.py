"""The response stage with a model whose every word is scripted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from scripted import START, ScriptedEngine

from personavlm.agent import Agent
from personavlm.engines.base import Chunk, Request
from personavlm.errors import EngineUnavailable
from personavlm.personality import BigFive
from personavlm.protocol import Task
from personavlm.records import AnswerDelta, MemoryType, Reply, Retrieval, Thought, ThoughtDelta
from personavlm.respond import NO_WORDS, Options

SEARCHED = {MemoryType.SEMANTIC, MemoryType.EPISODIC, MemoryType.PROCEDURAL}
ANSWER = "<think>Enough is known.</think><answer>Biscuit, your corgi.</answer>"


def ask_for(keywords: str, start: str = "null", end: str = "null") -> str:
    return (
        f'<think>Look for {keywords}.</think><retrieve>\n"keywords": {keywords}\n'
        f'"start_time": "{start}"\n"end_time": "{end}"\n</retrieve>'
    )


@pytest.fixture
def known(agent: Agent) -> Agent:
    """An agent with two finished sessions, two days ago and one day ago."""
    for day, text in enumerate(("I adopted a corgi called Biscuit", "I bought a red bike")):
        agent.chat(text, time=START + timedelta(days=day))
        agent.finish()
    agent.set_clock(START + timedelta(days=3))
    return agent


def searches(reply: Reply) -> list[Retrieval]:
    return [step for step in reply.trace if isinstance(step, Retrieval)]


def test_thought_and_answer_stream_in_order(agent: Agent, engine: ScriptedEngine) -> None:
    engine.say(Task.REASON, ANSWER)
    events = list(agent.respond("What is my dog called?"))
    kinds = [type(event) for event in events]
    assert kinds.index(Thought) > kinds.index(ThoughtDelta)
    assert kinds.index(AnswerDelta) > kinds.index(Thought)
    assert kinds[-1] is Reply
    thought = "".join(e.text for e in events if isinstance(e, ThoughtDelta))
    answer = "".join(e.text for e in events if isinstance(e, AnswerDelta))
    assert (thought, answer) == ("Enough is known.", "Biscuit, your corgi.")
    assert events[-1].text == answer
    assert events[-1].usage.prompt_tokens == 10


def test_retrieves_then_answers(known: Agent, engine: ScriptedEngine) -> None:
    engine.say(Task.REASON, [ask_for("corgi"), ANSWER])
    reply = known.chat("What is my dog called?")
    [search] = searches(reply)
    assert search.keywords == "corgi"
    assert any("Biscuit" in hit.text for hit in search.hits)
    assert reply.text == "Biscuit, your corgi."


def test_a_window_is_honoured(known: Agent, engine: ScriptedEngine) -> None:
    engine.say(Task.REASON, [ask_for("corgi", "2026-03-03 00:00", "2026-03-03 23:59"), ANSWER])
    [search] = searches(known.chat("What did I say yesterday?"))
    dated = [hit for hit in search.hits if not hit.id.startswith("procedural")]
    assert dated and all(hit.time.day == 3 for hit in dated)


def test_at_most_three_retrievals_and_the_last_step_must_answer(
    known: Agent, engine: ScriptedEngine
) -> None:
    engine.say(Task.REASON, [ask_for(word) for word in ("a", "b", "c", "d", "e")])
    engine.say(Task.ANSWER, "That is all I found.")
    reply = known.chat("What is my dog called?")
    assert len(searches(reply)) == 3
    asked = engine.asked(Task.REASON)[-4:]
    assert [request.inputs.may_retrieve for request in asked] == [True, True, True, False]
    assert reply.text == "That is all I found."


def test_nothing_is_retrieved_twice(known: Agent, engine: ScriptedEngine) -> None:
    engine.say(Task.REASON, [ask_for("corgi"), ask_for("corgi dog"), ask_for("bike"), ANSWER])
    ids = [hit.id for search in searches(known.chat("Tell me")) for hit in search.hits]
    assert ids and len(ids) == len(set(ids))


def test_an_identical_request_is_answered_from_what_is_there(
    known: Agent, engine: ScriptedEngine
) -> None:
    engine.say(Task.REASON, [ask_for("corgi"), ask_for("Corgi"), ANSWER])
    first, second = searches(known.chat("What is my dog called?"))
    assert first.hits and not second.hits
    assert "same search" in second.note
    assert not engine.asked(Task.REASON)[-1].inputs.may_retrieve


def test_without_reasoning_one_search_with_the_raw_message(
    known: Agent, engine: ScriptedEngine
) -> None:
    engine.say(Task.ANSWER, "Biscuit.")
    reply = known.chat("What is my corgi called?", options=Options(reasoning=False))
    [search] = reply.trace
    assert isinstance(search, Retrieval) and search.keywords == "What is my corgi called?"
    assert search.start is None and search.end is None
    assert reply.text == "Biscuit."


def test_forced_retrieval_happens_even_if_the_model_answers(
    known: Agent, engine: ScriptedEngine
) -> None:
    engine.say(Task.REASON, ["<think>Easy.</think><answer>A wrong guess</answer>", ANSWER])
    reply = known.chat("What is my corgi called?", options=Options(force_retrieval=True))
    assert len(searches(reply)) == 1
    assert reply.text == "Biscuit, your corgi."
    assert engine.asked(Task.REASON)[-2].inputs.must_retrieve


@pytest.mark.parametrize("kind", list(MemoryType))
def test_a_hidden_kind_of_memory_is_not_shown_and_stays(
    known: Agent, engine: ScriptedEngine, kind: MemoryType
) -> None:
    engine.say(Task.REASON, [ask_for("corgi"), ANSWER])
    seen = known.chat("My corgi?", options=Options(remember=False))
    asked = engine.asked(Task.REASON)[-1].inputs
    assert asked.profile and {hit.type for hit in seen.hits} == SEARCHED
    before = known.memory.export()

    engine.say(Task.REASON, [ask_for("corgi"), ANSWER])
    reply = known.chat("My corgi?", options=Options(remember=False, without=frozenset({kind})))
    asked = engine.asked(Task.REASON)[-1].inputs
    assert bool(asked.profile) == (kind is not MemoryType.CORE)
    assert {hit.type for hit in reply.hits} == SEARCHED - {kind}
    assert known.memory.export() == before


def test_a_hidden_personality_is_neutral(known: Agent, engine: ScriptedEngine) -> None:
    assert known.personality != BigFive()
    for shown, expected in ((True, known.personality), (False, BigFive())):
        known.chat("Who am I?", options=Options(remember=False, personality=shown))
        assert engine.asked(Task.REASON)[-1].inputs.personality == expected


def test_with_memory_off_nothing_is_read_or_written(known: Agent, engine: ScriptedEngine) -> None:
    engine.say(Task.REASON, [ask_for("corgi"), ANSWER])
    engine.say(Task.ANSWER, "I cannot look.")
    before = known.memory.export()
    reply = known.chat("Who am I?", options=Options(recall=False, remember=False))
    asked = engine.asked(Task.REASON)[-1].inputs
    assert not asked.profile and not asked.may_retrieve
    assert not searches(reply) and reply.turn is None
    assert known.memory.export() == before


@pytest.mark.parametrize("words", ["", "<think>Hm.</think>", "<answer></answer>", "<retrieve>"])
def test_a_model_that_says_nothing_never_breaks_a_turn(
    known: Agent, engine: ScriptedEngine, words: str
) -> None:
    engine.say(Task.REASON, words)
    engine.say(Task.ANSWER, "")
    reply = known.chat("What is my corgi called?")
    assert reply.text == NO_WORDS
    assert known.memory.turn(reply.turn or 0).reply == NO_WORDS


def test_an_engine_that_fails_midway_keeps_the_turn(agent: Agent, engine: ScriptedEngine) -> None:
    def fail(request: Request) -> str:
        raise EngineUnavailable("The server stopped. Try again.")

    engine.say(Task.REASON, fail)
    with pytest.raises(EngineUnavailable):
        list(agent.respond("I moved to Porto"))
    [turn] = agent.turns()
    assert (turn.text, turn.state, turn.reply) == ("I moved to Porto", "failed", None)
    engine.say(Task.REASON, ANSWER)
    reply = agent.chat("I moved to Porto", replaces=turn.id)
    assert [t.state for t in agent.turns()] == ["done"]
    assert reply.turn == turn.id


def test_stopping_keeps_what_was_said_so_far(agent: Agent, engine: ScriptedEngine) -> None:
    engine.say(Task.REASON, ANSWER)
    stream = agent.respond("I like jazz")
    for event in stream:
        if isinstance(event, AnswerDelta):
            break
    stream.close()  # type: ignore[attr-defined]
    [turn] = agent.turns()
    assert turn.state == "stopped"
    assert turn.reply and "Biscuit, your corgi.".startswith(turn.reply)
    assert agent.update(), "what was said is remembered all the same"


def test_closing_the_reply_closes_the_engine(agent: Agent, engine: ScriptedEngine) -> None:
    closed = []

    def endless(request: Request):  # type: ignore[no-untyped-def]
        try:
            while True:
                yield Chunk("<think>on and on ")
        finally:
            closed.append(True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "generate", endless)
        stream = agent.respond("Hello")
        next(stream)
        stream.close()  # type: ignore[attr-defined]
    assert closed == [True]


def test_the_reply_is_on_disk_before_it_is_seen(
    agent: Agent, engine: ScriptedEngine, open_agent: Callable[..., Agent]
) -> None:
    engine.say(Task.REASON, ANSWER)
    for event in agent.respond("Hello there"):
        if isinstance(event, Reply):
            stored = agent.memory.turn(event.turn or 0)
            assert stored.reply == event.text and stored.state == "done"
            assert agent.updating()


def test_tags_in_a_plain_answer_are_not_shown(known: Agent, engine: ScriptedEngine) -> None:
    engine.say(Task.ANSWER, "<think>Hm.</think><answer>Biscuit.</answer>")
    reply = known.chat("What is my corgi called?", options=Options(reasoning=False))
    assert reply.text == "Biscuit."
