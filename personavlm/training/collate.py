"""Several conversations as one padded batch, with the pixels of their pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.nn.utils.rnn import pad_sequence

from personavlm.records import Image
from personavlm.training.tokens import IGNORED, Eyes


class Collator:
    """Pads to the longest of a batch. The tensors are those that Qwen2.5-VL's own processor makes.

    A row has `input_ids`, `labels` and `pictures`, the paths of its pictures in reading order.
    """

    def __init__(self, padding: int, eyes: Eyes | None) -> None:
        self._padding = padding
        self._eyes = eyes

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
        """input_ids, attention_mask, labels: (rows, longest) int64; of pictures, if there are any:
        pixel_values, image_grid_thw, and mm_token_type_ids, which tells their tokens.

        Raises:
            BadImage: a picture's file is gone or damaged.
        """
        ids = [torch.tensor(row["input_ids"]) for row in rows]
        labels = [torch.tensor(row["labels"]) for row in rows]
        batch = {
            "input_ids": pad_sequence(ids, batch_first=True, padding_value=self._padding),
            "attention_mask": pad_sequence([torch.ones_like(one) for one in ids], batch_first=True),
            "labels": pad_sequence(labels, batch_first=True, padding_value=IGNORED),
        }
        paths = [path for row in rows for path in row["pictures"]]
        if self._eyes is None or not paths:
            return batch
        batch |= self._eyes.see([Image("", 0, 0, Path(path)) for path in paths])
        batch["mm_token_type_ids"] = (batch["input_ids"] == self._eyes.token).int()
        return batch
