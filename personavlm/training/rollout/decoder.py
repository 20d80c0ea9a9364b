"""Sampling many sequences side by side, in steps that have other text between them.

One forward pass a token, for those that still write. What was read of a sequence is kept for its
next step, and equal beginnings (the prompt of a group) are read once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import TopPLogitsWarper

from personavlm.engines.transformers.text import TextStream
from personavlm.training.rollout.batch import Batch
from personavlm.training.rollout.row import Row
from personavlm.training.rollout.writer import Piece
from personavlm.training.tokens import Eyes


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn. most: tokens of one step."""

    temperature: float
    top_p: float
    top_k: int
    repetition_penalty: float
    most: int


class Decoder:
    """Draws with a network as it is at that moment. It has to be in evaluation mode.

    ends: tokens that end a turn. stops: texts that end a step; the token that completes one is a
    step's last. Draws come from torch's global generator, whose state checkpoints keep.
    """

    def __init__(
        self,
        network: Any,
        tokenizer: Any,
        eyes: Eyes | None,
        sampling: Sampling,
        ends: frozenset[int],
        stops: tuple[str, ...],
    ) -> None:
        self._network = network
        self._tokenizer = tokenizer
        self._eyes = eyes
        self._sampling = sampling
        self._ends = ends
        self._stops = stops
        self._never = _picture_tokens(network.config)
        vocabulary = network.config.get_text_config(decoder=True).vocab_size
        self._top_k = min(sampling.top_k, vocabulary)
        self._top_p = TopPLogitsWarper(sampling.top_p)

    @torch.no_grad()
    def step(self, rows: Sequence[Row], pieces: Sequence[Piece]) -> None:
        """Put a piece to each row, and let the model go on until a stop, an end or the limit."""
        firsts, places = _distinct(rows, pieces)
        for row, piece in zip(rows, pieces, strict=True):
            row.put(piece)
            if self._eyes is not None and piece.pictures:
                row.grids = torch.cat([row.grids, self._eyes.grids(piece.pictures)])
        batch = Batch(self._network, self._eyes, [rows[first] for first in firsts])
        logits = batch.read([rows[first] for first in firsts], [pieces[first] for first in firsts])
        batch.select(places)
        self._write(batch, list(rows), logits[places])

    def _write(self, batch: Batch, rows: list[Row], logits: torch.Tensor) -> None:
        """logits: (rows, vocabulary), for the first token."""
        streams = [TextStream(self._tokenizer, self._stops) for _ in rows]
        seen = _seen(rows, logits)
        for row in rows:
            row.texts.append("")
            row.cut = False
        for left in range(self._sampling.most - 1, -1, -1):
            tokens, odds = self._draw(logits, seen)
            seen.scatter_(1, tokens[:, None], True)
            going: list[int] = []
            for place, (row, stream) in enumerate(zip(rows, streams, strict=True)):
                if self._takes(row, stream, int(tokens[place]), float(odds[place]), left):
                    going.append(place)
                else:
                    row.read = batch.kept(place)
            if not going:
                return
            if len(going) < len(rows):
                batch.select(going)
                rows, streams = [rows[p] for p in going], [streams[p] for p in going]
                tokens, seen = tokens[going], seen[going]
            logits = batch.next(tokens)

    def _takes(self, row: Row, stream: TextStream, token: int, odds: float, left: int) -> bool:
        """Put a drawn token to its row. Returns whether the row goes on."""
        row.draw(token, odds)
        ended = token in self._ends
        if not ended:
            row.texts[-1] += stream.push(token)
        if ended or stream.stopped or not left:
            row.texts[-1] += stream.finish()
            row.cut = not (ended or stream.stopped)
            return False
        return True

    def _draw(self, logits: torch.Tensor, seen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """A token a row, and its log-probability at the temperature, before all else: (rows,)."""
        told = self._sampling
        logits = logits.float()
        odds = torch.log_softmax(logits / told.temperature, dim=-1)
        penalty = told.repetition_penalty
        punished = torch.where(logits < 0, logits * penalty, logits / penalty)
        scores = torch.where(seen, punished, logits) / told.temperature
        scores[:, self._never] = -torch.inf
        likely, which = scores.topk(self._top_k)  # so that top-p sorts these few alone
        drawn = torch.multinomial(torch.softmax(self._top_p(None, likely), dim=-1), 1)
        tokens = which.gather(1, drawn)
        return tokens[:, 0], odds.gather(1, tokens)[:, 0]


def _distinct(rows: Sequence[Row], pieces: Sequence[Piece]) -> tuple[list[int], list[int]]:
    """The first row of each distinct beginning, and for every row the place of its own in there."""
    firsts: list[int] = []
    places: list[int] = []
    begun: dict[Piece, int] = {}
    for number, (row, piece) in enumerate(zip(rows, pieces, strict=True)):
        if row.ids or piece not in begun:
            if not row.ids:
                begun[piece] = len(firsts)
            places.append(len(firsts))
            firsts.append(number)
        else:
            places.append(begun[piece])
    return firsts, places


def _seen(rows: Sequence[Row], logits: torch.Tensor) -> torch.Tensor:
    """Which tokens each row has: (rows, vocabulary) bool."""
    seen = torch.zeros_like(logits, dtype=torch.bool)
    for number, row in enumerate(rows):
        seen[number, torch.tensor(row.ids, device=seen.device)] = True
    return seen


def _picture_tokens(config: Any) -> list[int]:
    """The tokens that stand for pictures: drawn, they would be read as one that is not there."""
    names = ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id")
    return [value for name in names if (value := getattr(config, name, None)) is not None]
