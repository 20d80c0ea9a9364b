"""A checkpoint in memory, by transformers' own classes: with eyes or without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import transformers
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
)

from personavlm.engines.base import Report
from personavlm.engines.transformers.choice import Grammars
from personavlm.engines.transformers.readers import (
    GridReader,
    ProcessorReader,
    Reader,
    TextReader,
)
from personavlm.errors import EngineUnavailable, WeightsError
from personavlm.hub.weights import Weights

_auto: Any = transformers  # some of its classes are typed, some in part, some not

# Only what the folder holds, only safetensors, and none of its code.
_SAFE = {"local_files_only": True, "trust_remote_code": False}


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be asked. ends: the tokens that end a turn. context: tokens it can hold."""

    name: str
    network: Any
    tokenizer: Any
    reader: Reader
    grammars: Grammars
    ends: frozenset[int]
    context: int

    @property
    def text_config(self) -> Any:
        return self.network.config.get_text_config(decoder=True)


def choose_device(asked: str) -> torch.device:
    """ "auto" is the GPU where there is one, else the CPU.

    Raises:
        EngineUnavailable: a GPU was asked for and there is none.
    """
    found = torch.cuda.is_available()
    if asked.startswith("cuda") and not found:
        raise EngineUnavailable(
            "torch finds no NVIDIA GPU here. Check nvidia-smi, and that torch was installed with "
            'CUDA; or ask for the device "cpu".'
        )
    return torch.device(("cuda" if found else "cpu") if asked == "auto" else asked)


def load_model(weights: Weights, device: torch.device, report: Report) -> Model:
    """Load a chat model: in bfloat16 on a GPU, in float32 on a CPU (few compute bfloat16 well).

    Raises:
        WeightsError: it is no chat model. EngineUnavailable: a package that its processor needs is
        missing.
    """
    _auto.logging.disable_progress_bar()
    try:
        config = _auto.AutoConfig.from_pretrained(weights.path, **_SAFE)
    except ValueError as error:
        raise WeightsError(
            f"transformers {transformers.__version__} does not know {weights.architecture}, the "
            f"architecture of {weights.name}. Update it with: pip install -U transformers"
        ) from error
    tokenizer = _auto.AutoTokenizer.from_pretrained(weights.path, **_SAFE)
    if not tokenizer.chat_template:
        raise WeightsError(
            f"{weights.name} has no chat template, so it is not made for conversations. "
            "Choose its instruction-tuned sibling."
        )
    where = "GPU memory" if device.type == "cuda" else "memory"
    report(f"Reading {weights.name} ({weights.bytes / 1e9:.1f} GB) into {where}…")
    network = _network(weights, config, device)
    report("Preparing the tokenizer…")
    ends = _ends(network, tokenizer)
    vocabulary = network.get_output_embeddings().weight.shape[0]
    return Model(
        weights.name,
        network,
        tokenizer,
        _reader(weights, tokenizer, network),
        Grammars(tokenizer, vocabulary, ends),
        ends,
        int(config.get_text_config(decoder=True).max_position_embeddings),
    )


def _network(weights: Weights, config: Any, device: torch.device) -> Any:
    if config.model_type in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES:
        kind = _auto.AutoModelForImageTextToText
    elif config.model_type in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        kind = _auto.AutoModelForCausalLM
    else:
        raise WeightsError(
            f"{weights.name} is a {weights.architecture}: transformers cannot chat with that."
        )
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    network = kind.from_pretrained(weights.path, dtype=dtype, use_safetensors=True, **_SAFE)
    return network.to(device).eval()


def _reader(weights: Weights, tokenizer: Any, network: Any) -> Reader:
    if network.config.model_type not in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES:
        return TextReader(tokenizer)
    try:
        if hasattr(getattr(network, "model", None), "get_rope_index"):
            images = _auto.AutoImageProcessor.from_pretrained(weights.path, **_SAFE)
            if hasattr(images, "merge_size"):
                return GridReader(tokenizer, images, network)
        processor = _auto.AutoProcessor.from_pretrained(weights.path, **_SAFE)
    except ImportError as error:
        raise EngineUnavailable(
            f"The picture processor of {weights.name} needs a package that is not installed here "
            f"(often torchvision): {' '.join(str(error).split())}"
        ) from error
    config = network.config
    token = getattr(config, "image_token_id", None) or getattr(config, "image_token_index", None)
    if token is None:
        raise WeightsError(f"{weights.name} does not name the token of its pictures.")
    return ProcessorReader(processor, int(token))


def _ends(network: Any, tokenizer: Any) -> frozenset[int]:
    found = network.generation_config.eos_token_id
    if found is None:
        found = tokenizer.eos_token_id
    if found is None:
        raise WeightsError("The model names no token that ends a turn, so it is not made to chat.")
    return frozenset(found if isinstance(found, list) else [found])
