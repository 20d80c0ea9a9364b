"""An engine that writes for many side by side: who waits with one task is in one batch.

It is for text models and for measuring: nothing is held to a grammar, so that a model's own form
shows, and no text comes before all of a batch is written. What was read of a question is not read
again once its search has returned: whoever asks has to do so from one thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch

from personavlm.engines.base import Chunk, Engine, Request
from personavlm.errors import BadInput
from personavlm.hub.weights import Weights
from personavlm.prompts import PromptPack
from personavlm.records import Usage
from personavlm.respond import STEP_ENDS
from personavlm.rewards.form import is_search
from personavlm.training.base import Base, open_base
from personavlm.training.rollout.decoder import Decoder, Sampling
from personavlm.training.rollout.row import Row
from personavlm.training.rollout.writer import Piece, Writer

MOST = 200  # tokens of one reply; a model that has not learnt to end would go on and on
GREEDY = Sampling(temperature=1.0, top_p=1.0, top_k=1, repetition_penalty=1.0, most=MOST)


@dataclass(slots=True, eq=False)
class _Waiting:
    request: Request
    row: Row = field(default_factory=Row)  # what was read and written for the step before
    text: str = ""
    usage: Usage = field(default_factory=Usage)
    done: bool = False
    failed: BaseException | None = None

    @property
    def length(self) -> int:
        """Of the prompt, in characters."""
        return sum(len(message.text) for message in self.request.messages)


class Together(Engine):
    """Writes greedily. batch: how many at most are written side by side."""

    name = "transformers"

    def __init__(self, base: Base, prompts: PromptPack, batch: int) -> None:
        self.concurrency = batch
        self.weights = base.weights
        self.prompts = prompts
        network = base.load(_dtype()).eval().to("cuda" if torch.cuda.is_available() else "cpu")
        ends = network.generation_config.eos_token_id
        self._writer = Writer(base.tokenizer, base.eyes)
        self._decoder = Decoder(
            network, base.tokenizer, base.eyes, GREEDY,
            frozenset([ends] if isinstance(ends, int) else ends), STEP_ENDS,
        )  # fmt: skip
        self._waiting: list[_Waiting] = []
        self._begun: dict[int, Row] = {}  # by thread: what goes on after its search
        self._listed, self._turn = threading.Lock(), threading.Lock()

    def generate(self, request: Request) -> Iterator[Chunk]:
        mine = _Waiting(request, self._begun.pop(threading.get_ident(), Row()))
        with self._listed:
            self._waiting.append(mine)
        with self._turn:
            while not mine.done:
                self._write(self._next())
        if mine.failed is not None:
            raise mine.failed
        if is_search(mine.text):
            self._begun[threading.get_ident()] = mine.row
        yield Chunk(mine.text, mine.usage)

    def _next(self) -> list[_Waiting]:
        """Whoever waits longest, and others with the same task: their replies are of one length.
        Of those, who has a prompt of nearly that length: all are padded to the longest."""
        with self._listed:
            first = self._waiting[0]
            alike = [one for one in self._waiting if one.request.task is first.request.task]
            batch = sorted(alike, key=lambda one: abs(one.length - first.length))
            batch = batch[: self.concurrency]
            self._waiting = [one for one in self._waiting if one not in batch]
        return batch

    def _write(self, batch: list[_Waiting]) -> None:
        try:
            self._step(batch)
        except BaseException as error:
            for one in batch:
                one.failed = error
            raise
        finally:
            for one in batch:
                one.done = True

    def _step(self, batch: Sequence[_Waiting]) -> None:
        pieces = []
        for one in batch:
            prompt = self._writer.opening(one.request.messages)
            if prompt.ids[: len(one.row.ids)] != tuple(one.row.ids):
                one.row = Row()
            one.usage = Usage(len(prompt.ids))
            pieces.append(Piece(prompt.ids[len(one.row.ids) :]))
        self._decoder.step([one.row for one in batch], pieces)
        for one in batch:
            one.text = one.row.texts[-1]
            one.usage = replace(
                one.usage, completion_tokens=len(one.row.ids) - one.usage.prompt_tokens
            )


def text_base(weights: Weights) -> Base:
    """A verified model of text.

    Raises:
        BadInput: it has eyes.
    """
    base = open_base(weights)
    if base.eyes is not None:
        raise BadInput("These people are told in text alone: name a model that reads text alone.")
    return base


def _dtype() -> torch.dtype:
    """bfloat16 where it is computed in hardware."""
    fast = torch.cuda.is_available() or torch.cpu._is_avx512_bf16_supported()  # type: ignore[no-untyped-call]
    return torch.bfloat16 if fast else torch.float32
