"""Whether weights fit into a device's free memory, before minutes are spent on loading them."""

from __future__ import annotations

from personavlm.errors import EngineUnavailable
from personavlm.hub.progress import size
from personavlm.hub.weights import Weights

# Besides the weights: the device's own context and kernels, then in proportion the activations of a
# prompt with a picture and the keys and values of a few thousand tokens (57 kB a token at 7B).
CONTEXT_BYTES = 1_000_000_000
SHARE = 0.15


def needed_bytes(weights: Weights) -> int:
    """What running these weights takes at the least, in bytes."""
    return weights.bytes + CONTEXT_BYTES + int(SHARE * weights.bytes)


def require_fit(weights: Weights, free: int, device: str) -> None:
    """Refuse weights that do not fit. free: bytes. device: what to call it in the message.

    Raises:
        EngineUnavailable: with what is needed and what was found.
    """
    needed = needed_bytes(weights)
    if needed > free:
        raise EngineUnavailable(
            f"{weights.name} needs {size(needed)} of memory ({size(weights.bytes)} of weights, the "
            f"rest to work in); {device} has {size(free)} free. Close what else uses it, choose a "
            "larger device, or a smaller model."
        )
