"""Rows that a network reads side by side, with one cache of keys and values for them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import DynamicCache

from personavlm.training.rollout.row import KeyValues, Row
from personavlm.training.rollout.writer import Piece
from personavlm.training.tokens import Eyes


class Batch:
    """Rows are padded on the left, each time that they are given more text; the mask tells where.

    mask: (rows, tokens) int64, as long as the cache. ahead: (rows,) int64, the position of the next
    token.
    """

    def __init__(self, network: Any, eyes: Eyes | None, rows: Sequence[Row]) -> None:
        """rows: with what was read of them before."""
        self._network = network
        self._eyes = eyes
        self._device = network.device
        known = [row.known for row in rows]
        self._cache = DynamicCache(config=network.config.get_text_config(decoder=True))
        self._mask = self._padded([[1] * count for count in known])
        self._ahead = torch.zeros(len(rows), dtype=torch.long, device=self._device)
        layers = len(next((row.read for row in rows if row.read), ()))
        for layer in range(layers):
            keys, values = (_stacked(rows, layer, part, max(known)) for part in (0, 1))
            self._cache.update(keys, values, layer)

    def read(self, rows: Sequence[Row], pieces: Sequence[Piece]) -> torch.Tensor:
        """Read the rows' new tokens, the pieces last among them: the logits (rows, vocabulary)
        after each row."""
        fresh = [row.ids[row.known :] for row in rows]
        longest = max(map(len, fresh))
        inputs: dict[str, torch.Tensor] = {}
        pictures = [picture for piece in pieces for picture in piece.pictures]
        if self._eyes is not None and pictures:
            inputs = {k: v.to(self._device) for k, v in self._eyes.see(pictures).items()}
        if self._eyes is None:
            positions = [torch.arange(len(row.ids))[None] for row in rows]
        else:
            positions = [self._rope(row) for row in rows]
        self._ahead = torch.stack([one.max() + 1 for one in positions]).to(self._device)
        at = [one[:, row.known :] for one, row in zip(positions, rows, strict=True)]
        padded = torch.stack(
            [torch.nn.functional.pad(one, (longest - one.shape[1], 0)) for one in at], dim=1
        )
        self._mask = torch.cat([self._mask, self._padded([[1] * len(one) for one in fresh])], 1)
        return self._forward(self._padded(fresh), padded, inputs)

    def next(self, tokens: torch.Tensor) -> torch.Tensor:
        """Read one more token a row, (rows,): the logits after it, (rows, vocabulary)."""
        axes = 1 if self._eyes is None else 3
        positions = self._ahead.expand(axes, -1)[..., None]
        self._ahead = self._ahead + 1
        self._mask = torch.cat([self._mask, torch.ones_like(self._mask[:, :1])], dim=1)
        return self._forward(tokens[:, None], positions, {})

    def select(self, places: Sequence[int]) -> None:
        """Go on with these rows, in this order; one may come several times."""
        chosen = torch.tensor(places, device=self._device)
        self._cache.batch_select_indices(chosen)
        self._mask, self._ahead = self._mask[chosen], self._ahead[chosen]

    def kept(self, place: int) -> KeyValues:
        """What was read of a row, without padding."""
        real = self._mask[place].bool()
        layers: Any = self._cache.layers
        return tuple((each.keys[place][:, real], each.values[place][:, real]) for each in layers)

    def _forward(
        self, ids: torch.Tensor, positions: torch.Tensor, inputs: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        """positions: (axes, rows, tokens)."""
        output = self._network(
            input_ids=ids,
            attention_mask=self._mask,
            position_ids=(positions[0] if self._eyes is None else positions).to(self._device),
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
            **inputs,
        )
        return torch.as_tensor(output.logits[:, -1])

    def _rope(self, row: Row) -> torch.Tensor:
        """The positions of all tokens of a row, (3, tokens)."""
        assert self._eyes is not None
        ids = torch.tensor(row.ids)
        if not len(row.grids):
            return torch.arange(len(ids)).expand(3, -1)
        base = getattr(self._network, "get_base_model", lambda: self._network)()
        kinds = (ids == self._eyes.token).int()
        positions, _ = base.model.get_rope_index(ids[None], kinds[None], image_grid_thw=row.grids)
        return torch.as_tensor(positions[:, 0])

    def _padded(self, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        """(rows, longest) int64, zeros on the left."""
        longest = max(map(len, rows))
        padded = [[0] * (longest - len(row)) + list(row) for row in rows]
        return torch.tensor(padded, dtype=torch.long, device=self._device).view(len(rows), longest)


def _stacked(rows: Sequence[Row], layer: int, part: int, longest: int) -> torch.Tensor:
    """Keys (part 0) or values (1) of all rows, (rows, heads, longest, width), zeros on the left."""
    some = next(row.read for row in rows if row.read)[layer][part]
    empty = some[:, :0]
    found = [row.read[layer][part] if row.read else empty for row in rows]
    return torch.stack(
        [torch.nn.functional.pad(one, (0, 0, longest - one.shape[1], 0)) for one in found]
    )
