"""Outputs held to a grammar: whatever the weights prefer, every update can be read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import torch
from asking import answer
from checkpoints import engine_at, vision_checkpoint

from personavlm.engines.base import Request
from personavlm.engines.transformers.choice import Chooser, Grammars
from personavlm.engines.transformers.engine import TransformersEngine
from personavlm.errors import EngineUnavailable
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
from personavlm.protocol.grammars import Grammar
from personavlm.protocol.messages import Message
from personavlm.records import Turn

ROUNDS = 4
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TURN = TurnInputs({}, (), Query("Hello", NOW))
TURNS = tuple(Turn(i, 1, NOW, f"message {i}", (), "yes") for i in range(ROUNDS))
SESSION = SessionInputs({}, TURNS, {})
TASKS: dict[Task, Inputs] = {
    Task.PERSONALITY: TURN,
    Task.SEMANTIC: TURN,
    Task.EPISODIC: SESSION,
    Task.PROCEDURAL: SESSION,
    Task.CORE: SESSION,
}


def grammar_of(task: Task) -> Grammar:
    grammar = grammar_for(task, TASKS[task])
    assert grammar is not None
    return grammar


def problem(task: Task, text: str) -> str | None:
    match task:
        case Task.PERSONALITY:
            return parse_traits(text).problem
        case Task.SEMANTIC:
            return parse_semantic(text).problem
        case Task.EPISODIC:
            return parse_topics(text, ROUNDS).problem
        case _:
            return parse_entries(text).problem


def constrained(engine: TransformersEngine, task: Task, seed: int) -> tuple[str, int]:
    """An output at temperature 1, and its tokens."""
    grammar = grammar_of(task)
    request = Request(
        task,
        TASKS[task],
        (Message("user", (f"Message {seed}",)),),
        grammar,
        max_tokens=grammar.max_tokens,
        temperature=1.0,
        seed=seed,
    )
    text, usage = answer(engine, request)
    return text, usage.completion_tokens


@pytest.mark.parametrize("task", TASKS)
def test_what_a_model_writes_can_be_read(vision: TransformersEngine, task: Task) -> None:
    texts = [constrained(vision, task, seed)[0] for seed in range(3)]
    assert [problem(task, text) for text in texts] == [None] * 3
    assert all(re.fullmatch(grammar_of(task).regex, text) for text in texts)
    assert len(set(texts)) > 1


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("weights", range(5))
def test_five_hundred_of_five_hundred_can_be_read(tmp_path: Any, task: Task, weights: int) -> None:
    """A hundred outputs of each of five sets of random weights."""
    with engine_at(vision_checkpoint(tmp_path, seed=weights)) as engine:
        texts = [constrained(engine, task, seed)[0] for seed in range(100)]
    assert [text for text in texts if problem(task, text) is not None] == []


@pytest.mark.parametrize("task", TASKS)
def test_any_preferences_are_held_to_the_format(vision: TransformersEngine, task: Task) -> None:
    """60 outputs with the real tokenizer and random logits in the network's place, which takes
    nine tenths of the time. `test_five_hundred...` has the network in it."""
    model = vision._model
    assert model is not None
    grammar = grammar_of(task)
    chance = torch.Generator().manual_seed(0)
    for seed in range(60):
        chooser = Chooser(1.0, seed, model.grammars.start(grammar))
        drawn: list[int] = []
        while len(drawn) < grammar.max_tokens:
            logits = torch.randn(model.network.lm_head.out_features, generator=chance) * 3
            token = chooser.pick(logits)
            if token in model.ends:
                break
            drawn.append(token)
            if not chooser.accept(token):
                break
        assert problem(task, model.tokenizer.decode(drawn)) is None


def test_nothing_follows_a_finished_output(vision: TransformersEngine) -> None:
    """The turn ends with the last character that the grammar has, without another step."""
    request = Request(
        Task.SEMANTIC, TURN, (Message("user", ("Yes?",)),), Grammar("(?:yes|no)", 8), max_tokens=50
    )
    text, usage = answer(vision, request)
    assert text in ("yes", "no")
    assert usage.completion_tokens <= 3


def test_greedy_is_the_likeliest_of_what_is_allowed(vision: TransformersEngine) -> None:
    model = vision._model
    assert model is not None
    constraint = model.grammars.start(Grammar("[ab]c", 2))
    logits = torch.zeros(model.network.lm_head.out_features)
    encode = model.tokenizer.convert_tokens_to_ids
    logits[encode("z")], logits[encode("b")] = 9.0, 5.0
    allowed = constraint.allowed()
    assert allowed.shape == logits.shape
    assert {int(i) for i in allowed.nonzero()} >= {encode("a"), encode("b")}
    assert not allowed[encode("z")]
    chooser = Chooser(0.0, 0, constraint)
    assert chooser.pick(logits) == encode("b")
    assert chooser.accept(encode("b")) and not chooser.accept(encode("c"))


def test_grammars_are_compiled_once(vision: TransformersEngine) -> None:
    model = vision._model
    assert model is not None
    grammars = Grammars(model.tokenizer, 512, model.ends)
    for _ in range(3):
        grammars.start(Grammar("once", 4)).accept(model.tokenizer.convert_tokens_to_ids("o"))
    assert grammars._compiled.cache_info().misses == 1  # type: ignore[attr-defined]


def test_a_grammar_that_is_none_is_said(vision: TransformersEngine) -> None:
    model = vision._model
    assert model is not None
    with pytest.raises(EngineUnavailable, match="cannot be held to its format"):
        model.grammars.start(Grammar("(unclosed", 4))
