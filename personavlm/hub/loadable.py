"""Whether transformers has the class of a checkpoint, and would find every tensor of it in place.

The model is built without memory for its weights (on torch's `meta` device) and transformers' own
loading is gone through with shapes only, so that it is its renaming of tensors that counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from huggingface_hub.errors import StrictDataclassError

from personavlm.errors import WeightsError
from personavlm.hub.headers import DTYPES, Headers

MOST_NAMED = 3  # tensors in a message
# What the many config and model classes raise for values that make no model.
BAD_CONFIG = (
    *(ValueError, TypeError, KeyError, AttributeError, OSError, RuntimeError, ZeroDivisionError),
    StrictDataclassError,
)


def architecture(config: dict[str, object], title: str) -> str:
    """The class that a config names.

    Raises:
        WeightsError: none, or one that comes with code of its own.
    """
    names = config.get("architectures")
    if not isinstance(names, list) or not names or not isinstance(names[0], str):
        raise WeightsError(
            f"The config.json of {title} names no architecture. It needs that of a model that "
            "transformers has."
        )
    return names[0]


def require_known(config: dict[str, object], title: str, *, chat: bool) -> None:
    """Refuse what is no model of transformers that is used here. Nothing is loaded yet.

    chat: whether it has to be a chat model; else a detector or a CLIP will do.

    Raises:
        WeightsError: another kind of model, or one that needs code from its repository.
    """
    name = architecture(config, title)
    if find_spec("transformers") is None:
        known = "auto_map" not in config  # then the engine has to judge
    else:
        known = name in _chat_classes() or (not chat and name in _vision_classes())
    if known:
        return
    if "auto_map" in config:
        raise WeightsError(
            f"{title} is a {name}, which needs code from its own repository (auto_map). Such "
            "code is never run here; choose a model that transformers itself has."
        )
    raise WeightsError(
        f"{title} is a {name}; PersonaVLM needs a chat model that transformers can load as "
        "image-text-to-text or causal language model"
        f"{'' if chat else ', or a zero-shot object detector, or a CLIP'}. "
        "If it is a new one, update transformers."
    )


def _chat_classes() -> frozenset[str]:
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
    )

    return frozenset(
        (
            *MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES.values(),
            *MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.values(),
        )
    )


def _vision_classes() -> frozenset[str]:
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_ZERO_SHOT_IMAGE_CLASSIFICATION_MAPPING_NAMES,
        MODEL_FOR_ZERO_SHOT_OBJECT_DETECTION_MAPPING_NAMES,
    )

    return frozenset(
        (
            *MODEL_FOR_ZERO_SHOT_IMAGE_CLASSIFICATION_MAPPING_NAMES.values(),
            *MODEL_FOR_ZERO_SHOT_OBJECT_DETECTION_MAPPING_NAMES.values(),
        )
    )


def require_loadable(folder: Path, name: str, headers: Headers, title: str) -> None:
    """Hold names and shapes of all tensors against the class `name` with the folder's config.

    Raises:
        WeightsError: a tensor is missing, one too many, or of another shape.
    """
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        outcome = _dry_load(name, config, headers)
    except BAD_CONFIG as error:
        raise WeightsError(f"The config.json of {title} makes no {name} ({error}).") from error
    if outcome.mismatched_keys:
        tensor, found, expected = sorted(outcome.mismatched_keys)[0]
        raise WeightsError(
            f"{title}: {tensor} has shape {tuple(found)}, its config makes it {tuple(expected)}."
        )
    for what, tensors in (
        ("lacks", outcome.missing_keys),
        ("has, and its architecture does not:", outcome.unexpected_keys),
        ("cannot be converted:", outcome.conversion_errors),
    ):
        if tensors:
            raise WeightsError(f"{title} {what} {_some(tensors)}. It cannot be loaded as {name}.")


def _dry_load(name: str, config: Any, headers: Headers) -> Any:
    import torch
    import transformers
    from transformers.conversion_mapping import get_model_conversion_mapping
    from transformers.core_model_loading import convert_and_load_state_dict_in_model
    from transformers.modeling_utils import LoadStateDictConfig
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # this takes a second

    with torch.device("meta"):
        model = getattr(transformers, name)(config)
        tensors = {
            tensor: torch.empty(header.shape, dtype=getattr(torch, DTYPES[header.dtype][0]))
            for tensor, header in headers.items()
        }
    settings = LoadStateDictConfig(
        device_map={"": "meta"},
        ignore_mismatched_sizes=True,  # they are told, not raised
        weight_mapping=get_model_conversion_mapping(model),  # type: ignore[arg-type]
    )
    outcome, _ = convert_and_load_state_dict_in_model(model, tensors, settings)
    model.tie_weights(missing_keys=outcome.missing_keys, recompute_mapping=False)
    model._adjust_missing_and_unexpected_keys(outcome)
    return outcome


def _some(names: Iterable[str]) -> str:
    ordered = sorted(names)
    more = len(ordered) - MOST_NAMED
    return ", ".join(ordered[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
