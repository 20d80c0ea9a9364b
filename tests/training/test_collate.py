"""A padded batch, with the pictures as the engines see them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl", reason="the extra `train` is not installed")

import torch

from personavlm.engines.transformers.readers import GridReader
from personavlm.errors import BadImage
from personavlm.hub.prepare import prepare_weights
from personavlm.training.base import Base, open_base
from personavlm.training.collate import Collator
from personavlm.training.rows import read_rows
from personavlm.training.tokens import IGNORED, Tokeniser


@pytest.fixture(scope="module")
def base(tiny: Path) -> Base:
    return open_base(prepare_weights(str(tiny), report=lambda line: None))


@pytest.fixture
def samples(
    base: Base, written: Callable[[list[Any]], Path], rows: list[Any]
) -> list[dict[str, Any]]:
    file = written(rows)
    tokeniser = Tokeniser(base.tokenizer, base.eyes)
    read = [tokeniser.read(one) for one in read_rows(file, file.parent)]
    return [
        {
            "input_ids": one.ids,
            "labels": one.labels,
            "pictures": [str(picture.path) for picture in one.pictures],
        }
        for one in read
    ]


def test_padding_is_neither_read_nor_learned(base: Base, samples: list[dict[str, Any]]) -> None:
    batch = Collator(base.tokenizer.pad_token_id, base.eyes)(samples)
    longest = max(len(one["input_ids"]) for one in samples)
    assert batch["input_ids"].shape == batch["labels"].shape == (3, longest)
    for number, one in enumerate(samples):
        length = len(one["input_ids"])
        assert batch["input_ids"][number, :length].tolist() == one["input_ids"]
        assert batch["labels"][number, :length].tolist() == one["labels"]
        assert batch["attention_mask"][number].sum() == length
        assert set(batch["labels"][number, length:].tolist()) <= {IGNORED}


def test_pictures_come_in_reading_order_as_the_engine_sees_them(
    base: Base, samples: list[dict[str, Any]], written: Callable[[list[Any]], Path], rows: list[Any]
) -> None:
    assert base.eyes is not None
    batch = Collator(base.tokenizer.pad_token_id, base.eyes)(samples)
    network = base.load(torch.float32)
    reader = GridReader(base.tokenizer, base.eyes.processor, network)
    file = written(rows)
    asked = [reader.read(one[:-1]) for one in read_rows(file, file.parent)]
    seen = [block.tensors for prompt in asked for block in prompt.blocks]
    assert len(seen) == 3
    for name in ("pixel_values", "image_grid_thw"):
        assert torch.equal(batch[name], torch.cat([tensors[name] for tensors in seen])), name
    assert int(batch["mm_token_type_ids"].sum()) == 6 + 6 + 10
    positions, _ = network.model.get_rope_index(
        batch["input_ids"],
        batch["mm_token_type_ids"],
        image_grid_thw=batch["image_grid_thw"],
        attention_mask=batch["attention_mask"],
    )
    for number, prompt in enumerate(asked):
        assert prompt.positions is not None
        assert torch.equal(positions[:, number, : len(prompt)], prompt.positions)


def test_text_alone_has_no_pixels(base: Base, samples: list[dict[str, Any]]) -> None:
    batch = Collator(base.tokenizer.pad_token_id, base.eyes)(samples[:1])
    assert set(batch) == {"input_ids", "attention_mask", "labels"}


def test_a_picture_that_is_gone(base: Base, samples: list[dict[str, Any]]) -> None:
    Path(samples[1]["pictures"][0]).unlink()
    with pytest.raises(BadImage):
        Collator(base.tokenizer.pad_token_id, base.eyes)(samples)
