"""Sampling side by side: what is drawn, and with what probability, is as if each were alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl", reason="the extra `train` is not installed")

import torch
from checkpoints import weights_at
from transformers import LlamaConfig, LlamaForCausalLM

from personavlm.training.base import Base, open_base
from personavlm.training.rollout.decoder import Decoder, Sampling
from personavlm.training.rollout.row import Row
from personavlm.training.rollout.writer import Piece

FREE = Sampling(temperature=1.0, top_p=1.0, top_k=500, repetition_penalty=1.0, most=9)


@pytest.fixture(scope="module")
def base(tiny_text: Path) -> Base:
    return open_base(weights_at(tiny_text))


def qwen(base: Base) -> Any:
    return base.load(torch.float32).eval()


def llama(base: Base) -> Any:
    """SmolLM2's architecture, with the tiny tokenizer's words."""
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=512, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2,
    )  # fmt: skip
    return LlamaForCausalLM(config).eval()


def piece(base: Base, text: str) -> Piece:
    return Piece(tuple(base.tokenizer(text, add_special_tokens=False)["input_ids"]))


def decoder(network: Any, base: Base, told: Sampling = FREE, ends: frozenset[int] = frozenset(),
            stops: tuple[str, ...] = ()) -> Decoder:  # fmt: skip
    return Decoder(network, base.tokenizer, base.eyes, told, ends, stops)


def alone(network: Any, row: Row, temperature: float = 1.0) -> list[float]:
    """The log-probabilities of a row's drawn tokens, read by itself in one go."""
    with torch.no_grad():
        logits = network(torch.tensor([row.ids])).logits[0].float() / temperature
    odds = torch.log_softmax(logits, dim=-1)
    return [float(odds[at - 1, token]) for at, token in drawn(row)]


def drawn(row: Row) -> list[tuple[int, int]]:
    return [(at, row.ids[at]) for at, made in enumerate(row.made) if made]


@pytest.mark.parametrize("make", [qwen, llama])
def test_steps_side_by_side_are_as_each_alone(base: Base, make: Any) -> None:
    """Rows of other lengths, that end at other times, over three steps with text between them."""
    torch.manual_seed(0)
    network = make(base)
    ends = frozenset(range(0, 512, 7))
    rows = [Row() for _ in range(5)]
    first = [piece(base, text) for text in ("Hello", "You are the companion", "Hello")]
    writes = decoder(network, base, ends=ends)
    writes.step(rows[:3], first)
    writes.step([rows[2], rows[0]], [piece(base, " of one person."), piece(base, "!")])
    writes.step([rows[3], rows[2], rows[4]], [first[0], piece(base, " day"), first[0]])
    assert [len(row.texts) for row in rows] == [2, 1, 3, 1, 1]
    lengths = {sum(row.made) for row in rows}
    assert len(lengths) > 2, "they ended at other times"
    for row in rows:
        told = [row.logprobs[at] for at, _ in drawn(row)]
        assert told == pytest.approx(alone(network, row), abs=1e-4)
        assert len(row.ids) == len(row.made) == len(row.logprobs)


def test_a_row_ends_with_an_end_a_stop_or_the_limit(base: Base) -> None:
    torch.manual_seed(0)
    network = qwen(base)
    row = Row()
    decoder(network, base).step([row], [piece(base, "Hello")])
    assert sum(row.made) == FREE.most and row.cut
    assert row.texts == [base.tokenizer.decode([token for _, token in drawn(row)])]
    some = row.texts[0][2]
    torch.manual_seed(0)
    stopped = Row()
    decoder(network, base, stops=(some,)).step([stopped], [piece(base, "Hello")])
    assert stopped.texts[0] == row.texts[0][: row.texts[0].index(some) + 1] and not stopped.cut
    torch.manual_seed(0)
    ended, end = Row(), drawn(row)[1][1]
    decoder(network, base, ends=frozenset({end})).step([ended], [piece(base, "Hello")])
    assert [token for _, token in drawn(ended)] == [drawn(row)[0][1], end]
    assert not ended.cut and ended.texts[0] == base.tokenizer.decode([drawn(row)[0][1]])


def test_a_group_reads_its_prompt_once(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    network = qwen(base)
    read: list[tuple[int, ...]] = []
    forward = network.forward

    def watched(**inputs: Any) -> Any:
        read.append(tuple(inputs["input_ids"].shape))
        return forward(**inputs)

    monkeypatch.setattr(network, "forward", watched)
    rows = [Row() for _ in range(6)]
    text = piece(base, "You are the companion of one person.")
    decoder(network, base).step(rows, [text] * 6)
    assert read[0] == (1, len(text.ids))
    assert read[1] == (6, 1)
    assert len({tuple(row.ids) for row in rows}) > 1, "each draws its own"


def test_the_likeliest_few_alone_are_drawn(base: Base) -> None:
    network = qwen(base)
    with torch.no_grad():
        logits = network(torch.tensor([piece(base, "Hello").ids])).logits[0, -1]
    two = set(logits.topk(2).indices.tolist())
    torch.manual_seed(0)
    rows = [Row() for _ in range(20)]
    told = Sampling(temperature=5.0, top_p=1.0, top_k=2, repetition_penalty=1.0, most=1)
    decoder(network, base, told).step(rows, [piece(base, "Hello")] * 20)
    assert {row.ids[-1] for row in rows} == two
    told_odds = [rows[0].logprobs[-1]]
    assert told_odds == pytest.approx(alone(network, rows[0], 5.0), abs=1e-4), "of all tokens"


def test_what_is_there_already_is_less_likely(base: Base) -> None:
    """A penalty large enough that nothing comes twice."""
    network = llama(base)
    torch.manual_seed(0)
    row = Row()
    told = Sampling(temperature=0.01, top_p=1.0, top_k=512, repetition_penalty=1e6, most=30)
    decoder(network, base, told).step([row], [piece(base, "Hello")])
    positive = [token for _, token in drawn(row)]
    assert len(set(row.ids)) == len(row.ids), positive
