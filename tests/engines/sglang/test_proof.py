"""500 of 500 constrained outputs of each update task parse, though the weights know no words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from asking import answer
from engine_requests import UPDATES, turns_of, update

from personavlm.engines.sglang.engine import SGLangEngine
from personavlm.engines.sglang.server import Server
from personavlm.protocol import (
    Task,
    parse_entries,
    parse_semantic,
    parse_topics,
    parse_traits,
)

pytestmark = [pytest.mark.sglang, pytest.mark.timeout(900)]

OUTPUTS = 500
TURNS = [replace(turn, images=()) for turn in turns_of(3)[:2]]


@pytest.fixture(scope="module")
def engine(server: Server) -> Iterator[SGLangEngine]:
    with SGLangEngine(None, python=None, urls=(server.url,), key=server.key, gpu=False) as engine:
        yield engine


def parsed(task: Task, text: str) -> tuple[object, str | None]:
    """What the update stage would make of it."""
    match task:
        case Task.PERSONALITY:
            traits = parse_traits(text)
            return traits.value if None not in traits.value else (), traits.problem
        case Task.SEMANTIC:
            decision = parse_semantic(text)
            return decision.value, decision.problem
        case Task.EPISODIC:
            topics = parse_topics(text, rounds=len(TURNS))
            return topics.value, topics.problem
        case _:
            entries = parse_entries(text)
            return entries.value, entries.problem


def one_each(text: str) -> str:
    """What xgrammar counts as one character: it lets bytes through that are no UTF-8, such as half
    a surrogate, of which decoding makes several marks."""
    return re.sub("\ufffd+", "\ufffd", text)


@pytest.mark.parametrize("task", UPDATES)
def test_all_outputs_parse(engine: SGLangEngine, task: Task) -> None:
    # Not in the background: those would get half of the lanes.
    request = replace(update(task, TURNS), temperature=1.0, background=False)
    requests = [replace(request, seed=seed) for seed in range(OUTPUTS)]
    with ThreadPoolExecutor(32) as pool:
        outputs = [text for text, _ in pool.map(lambda asked: answer(engine, asked), requests)]
    assert request.grammar is not None
    allowed = re.compile(request.grammar.regex)
    assert [text for text in outputs if not allowed.fullmatch(one_each(text))] == []
    values = [parsed(task, text) for text in outputs]
    assert [problem for _, problem in values if problem] == []
    assert all(value for value, _ in values)
    assert len(set(outputs)) > OUTPUTS / 2  # they were drawn, not repeated
