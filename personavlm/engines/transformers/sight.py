"""What the eyes of a model make of a picture, without any words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from personavlm.engines.transformers.model import Model
from personavlm.errors import EngineUnavailable

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image as Pillow


def see(model: Model, picture: Pillow.Image) -> NDArray[np.float32]:
    """The mean of the tokens that the model reads for an RGB picture: shape (width of the model,).

    Raises:
        EngineUnavailable: it has no eyes, or its class does not let them be asked by themselves.
    """
    if not model.reader.sees:
        raise EngineUnavailable(f"{model.name} has no eyes.")
    network = model.network
    tensors = {
        name: tensor.to(network.device, network.dtype if tensor.is_floating_point() else None)
        for name, tensor in model.reader.look(picture).items()
    }
    try:
        with torch.inference_mode():
            seen = network.get_image_features(**tensors, return_dict=True).pooler_output
        # Tokens come picture by picture, or tile by tile.
        tokens = torch.cat([part.reshape(-1, part.shape[-1]) for part in seen])
    except (AttributeError, TypeError, ValueError) as error:  # each class has its own way
        raise EngineUnavailable(
            f"The eyes of {model.name} cannot be asked by themselves ({error})."
        ) from error
    return np.asarray(tokens.float().mean(0).cpu().numpy(), np.float32)
