"""An engine that writes for many side by side: who waits with one task is in one batch.

It is for text models and for measuring: nothing is held to a grammar, so that a model's own form
shows, and no text comes before all of a batch is written.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch

from personavlm.engines.base import Chunk, Engine, Request
from personavlm.errors import BadInput
from personavlm.hub.weights import Weights
from personavlm.prompts import PromptPack
from personavlm.records import Usage
from personavlm.respond import STEP_ENDS
from personavlm.training.base import Base, open_base
from personavlm.training.rollout.decoder import Decoder, Sampling
from personavlm.training.rollout.row import Row
from personavlm.training.rollout.writer import Writer

MOST = 200  # tokens of one reply; a model that has not learnt to end would go on and on
GREEDY = Sampling(temperature=1.0, top_p=1.0, top_k=1, repetition_penalty=1.0, most=MOST)


@dataclass(slots=True, eq=False)
class _Waiting:
    request: Request
    text: str = ""
    usage: Usage = field(default_factory=Usage)
    done: bool = False
    failed: BaseException | None = None


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
        self._listed, self._turn = threading.Lock(), threading.Lock()

    def generate(self, request: Request) -> Iterator[Chunk]:
        mine = _Waiting(request)
        with self._listed:
            self._waiting.append(mine)
        with self._turn:
            while not mine.done:
                self._write(self._next())
        if mine.failed is not None:
            raise mine.failed
        yield Chunk(mine.text, mine.usage)

    def _next(self) -> list[_Waiting]:
        """Whoever waits longest, and others with the same task: their replies are of one length."""
        with self._listed:
            task = self._waiting[0].request.task
            alike = [one for one in self._waiting if one.request.task is task]
            batch = alike[: self.concurrency]
            self._waiting = [one for one in self._waiting if one not in batch]
        return batch

    def _write(self, batch: list[_Waiting]) -> None:
        try:
            written = self.write_all([one.request for one in batch])
            for one, (text, usage) in zip(batch, written, strict=True):
                one.text, one.usage = text, usage
        except BaseException as error:
            for one in batch:
                one.failed = error
            raise
        finally:
            for one in batch:
                one.done = True

    def write_all(self, requests: Sequence[Request]) -> list[tuple[str, Usage]]:
        """The replies to all of them, in one batch."""
        pieces = [self._writer.opening(request.messages) for request in requests]
        rows = [Row() for _ in requests]
        self._decoder.step(rows, pieces)
        return [
            (row.texts[-1], Usage(len(piece.ids), sum(row.made)))
            for row, piece in zip(rows, pieces, strict=True)
        ]


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
