"""One generation, as work in small pieces; and the score of given texts."""

from __future__ import annotations

import copy
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from transformers import DynamicCache

from personavlm.engines.base import Chunk, Request
from personavlm.engines.transformers.choice import Chooser
from personavlm.engines.transformers.model import Model
from personavlm.engines.transformers.prefixes import Prefixes
from personavlm.engines.transformers.prompt import Prompt
from personavlm.engines.transformers.steps import Steps, forward
from personavlm.engines.transformers.text import TextStream
from personavlm.errors import TooLong
from personavlm.protocol.messages import Message
from personavlm.records import Usage

PIECE = 512  # tokens of an update's prompt at a time, so that a person waits for no more


@dataclass(frozen=True, slots=True)
class _Sequence:
    """A prompt and what was drawn after it; the cache has all of it but the last token."""

    prompt: Prompt
    cache: DynamicCache
    drawn: list[int] = field(default_factory=list)

    @property
    def keys(self) -> tuple[int | str, ...]:
        return (*self.prompt.keys, *self.drawn)


def generate(
    model: Model, steps: Steps, prefixes: Prefixes, request: Request
) -> Generator[Chunk, None, None]:
    """Chunks of output, one after each piece of work (often without text), the last with usage.

    Completion tokens are all that were drawn, the one that ends the turn among them.

    Raises:
        TooLong: the prompt leaves no room for an answer. EngineUnavailable: its messages do not fit
        the model's chat template. BadImage: a picture's file is gone or damaged.
    """
    started = time.perf_counter()
    prompt = model.reader.read(request.messages)
    most = min(request.max_tokens, _room(model, prompt))
    cache, cached = prefixes.longest(request.salt, prompt, model.text_config)
    sequence = _Sequence(prompt, cache)
    try:
        for start, stop in prompt.pieces(cached, PIECE if request.background else None):
            logits = steps.read(cache, prompt.inputs(start, stop))
            if stop < len(prompt):
                yield Chunk("")
        yield from _write(model, steps, request, sequence, logits, most)
        seconds = time.perf_counter() - started
        yield Chunk("", Usage(len(prompt), len(sequence.drawn), cached, seconds))
    finally:
        steps.settle(cache)
        prefixes.keep(request.salt, sequence.keys, cache)


def _write(
    model: Model,
    steps: Steps,
    request: Request,
    sequence: _Sequence,
    logits: torch.Tensor,
    most: int,
) -> Iterator[Chunk]:
    """The text of up to `most` tokens, which are added to the sequence; `logits` tell the first."""
    constraint = model.grammars.start(request.grammar) if request.grammar else None
    chooser = Chooser(request.temperature, request.seed, constraint)
    stream = TextStream(model.tokenizer, request.stop)
    drawn = sequence.drawn
    while len(drawn) < most:
        token = chooser.pick(logits)
        drawn.append(token)
        if token in model.ends:
            break
        yield Chunk(stream.push(token))
        if stream.stopped or not chooser.accept(token) or len(drawn) == most:
            break
        position = sequence.prompt.following(len(drawn) - 1)
        logits = steps.step(sequence.cache, token, position)
    yield Chunk(stream.finish())


def score(
    model: Model, messages: Sequence[Message], continuations: Sequence[str]
) -> Iterator[float]:
    """The log-probability of each continuation (nats), one after each piece of work.

    A continuation is tokenised by itself and put after the beginning of the assistant's turn, which
    is read once for all.

    Raises:
        TooLong: prompt and continuation do not fit into the model's context.
    """
    prompt = model.reader.read(messages)
    room = _room(model, prompt)
    cache = DynamicCache(config=model.text_config)
    after_prompt = forward(model.network, cache, prompt.inputs(0, len(prompt)), keep=1)
    for continuation in continuations:
        ids = model.tokenizer(continuation, add_special_tokens=False)["input_ids"]
        if len(ids) > room:
            raise TooLong(len(prompt) + len(ids), model.context)
        logits = after_prompt
        if len(ids) > 1:
            inputs = {"input_ids": torch.tensor([ids[:-1]])} | prompt.following(0, len(ids) - 1)
            more = forward(model.network, copy.deepcopy(cache), inputs)
            logits = torch.cat([after_prompt, more])
        odds = torch.log_softmax(logits.float(), dim=-1)
        yield float(odds[range(len(ids)), ids].sum())


def _room(model: Model, prompt: Prompt) -> int:
    """How many tokens may follow the prompt: at least one."""
    room = model.context - len(prompt)
    if room < 1:
        raise TooLong(len(prompt), model.context)
    return room
