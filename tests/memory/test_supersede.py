"""Facts that a newer one replaces: told by their words, kept, marked, found behind it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from scripted import START, HashEncoder, ScriptedEngine

from personavlm.agent import Agent
from personavlm.memory.supersede import NEAR, replaces
from personavlm.prompts import OWN
from personavlm.protocol import SemanticDecision, Task, write_semantic
from personavlm.protocol.inputs import AnswerInputs, Query
from personavlm.records import Retrieval, Window

ESPRESSO, TEA = "Drinks espresso every morning", "Drinks tea every morning instead"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("Likes jazz.", "No longer likes jazz."),
        ("Loves jazz.", "The user does not like jazz anymore."),
        ("Is vegetarian.", "Is no longer vegetarian."),
        ("Runs on Thursdays.", "Now runs on Fridays instead."),
        ("Drives a Renault Clio.", "Sold the Clio and bought a bike."),
        ("Favourite drink is espresso.", "I switched from espresso to green tea."),
        ("My favorite colour is blue", "My favourite colour is green"),
        ("The dentist appointment is on Tuesday.", "The dentist appointment moved to Friday."),
    ],
)
def test_a_change_replaces_what_it_changes(older: str, newer: str) -> None:
    assert replaces(newer, older, NEAR)
    assert not replaces(newer, older, NEAR - 0.01), "of another matter"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("Likes jazz.", "Likes jazz."),
        ("Plays the violin.", "Now plays the violin every morning."),
        ("Has a corgi called Biscuit.", "Bought a new leash for Biscuit."),
        ("Likes walnuts.", "Does not like almonds."),
        ("My favourite colour is blue", "My favourite song is Blue in Green"),
        ("Has a sister in Porto.", "Has a brother in Porto."),
        ("Works at a bakery.", ""),
    ],
)
def test_what_still_holds_is_left_alone(older: str, newer: str) -> None:
    assert not replaces(newer, older, 1.0)


@pytest.fixture
def changed(agent: Agent, engine: ScriptedEngine) -> Agent:
    """First espresso, then, a week later, tea."""
    for days, content in enumerate((ESPRESSO, TEA)):
        decision = SemanticDecision("a habit", True, content, ("drinks",), ())
        engine.say(Task.SEMANTIC, lambda request, it=decision: write_semantic(it))
        agent.chat(f"I tell you: {content}", time=START + timedelta(weeks=days))
    agent.finish()
    return agent


def test_the_older_fact_is_kept_and_says_until_when_it_held(changed: Agent) -> None:
    tea, espresso = changed.memory.semantic()
    assert (espresso.content, espresso.superseded) == (ESPRESSO, tea.time)
    assert tea.superseded is None


def test_both_are_found_and_the_newer_comes_first(changed: Agent) -> None:
    hits = [hit for hit in changed.memory.search("espresso", "espresso every morning", Window())
            if hit.id.startswith("semantic")]  # fmt: skip
    assert [hit.text for hit in hits] == [TEA, ESPRESSO]
    assert hits[1].end == hits[0].time and hits[0].end is None


def test_a_window_before_the_change_holds_only_what_held_then(changed: Agent) -> None:
    before = Window(end=(START + timedelta(days=1)).replace(tzinfo=changed.now().tzinfo))
    hits = changed.memory.search("espresso", "espresso every morning", before)
    assert TEA not in {hit.text for hit in hits} and ESPRESSO in {hit.text for hit in hits}


def test_the_model_is_told_until_when(changed: Agent) -> None:
    asked = Query("What did I drink before?", changed.now())
    found = changed.memory.find("drinks", asked.text, Window(), now=asked.time)
    inputs = AnswerInputs(
        {}, changed.personality, (), asked, Retrieval("drinks", None, None, found.hits)
    )
    prompt = "".join(message.text for message in OWN.render(Task.ANSWER, inputs))
    [line] = [line for line in prompt.splitlines() if ", until " in line]
    assert line.endswith(f": {ESPRESSO}")


def test_without_the_newer_fact_the_older_holds_again(changed: Agent) -> None:
    changed.memory.delete(["semantic:2"])
    [espresso] = changed.memory.semantic()
    assert espresso.superseded is None
    changed.memory.undo_delete()
    assert changed.memory.semantic()[1].superseded is not None


def test_a_chain_leads_to_what_holds_now(changed: Agent, engine: ScriptedEngine) -> None:
    water = SemanticDecision("", True, "Drinks water instead of tea", ("drinks",), ())
    engine.say(Task.SEMANTIC, lambda request: write_semantic(water))
    changed.chat("I tell you: water", time=START + timedelta(weeks=3))
    changed.finish()
    assert changed.memory.knowledge.successors([1, 2, 3]) == {1: 3, 2: 3}


def test_it_goes_along_in_an_export(changed: Agent) -> None:
    archive = changed.memory.export()
    changed.memory.delete(["semantic:2"])
    changed.memory.import_(archive)
    assert [fact.superseded is None for fact in changed.memory.semantic()] == [True, False]


def test_vectors_of_the_tests_put_the_two_near_enough() -> None:
    first, second = HashEncoder().encode([ESPRESSO, TEA])
    assert float(first @ second) >= NEAR
