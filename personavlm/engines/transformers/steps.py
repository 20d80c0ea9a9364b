"""One run of a network: over a piece of a prompt, or over one new token."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from transformers import DynamicCache


class Steps(Protocol):
    """Runs a network on new tokens, each sequence with its own cache."""

    def read(self, cache: DynamicCache, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        """Read a piece of a prompt. Returns the logits after it, shape (vocabulary,)."""

    def step(
        self, cache: DynamicCache, token: int, position: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        """Read one more token. Returns the logits after it, shape (vocabulary,)."""

    def settle(self, cache: DynamicCache) -> None:
        """Have `cache` hold all that was read into it; `step` may leave that for later."""

    def drop(self) -> None:
        """Forget all sequences, after an error."""


class PlainSteps:
    """The network as it is: on a CPU, and for what `static` cannot do."""

    def __init__(self, network: Any) -> None:
        self._network = network

    def read(self, cache: DynamicCache, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        return forward(self._network, cache, inputs, keep=1)[-1]

    def step(
        self, cache: DynamicCache, token: int, position: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        return self.read(cache, {"input_ids": torch.tensor([[token]])} | position)

    def settle(self, cache: DynamicCache) -> None:
        """Nothing was left for later."""

    def drop(self) -> None:
        """Nothing is held."""


@torch.no_grad()
def forward(
    network: Any, cache: DynamicCache, inputs: dict[str, torch.Tensor], keep: int = 0
) -> torch.Tensor:
    """Logits of the last `keep` tokens (0: of all), shape (tokens, vocabulary)."""
    moved = {
        name: tensor.to(network.device, network.dtype if tensor.is_floating_point() else None)
        for name, tensor in inputs.items()
    }
    output = network(**moved, past_key_values=cache, use_cache=True, logits_to_keep=keep)
    return torch.as_tensor(output.logits[0])
