"""The grammars of the update tasks: real outputs fit, and whatever fits can be parsed."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personavlm.protocol import (
    Inputs,
    Query,
    SessionInputs,
    Task,
    TurnInputs,
    grammar_for,
    parse_entries,
    parse_semantic,
    parse_topics,
    parse_traits,
)
from personavlm.protocol.grammars import MAX_HABIT_LINES
from personavlm.records import Turn

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TURN = TurnInputs({}, (), Query("Hello", NOW))


def session(rounds: int) -> SessionInputs:
    turns = tuple(Turn(i, 1, NOW, f"message {i}", (), "yes") for i in range(rounds))
    return SessionInputs({}, turns, {})


SESSION = session(12)
TASKS: list[tuple[Task, Inputs]] = [
    (Task.PERSONALITY, TURN),
    (Task.SEMANTIC, TURN),
    (Task.EPISODIC, SESSION),
    (Task.PROCEDURAL, SESSION),
    (Task.CORE, SESSION),
]
WRITTEN = {  # as the published training data has them
    Task.PERSONALITY: '"openness": 4\n"conscientiousness": 3\n"extraversion": 3\n'
    '"agreeableness": 5\n"neuroticism": 1',
    Task.SEMANTIC: '"reason": A passing question.\n"decision": False\n"content": \n"keywords": ',
    Task.EPISODIC: '"topic_summary": Ann lost a giraffe (chaotic & cute).\n"keywords": zoo, loss\n'
    '"source_dialog_indices": 0, 11',
    Task.PROCEDURAL: '"morning run": Ann runs before work.',
    Task.CORE: '"name": Ann\n"gender": Female\n"preferences": plants, Nori',
}


def matches(task: Task, inputs: Inputs, text: str) -> bool:
    grammar = grammar_for(task, inputs)
    assert grammar is not None
    return re.fullmatch(grammar.regex, text) is not None


def problem(task: Task, text: str, rounds: int) -> str | None:
    match task:
        case Task.PERSONALITY:
            return parse_traits(text).problem
        case Task.SEMANTIC:
            return parse_semantic(text).problem
        case Task.EPISODIC:
            return parse_topics(text, rounds).problem
        case _:
            return parse_entries(text).problem


@pytest.mark.parametrize(("task", "inputs"), TASKS)
def test_the_trained_format_fits(task: Task, inputs: Inputs) -> None:
    assert matches(task, inputs, WRITTEN[task])


@pytest.mark.parametrize(
    ("task", "text"),
    [
        (Task.PERSONALITY, WRITTEN[Task.PERSONALITY].replace("4", "6")),
        (Task.PERSONALITY, WRITTEN[Task.PERSONALITY].split("\n")[0]),
        (Task.SEMANTIC, WRITTEN[Task.SEMANTIC].replace("False", "True")),  # kept, but no note
        (Task.SEMANTIC, "I would keep this."),
        (Task.EPISODIC, WRITTEN[Task.EPISODIC].replace("11", "12")),  # no such round
        (Task.PROCEDURAL, "\n".join(f'"habit {i}": Runs.' for i in range(MAX_HABIT_LINES + 1))),
        (Task.CORE, '"gender": Female'),  # the name comes first
        (Task.CORE, ""),
    ],
)
def test_anything_else_does_not(task: Task, text: str) -> None:
    assert not matches(task, TURN if task in (Task.PERSONALITY, Task.SEMANTIC) else SESSION, text)


def test_reasoning_is_free_text() -> None:
    assert grammar_for(Task.REASON, TURN) is None


def test_a_session_of_one_round_has_one_topic_about_it() -> None:
    topic = WRITTEN[Task.EPISODIC].replace("0, 11", "0")
    assert matches(Task.EPISODIC, session(1), topic)
    assert not matches(Task.EPISODIC, session(1), f"{topic}\n{topic}")
    assert matches(Task.EPISODIC, session(2), f"{topic}\n{topic}")


@pytest.mark.parametrize(("task", "inputs"), TASKS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_fits_is_read_without_a_problem_and_in_bounds(
    task: Task, inputs: Inputs, data: st.DataObject
) -> None:
    grammar = grammar_for(task, inputs)
    assert grammar is not None
    text = data.draw(st.from_regex(re.compile(grammar.regex, re.ASCII), fullmatch=True))
    text = text.encode("utf-8", "ignore").decode()  # models do not write half characters
    rounds = len(inputs.dialogue)
    assert problem(task, text, rounds) is None
    assert len(text.encode()) <= grammar.max_tokens
