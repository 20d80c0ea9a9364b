"""The model that a run begins with: verified as for chatting, loaded so that it can be trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import transformers

from personavlm.errors import WeightsError
from personavlm.hub.weights import Weights
from personavlm.training.tokens import Eyes

_auto: Any = transformers  # some of its classes are typed, some in part, some not

# Only what the folder holds, only safetensors, and none of its code.
SAFE: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}


@dataclass(frozen=True, slots=True)
class Base:
    """A checkpoint, what reads words for it, and its eyes, if it has any."""

    weights: Weights
    tokenizer: Any
    eyes: Eyes | None

    @property
    def dtype(self) -> torch.dtype:
        """Of its tensors on disk; the result has the same."""
        return torch.bfloat16 if self.weights.dtype == "bfloat16" else torch.float32

    def load(self, dtype: torch.dtype, checkpoint: str | None = None) -> Any:
        """The network, on the CPU; under ZeRO-3, this process's part of it.

        checkpoint: the folder of a later state of all its weights.
        """
        folder = checkpoint or self.weights.path
        kind = _auto.AutoModelForImageTextToText if self.eyes else _auto.AutoModelForCausalLM
        return kind.from_pretrained(folder, dtype=dtype, use_safetensors=True, **SAFE)


def open_base(weights: Weights) -> Base:
    """A verified checkpoint, its words and eyes made ready.

    Raises:
        WeightsError: it has eyes of a family that is not known here.
    """
    config = _auto.AutoConfig.from_pretrained(weights.path, **SAFE)
    tokenizer = _auto.AutoTokenizer.from_pretrained(weights.path, **SAFE)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    if not hasattr(config, "vision_config"):
        return Base(weights, tokenizer, None)
    images = _auto.AutoImageProcessor.from_pretrained(weights.path, **SAFE)
    if not hasattr(images, "merge_size") or not hasattr(config, "image_token_id"):
        raise WeightsError(
            f"{weights.architecture} cannot be trained here: it does not see as the Qwen-VL family "
            "does. Choose a Qwen2.5-VL, or a model of text alone."
        )
    return Base(weights, tokenizer, Eyes(images, int(config.image_token_id)))
