"""The places of words in their phrase, which transformers before 5.23 tells Grounding DINO wrongly.

It has the full stop at the beginning of its phrase instead of at the end, and cuts the embeddings
of the places off to whole numbers (its issue 47674). SGLang 0.5.23 needs transformers 5.19.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packaging.version import Version

if TYPE_CHECKING:
    from torch import Tensor

MENDED = Version("5.23")  # of transformers


def mend(network: Any) -> None:
    """Have the places counted here, each time that the network reads a prompt."""
    network.model.text_backbone.register_forward_pre_hook(_in_text)
    for layer in network.model.encoder.layers:
        layer.register_forward_pre_hook(_in_fusion, with_kwargs=True)


def _in_text(module: object, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    ids, sees, kinds, _ = arguments
    return ids, sees, kinds, _places(sees.squeeze(1))


def _in_fusion(
    module: object, arguments: tuple[Any, ...], named: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    sees = ~named["text_self_attention_masks"]
    # Floats, so that their embeddings are floats too.
    return arguments, named | {"text_position_ids": _places(sees).float()}


def _places(sees: Tensor) -> Tensor:
    """How many tokens of its phrase come before each.

    sees: whether a token sees another, as it does in its phrase: shape (prompts, tokens, tokens).
    """
    return sees.tril(-1).sum(-1)
