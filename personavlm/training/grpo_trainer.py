"""trl's GRPOTrainer, with pictures wherever they stand in a sequence.

trl takes trajectories from a function (`rollout_func`), and drops the pictures that came in on the
way. Here they are kept beside the sequences, and given to each pass of the network.
"""

from __future__ import annotations

import warnings
from typing import Any

import torch
import trl
from torch.nn.functional import pad

from personavlm.training.pictures import NAMES, Pictures
from personavlm.training.run import Resuming
from personavlm.training.tokens import Eyes

PICTURES = "pictures"  # of each sequence, in reading order: a field of what `rollout_func` returns


class Trainer(Resuming, trl.GRPOTrainer):  # type: ignore[misc]
    """GRPOTrainer whose sequences may have pictures anywhere."""

    def __init__(self, eyes: Eyes | None, **told: Any) -> None:
        self._eyes = eyes
        self._seen: Pictures | None = None  # of the sequences that are being scored
        with warnings.catch_warnings():  # trl is pinned, so `rollout_func` stays as it is
            warnings.filterwarnings("ignore", "You are using 'rollout_func'", UserWarning)
            super().__init__(**told)

    def _generate(self, prompts: list[Any]) -> tuple[Any, ...]:
        *made, extra, images, tool_images = super()._generate(prompts)
        pictures = extra.pop(PICTURES)
        if self._eyes is not None:
            self._seen = Pictures.look(self._eyes, pictures, self.accelerator.device)
        return *made, extra, images, tool_images

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        output: dict[str, Any] = super()._generate_and_score_completions(inputs)
        seen, self._seen = self._seen, None
        return output | (seen.as_trl() if seen is not None else {})

    def _get_per_token_logps_and_entropies(
        self,
        model: Any,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        logits_to_keep: int,
        batch_size: int | None = None,
        **told: Any,
    ) -> tuple[Any, ...]:
        """As many sequences at a time as asked for, each time with the pictures of those alone, and
        without the padding that only the others need."""
        seen = self._seen
        if seen is None and self._eyes is not None:
            seen = Pictures.given(told, self._eyes.token)
        others = {name: value for name, value in told.items() if name not in NAMES}
        many = batch_size or len(input_ids)
        parts = []
        for start in range(0, len(input_ids), many):
            ids, mask = input_ids[start : start + many], attention_mask[start : start + many]
            left, right = _ends(mask, ids.shape[1] - logits_to_keep)
            after = ids.shape[1] - right
            ids, mask = ids[:, left:right], mask[:, left:right]
            pictures = seen.of(start, ids) if seen is not None else {}
            if not pictures and self._all_look:
                ids, mask, pictures = self._glance(ids, mask)
                after -= 1
            odds, entropies, aux = super()._get_per_token_logps_and_entropies(
                model, ids, mask, logits_to_keep - after, **(others | pictures)
            )
            parts.append((_widened(odds, after), _widened(entropies, after), aux))
        logps, entropies, aux = zip(*parts, strict=True)
        return (
            torch.cat(logps),
            None if entropies[0] is None else torch.cat(entropies),
            None if aux[0] is None else torch.stack(aux).mean(),
        )

    @property
    def _all_look(self) -> bool:
        """Where weights are spread over processes (ZeRO-3), one that runs the vision tower waits
        for the others to do so too."""
        return self._eyes is not None and bool(self.is_deepspeed_enabled)

    def _glance(
        self, ids: torch.Tensor, mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, dict[str, Any]]:
        """One token more, of the least picture there is; the mask hides it from all the others."""
        assert self._eyes is not None
        merged = int(self._eyes.processor.merge_size)
        values = 3 * int(self._eyes.processor.temporal_patch_size)
        pixels = torch.zeros(merged**2, values * int(self._eyes.processor.patch_size) ** 2)
        column = torch.full_like(ids[:, :1], self._tokenizer.pad_token_id)
        column[0] = self._eyes.token
        ids, mask = torch.cat([ids, column], dim=1), pad(mask, (0, 1))
        grid = torch.tensor([[1, merged, merged]])
        counts = (1, *[0] * (len(ids) - 1))
        seen = Pictures(pixels.to(ids.device), grid.to(ids.device), counts, self._eyes.token)
        return ids, mask, seen.of(0, ids)


def _ends(mask: torch.Tensor, prompts: int) -> tuple[int, int]:
    """Where some sequence begins, and where all have ended; one token after the prompts at least.

    mask: (sequences, tokens). prompts: how many of the tokens are prompts'.
    """
    real = mask.any(dim=0).nonzero()[:, 0]
    return int(real[0]), max(int(real[-1]) + 1, prompts + 1)


def _widened(scores: torch.Tensor | None, count: int) -> torch.Tensor | None:
    """(sequences, tokens), with so many tokens more on the right, or fewer where it is below 0."""
    return None if scores is None else pad(scores, (0, count))
