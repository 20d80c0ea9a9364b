"""The result of a run as a checkpoint folder that `PersonaVLM.from_pretrained` takes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch

from personavlm.hub.snapshot import INDEX, SETTINGS
from personavlm.training.base import Base

SHARD = "5GB"


def write_model(
    network: Any, tensors: dict[str, torch.Tensor] | None, base: Base, folder: Path
) -> None:
    """Weights in the base's own dtype; config, tokenizer and processor are the base's files.

    tensors: of the network, where they were gathered from several processes.
    """
    named = network.state_dict() if tensors is None else tensors
    cast = {name: tensor.to(base.dtype).contiguous() for name, tensor in named.items()}
    # Tensors get the names that transformers gives them in files. What it remembers of those they
    # were read under is wrong after a load under ZeRO-3.
    network._weight_conversions = None
    network.save_pretrained(folder, state_dict=cast, max_shard_size=SHARD)
    for name in SETTINGS - {INDEX}:
        if (base.weights.path / name).is_file():
            shutil.copyfile(base.weights.path / name, folder / name)


def merge_adapter(base: Base, adapter: Path, folder: Path) -> None:
    """Write the base with an adapter's weights added to its own."""
    from peft import PeftModel

    network = PeftModel.from_pretrained(base.load(base.dtype), str(adapter)).merge_and_unload()
    write_model(network, None, base, folder)
