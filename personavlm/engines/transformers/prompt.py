"""What a model is fed: token ids, their positions, and the tensors of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch


@dataclass(frozen=True, slots=True)
class Block:
    """Tokens that are read together, as they stand for pictures, and the tensors they need.

    start, stop: indices of the first token, and of the one after the last. The tensors' first
    dimension runs over pictures or their patches.
    """

    start: int
    stop: int
    tensors: dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is fed. n tokens.

    ids: (n,) int64. keys: what each token stands for: its id, or the hash of its picture.
    positions: (rows, n) int64, where the model is told them: 1 row, or 3 for Qwen's pictures.
    extras: (n,) tensors that go with pictures.
    """

    ids: torch.Tensor
    keys: tuple[int | str, ...]
    blocks: tuple[Block, ...] = ()
    positions: torch.Tensor | None = None
    extras: dict[str, torch.Tensor] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    def cut(self, at: int) -> int:
        """The last place up to `at` that does not lie inside a block."""
        return min([at, *(block.start for block in self.blocks if block.start < at < block.stop)])

    def inputs(self, start: int, stop: int) -> dict[str, torch.Tensor]:
        """The arguments of `forward` for the tokens in between, a batch of one."""
        inputs = {"input_ids": self.ids[None, start:stop]}
        if self.positions is not None:
            inputs["position_ids"] = _batch_of_one(self.positions[:, start:stop])
        blocks = [block for block in self.blocks if start <= block.start and block.stop <= stop]
        for name in blocks[0].tensors if blocks else ():
            inputs[name] = torch.cat([block.tensors[name] for block in blocks])
        if blocks:
            inputs |= {name: extra[None, start:stop] for name, extra in self.extras.items()}
        return inputs

    def pieces(self, start: int, most: int | None) -> Iterator[tuple[int, int]]:
        """The tokens from `start` on, in stretches of about `most` that cut no block."""
        while start < len(self):
            stop = self.cut(min(start + (most or len(self)), len(self)))
            if stop <= start:  # a block that is longer than a stretch
                stop = next(block.stop for block in self.blocks if block.start == start)
            yield start, stop
            start = stop

    def following(self, generated: int, count: int = 1) -> dict[str, torch.Tensor]:
        """`position_ids` of the `count` tokens after the prompt and `generated` more, if told."""
        if self.positions is None:
            return {}
        first = int(self.positions.max()) + 1 + generated
        rows = torch.arange(first, first + count).expand(self.positions.shape[0], -1)
        return {"position_ids": _batch_of_one(rows)}


def _batch_of_one(positions: torch.Tensor) -> torch.Tensor:
    """(rows, n) as models take it: (1, n) for one row, (3, 1, n) for three."""
    return positions if positions.shape[0] == 1 else positions[:, None]
