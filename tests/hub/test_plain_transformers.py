"""The same weights, from the same cache, in plain transformers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from hub_server import HubServer
from huggingface_hub import constants
from PIL import Image
from transformers import (
    AutoImageProcessor,
    AutoModelForImageTextToText,
    AutoTokenizer,
    PreTrainedModel,
)

from personavlm.hub.weights import Weights

Prepare = Callable[..., Weights]
REPO = "acme/tiny"
MESSAGES = [{"role": "user", "content": "What is my dog called?"}]


def reply(model: PreTrainedModel, folder: Path) -> list[int]:
    """The first tokens of a greedy answer."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    prompt = tokenizer.apply_chat_template(
        MESSAGES, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    out = model.generate(**prompt, max_new_tokens=8, min_new_tokens=8, do_sample=False)
    tokens: list[int] = out[0, prompt["input_ids"].shape[1] :].tolist()
    return tokens


def test_prepared_weights_load_and_answer_as_the_ones_that_were_published(
    hub: HubServer, prepare: Prepare, vision: Path
) -> None:
    folder = prepare().path
    published = AutoModelForImageTextToText.from_pretrained(vision)
    prepared = AutoModelForImageTextToText.from_pretrained(folder, dtype="auto")
    assert prepared.dtype == torch.float32
    assert len(reply(prepared, folder)) == 8
    assert reply(prepared, folder) == reply(published, vision)


def test_transformers_finds_them_in_the_cache_by_the_name_of_the_repository(
    hub: HubServer, prepare: Prepare
) -> None:
    weights = prepare()
    hub.files.clear()
    model = AutoModelForImageTextToText.from_pretrained(REPO, cache_dir=constants.HF_HUB_CACHE)
    assert sum(t.numel() * t.element_size() for t in model.parameters()) == weights.bytes
    assert not any(name.endswith(".safetensors") for name in hub.fetched())


def test_pictures_are_prepared_without_torchvision(hub: HubServer, prepare: Prepare) -> None:
    processor = AutoImageProcessor.from_pretrained(prepare().path)
    sizes = processor(images=Image.new("RGB", (56, 84), "orange"), return_tensors="pt")
    assert sizes["image_grid_thw"].tolist() == [[1, 6, 4]]
