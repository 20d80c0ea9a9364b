"""Which weights are trained, by name; that the others stay is seen in `test_sft`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl", reason="the extra `train` is not installed")

import torch
from peft import get_peft_model
from torch import nn
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText, PreTrainedConfig

from personavlm.errors import WeightsError
from personavlm.training.config import Lora
from personavlm.training.freeze import LINEAR, adapters, freeze_tower


def trained(network: nn.Module) -> set[str]:
    return {name for name, weight in network.named_parameters() if weight.requires_grad}


def test_the_tower_is_frozen_and_the_projector_is_not(tiny: Path) -> None:
    network = AutoModelForImageTextToText.from_pretrained(tiny)
    everything = trained(network)
    freeze_tower(network)
    frozen = everything - trained(network)
    assert all(
        name.startswith(("model.visual.blocks.", "model.visual.patch_embed.")) for name in frozen
    )
    eyes = {name for name in everything if name.startswith("model.visual.")}
    assert eyes - frozen == {
        "model.visual.merger.ln_q.weight",
        *(f"model.visual.merger.mlp.{at}.{kind}" for at in (0, 2) for kind in ("weight", "bias")),
    }
    assert everything - eyes <= trained(network), "the whole language model"


def test_a_model_of_text_alone_is_trained_whole(tiny_text: Path) -> None:
    network = AutoModelForCausalLM.from_pretrained(tiny_text)
    everything = trained(network)
    freeze_tower(network)
    assert trained(network) == everything


def test_adapters_are_on_the_language_model_alone(tiny: Path) -> None:
    network = AutoModelForImageTextToText.from_pretrained(tiny)
    names = trained(get_peft_model(network, adapters(Lora(rank=2, alpha=4), sees=True)))
    assert names and all("lora_" in name and "visual" not in name for name in names)
    layers = {name.split(".lora_")[0].rpartition("model.language_model.")[2] for name in names}
    assert len(layers) == 2 * len(LINEAR), "two layers, each with all of its linear maps"


def test_eyes_of_another_family() -> None:
    class Other(nn.Module):
        config: Any = PreTrainedConfig()

        def __init__(self) -> None:
            super().__init__()
            self.config.vision_config = {}
            self.model = nn.Module()
            self.model.vision_tower = nn.Linear(2, 2, device=torch.device("meta"))

    with pytest.raises(WeightsError, match="Other cannot be trained here"):
        freeze_tower(Other())
