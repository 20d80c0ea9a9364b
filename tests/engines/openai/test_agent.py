"""A turn and its updates over HTTP, with a model that writes as chat models without grammars do."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from openai_server import SERVED, Body, OpenAIServer, pictures, words_of
from scripted import HashEncoder
from seeing import sight

from personavlm.agent import Agent
from personavlm.engines.openai.engine import OpenAIEngine
from personavlm.errors import EngineUnavailable
from personavlm.memory.database import Database
from personavlm.records import AnswerDelta, Reply, Retrieval, Thought, ThoughtDelta, Window

NOON = datetime(2026, 3, 2, 12, 0)
EVENING = datetime(2026, 3, 2, 20, 0)
# What each prompt alone asks for, and what a talkative model makes of it.
WRITTEN = {
    '"openness": integer': "Sure! Here they are:\n```\nopenness: 4\nconscientiousness: 3\n"
    "extraversion: 3\nagreeableness: 3\nneuroticism: 2\n```",
    '"decision": true or false': '{"reason": "new", "decision": true, "content": '
    '"She adopted a corgi, Biscuit.", "keywords": "corgi, Biscuit"}',
    '"topic_summary": the summary': '**Topic 1**\n"topic_summary": They talked of her corgi.\n'
    '"keywords": corgi\n"source_dialog_indices": 0',
    "at most five entries": '"walks": "She walks Biscuit every morning."',
    "the name always comes first": '"name": "Maya"\n"dog": "Biscuit, a corgi"',
}


def companion(body: Body) -> str:
    """A model with manners: it searches once, then answers from what was found."""
    words = words_of(body)
    for asked, written in WRITTEN.items():
        if asked in words:
            return written
    if "adopted" in words and "Your memory returned" not in words and "called?" not in words:
        return "<think>News.</think><answer>Welcome, Biscuit!</answer>"
    if "Your memory returned" in words:
        return "<think>There she is.</think><answer>Biscuit, your corgi.</answer> Anything else?"
    return (
        '<think>Which dog?</think><retrieve>\n"keywords": corgi dog\n"start_time": "null"\n'
        '"end_time": "null"\n</retrieve>\nResults: none.'
    )


@pytest.fixture
def maya(tmp_path: Path, server: OpenAIServer, engine: OpenAIEngine) -> Agent:
    server.reply = companion
    database = Database(tmp_path, "maya", "Europe/Lisbon")
    return Agent(database, engine, HashEncoder(), see=sight())


def test_a_turn_its_updates_and_a_question_about_it(
    maya: Agent, server: OpenAIServer, picture: bytes
) -> None:
    first = maya.chat("I adopted a corgi!", image=picture, time=NOON)
    assert first.text == "Welcome, Biscuit!"
    assert pictures(server.asked[1]), "the first request was the greeting"
    assert [fact.content for fact in maya.memory.semantic()] == ["She adopted a corgi, Biscuit."]
    assert maya.personality.openness > 3 > maya.personality.neuroticism
    maya.set_clock(EVENING)
    maya.end_session()
    maya.update()
    assert [topic.summary for topic in maya.memory.episodic()] == ["They talked of her corgi."]
    assert maya.memory.profile()["dog"] == "Biscuit, a corgi"

    events = list(maya.respond("What is my dog called?", time=EVENING))
    assert (
        "".join(e.text for e in events if isinstance(e, ThoughtDelta)) == "Which dog?There she is."
    )
    answer = "".join(e.text for e in events if isinstance(e, AnswerDelta))
    reply = events[-1]
    assert isinstance(reply, Reply)
    assert answer == reply.text == "Biscuit, your corgi."
    assert [type(step) for step in reply.trace] == [Thought, Retrieval, Thought]
    assert any(hit.text == "She adopted a corgi, Biscuit." for hit in reply.hits)
    assert reply.answered_by == f"{SERVED} on openai (127.0.0.1), own prompts, no grammars"
    assert reply.usage.prompt_tokens > 100, "both steps"
    assert maya.memory.search("corgi", "my dog", Window())


def test_a_connection_that_breaks_loses_nothing_that_was_there(
    maya: Agent, server: OpenAIServer
) -> None:
    maya.chat("I adopted a corgi!", time=NOON)
    server.ending = "cut"
    with pytest.raises(EngineUnavailable, match="broke off"):
        maya.chat("What is my dog called?", time=EVENING)
    server.ending = "whole"
    assert maya.chat("What is my dog called?", time=EVENING).text == "Biscuit, your corgi."
    assert "She adopted a corgi, Biscuit." in [fact.content for fact in maya.memory.semantic()]
