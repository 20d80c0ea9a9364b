"""The pictures of a batch of sequences, wherever in a sequence they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch

from personavlm.records import Image
from personavlm.training.tokens import Eyes

NAMES = ("pixel_values", "image_grid_thw", "num_images")  # as trl calls them


@dataclass(frozen=True, slots=True)
class Pictures:
    """pixels: (patches of all, values of a patch). grids: (pictures, 3). counts: of each sequence.

    token: the one that stands for pictures.
    """

    pixels: torch.Tensor
    grids: torch.Tensor
    counts: tuple[int, ...]
    token: int

    @classmethod
    def look(cls, eyes: Eyes, pictures: Sequence[Sequence[Image]], device: Any) -> Self | None:
        """Those of each sequence, in reading order; None if there are none.

        Raises:
            BadImage: a picture's file is gone or damaged.
        """
        every = [picture for some in pictures for picture in some]
        if not every:
            return None
        seen = {name: tensor.to(device) for name, tensor in eyes.see(every).items()}
        counts = tuple(map(len, pictures))
        return cls(seen["pixel_values"], seen["image_grid_thw"], counts, eyes.token)

    @classmethod
    def given(cls, inputs: Mapping[str, Any], token: int) -> Self | None:
        """Those that trl passes on, if it passes any on."""
        counts = inputs.get("num_images")
        if not counts or not sum(counts):
            return None
        return cls(inputs["pixel_values"], inputs["image_grid_thw"], tuple(counts), token)

    def as_trl(self) -> dict[str, Any]:
        """What trl shuffles and splits with the sequences that they belong to."""
        return dict(zip(NAMES, (self.pixels, self.grids, list(self.counts)), strict=True))

    def of(self, start: int, ids: torch.Tensor) -> dict[str, Any]:
        """What the network needs for some of the sequences, from `start` on: nothing, if those have
        no pictures. ids: their tokens, (sequences, tokens)."""
        first, last = sum(self.counts[:start]), sum(self.counts[: start + len(ids)])
        if first == last:
            return {}
        patches = self.grids.prod(-1)
        begin, end = int(patches[:first].sum()), int(patches[:last].sum())
        counts = list(self.counts[start : start + len(ids)])
        told = (self.pixels[begin:end], self.grids[first:last], counts)
        kinds = (ids == self.token).int()
        return dict(zip(NAMES, told, strict=True)) | {"mm_token_type_ids": kinds}
