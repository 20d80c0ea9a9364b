"""Networks of transformers, loaded from verified weights onto the device that has room."""

from __future__ import annotations

from typing import Any

from personavlm.errors import WeightsError
from personavlm.hub.weights import Weights
from personavlm.machine import on_zero_gpu

ROOM = 4 << 30  # bytes free on a GPU that hosts these too: the weights and what they compute with

# Only what the folder holds, only safetensors, and none of its code.
SAFE = {"local_files_only": True, "trust_remote_code": False}


def load_part(kind: str, weights: Weights) -> Any:
    """A processor or another part without weights, by the name of its Auto class.

    Raises:
        WeightsError: the folder lacks its files, or they make no such part.
    """
    import transformers

    try:
        return getattr(transformers, kind).from_pretrained(weights.path, **SAFE)
    except (OSError, ValueError, ImportError, KeyError, TypeError) as error:
        raise WeightsError(
            f"{weights.name} has no {kind} that can be used ({' '.join(str(error).split())}). "
            "Download it again, or name another model."
        ) from error


def load_network(kind: str, weights: Weights) -> Any:
    """A network in float32, ready to be asked, by the name of its class.

    Raises:
        WeightsError: the weights do not make such a network.
    """
    import transformers
    from safetensors import SafetensorError

    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        network = getattr(transformers, kind).from_pretrained(
            weights.path, dtype="float32", use_safetensors=True, **SAFE
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise WeightsError(
            f"{weights.name} cannot be loaded as {kind} ({' '.join(str(error).split())}). "
            "Download it again, or name another model."
        ) from error
    return network.to(_device()).eval()


def _device() -> str:
    """The GPU, unless it is only lent for single calls or nearly full."""
    import torch

    if on_zero_gpu() or not torch.cuda.is_available():
        return "cpu"
    free, _ = torch.cuda.mem_get_info()
    return "cuda" if free >= ROOM else "cpu"
