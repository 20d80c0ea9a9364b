"""The order in which conversations are read: those of about one length together, drawn anew for
each epoch.

A block is what all processes read at one time. Either all of its conversations have pictures or
none has: where weights are spread over processes (ZeRO-3), one that runs the vision tower waits
for the others to do so too. (The authors add a dummy picture to texts for that.) Blocks are
padded to their longest conversation, so their lengths are alike; trl cannot pack pictures.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from torch.utils.data import Sampler

_POOL = 50  # blocks that are sorted by length at a time: enough to be alike, and still random


class Buckets(Sampler[int]):
    """Indices of conversations. Every one comes in each epoch; a few come twice, to fill blocks.

    lengths: of the conversations, in tokens. pictured: whether they have pictures. block: how many
    are read at one time, by all processes. The order follows from the seed and the epoch alone.
    """

    def __init__(
        self, lengths: Sequence[int], pictured: Sequence[bool], block: int, seed: int
    ) -> None:
        self._lengths = lengths
        self._kinds = [
            [place for place, one in enumerate(pictured) if one == kind] for kind in (False, True)
        ]
        self._block = block
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def __len__(self) -> int:
        return sum(-(-len(kind) // self._block) for kind in self._kinds) * self._block

    def __iter__(self) -> Iterator[int]:
        rng = random.Random(f"{self._seed} {self._epoch}")
        blocks = [block for kind in self._kinds for block in self._blocks(kind, rng)]
        rng.shuffle(blocks)
        return iter([place for block in blocks for place in block])

    def _blocks(self, kind: Sequence[int], rng: random.Random) -> Iterator[list[int]]:
        order = rng.sample(kind, len(kind))
        if missing := -len(order) % self._block:
            order += rng.choices(kind, k=missing)
        pool = self._block * _POOL
        for start in range(0, len(order), pool):
            alike = sorted(order[start : start + pool], key=self._lengths.__getitem__)
            for begin in range(0, len(alike), self._block):
                yield alike[begin : begin + self._block]
