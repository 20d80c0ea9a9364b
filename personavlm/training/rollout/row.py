"""One sequence that is being sampled, and what a network has read of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from personavlm.records import Image
from personavlm.training.rollout.writer import Piece

KeyValues = tuple[tuple[torch.Tensor, torch.Tensor], ...]  # a layer each, (heads, tokens, width)


@dataclass(slots=True)
class Row:
    """ids: all tokens. made: which of them the model drew. logprobs: of those, 0 for the others.

    pictures: in reading order; grids: (pictures, 3), their patches. texts: what the model wrote,
    one a step. cut: its last step came to the limit of tokens. read: of the first tokens.
    """

    ids: list[int] = field(default_factory=list)
    made: list[bool] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    pictures: list[Image] = field(default_factory=list)
    grids: torch.Tensor = field(default_factory=lambda: torch.zeros(0, 3, dtype=torch.long))
    texts: list[str] = field(default_factory=list)
    cut: bool = False
    read: KeyValues = ()

    @property
    def known(self) -> int:
        """How many of the tokens have been read."""
        return int(self.read[0][0].shape[1]) if self.read else 0

    def put(self, piece: Piece) -> None:
        """Add what nobody draws."""
        self._add(piece.ids, [0.0] * len(piece.ids), made=False)
        self.pictures += piece.pictures

    def draw(self, token: int, logprob: float) -> None:
        """Add what the model drew."""
        self._add([token], [logprob], made=True)

    def _add(self, ids: Sequence[int], logprobs: Sequence[float], made: bool) -> None:
        self.ids += ids
        self.logprobs += logprobs
        self.made += [made] * len(ids)
