"""Which weights are trained: projector and language model (paper, section 4), or adapters."""

from __future__ import annotations

from typing import Any

from personavlm.errors import WeightsError
from personavlm.training.config import Lora

TOWER = "visual"  # as the Qwen-VL family names it; `merger` is the projector in it
PROJECTOR = "merger"
LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def freeze_tower(network: Any) -> None:
    """Keep the vision tower as it is, its projector aside. A model without eyes stays whole.

    Raises:
        WeightsError: it has eyes of a family whose parts are not known here.
    """
    if not hasattr(network.config, "vision_config"):
        return
    tower = getattr(network.model, TOWER, None)
    if tower is None or not hasattr(tower, PROJECTOR):
        raise WeightsError(
            f"{type(network).__name__} cannot be trained here: its vision tower is not of the "
            "Qwen-VL family. Choose a Qwen2.5-VL, or a model of text alone."
        )
    tower.requires_grad_(False)
    for name, part in tower.named_children():
        if name.startswith(PROJECTOR):
            part.requires_grad_(True)


def adapters(lora: Lora, *, sees: bool) -> Any:
    """peft's config of adapters on the language model's linear layers, and on no eye's."""
    from peft import LoraConfig

    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(LINEAR),
        exclude_modules=rf".*\b{TOWER}\b.*" if sees else None,
        task_type="CAUSAL_LM",
    )
