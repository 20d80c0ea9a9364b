"""A checkpoint whose headers, index and config disagree is found before anything is loaded."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from personavlm.errors import WeightsError
from personavlm.hub.weights import Weights

Prepare = Callable[..., Weights]
Tensors = dict[str, torch.Tensor]
INDEX = "model.safetensors.index.json"


def shard_of(folder: Path, part: str) -> tuple[Path, str]:
    """The first tensor with `part` in its name, and its file."""
    index = json.loads((folder / INDEX).read_text())["weight_map"]
    name = next(name for name in sorted(index) if part in name)
    return folder / index[name], name


def change(path: Path, how: Callable[[Tensors], object]) -> None:
    tensors = load_file(path)
    how(tensors)
    save_file(tensors, path, {"format": "pt"})


def change_index(folder: Path, how: Callable[[dict[str, str]], object]) -> None:
    index = json.loads((folder / INDEX).read_text())
    how(index["weight_map"])
    (folder / INDEX).write_text(json.dumps(index))


def test_a_folder_is_checked_by_its_headers_and_says_so(
    prepare: Prepare, checkpoint: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = prepare(checkpoint)
    assert weights.commit is None and weights.path == checkpoint and weights.dtype == "float32"
    assert weights.source == str(checkpoint)
    assert "Nobody announces checksums for a folder" in lines[0]
    monkeypatch.setenv("HOME", str(checkpoint.parent))
    assert prepare("~/checkpoint").path == checkpoint


def test_a_single_file_needs_no_index(prepare: Prepare, checkpoint: Path) -> None:
    tensors: Tensors = {}
    for path in checkpoint.glob("*.safetensors"):
        tensors |= load_file(path)
        path.unlink()
    (checkpoint / INDEX).unlink()
    save_file(tensors, checkpoint / "model.safetensors", {"format": "pt"})
    assert prepare(checkpoint).bytes == sum(t.numel() * 4 for t in tensors.values())


def test_a_tensor_in_another_shard_than_the_index_says(prepare: Prepare, checkpoint: Path) -> None:
    home, name = shard_of(checkpoint, "layers.0.mlp.up_proj")
    other = next(path for path in sorted(checkpoint.glob("*.safetensors")) if path != home)
    change_index(checkpoint, lambda index: index.update({name: other.name}))
    with pytest.raises(WeightsError, match=rf"{name} is in {home.name}, the index .* {other.name}"):
        prepare(checkpoint)


def test_a_tensor_that_the_shard_lacks(prepare: Prepare, checkpoint: Path) -> None:
    home, name = shard_of(checkpoint, "layers.0.mlp.up_proj")
    change(home, lambda tensors: tensors.pop(name))
    with pytest.raises(WeightsError, match=rf"{home.name} lacks {name}"):
        prepare(checkpoint)


def test_a_tensor_that_the_index_lacks(prepare: Prepare, checkpoint: Path) -> None:
    home, name = shard_of(checkpoint, "layers.0.mlp.up_proj")
    change_index(checkpoint, lambda index: index.pop(name))
    with pytest.raises(WeightsError, match=rf"{name} is in {home.name}, not in the index"):
        prepare(checkpoint)


def test_a_tensor_in_two_shards(prepare: Prepare, checkpoint: Path) -> None:
    home, name = shard_of(checkpoint, "layers.0.mlp.up_proj")
    other = next(path for path in sorted(checkpoint.glob("*.safetensors")) if path != home)
    tensor = load_file(home)[name]
    change(other, lambda tensors: tensors.update({name: tensor}))
    with pytest.raises(WeightsError, match=rf"has {name} twice"):
        prepare(checkpoint)


def test_a_total_size_that_is_not_true(prepare: Prepare, checkpoint: Path) -> None:
    index = json.loads((checkpoint / INDEX).read_text())
    index["metadata"]["total_size"] += 4
    (checkpoint / INDEX).write_text(json.dumps(index))
    with pytest.raises(WeightsError, match=r"bytes of weights; its index says"):
        prepare(checkpoint)


def test_weights_of_another_dtype_than_the_config_names(prepare: Prepare, checkpoint: Path) -> None:
    config = json.loads((checkpoint / "config.json").read_text()) | {"dtype": "bfloat16"}
    (checkpoint / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsError, match=r"weights in float32; its config says bfloat16"):
        prepare(checkpoint)


def test_weights_that_are_no_floats(prepare: Prepare, checkpoint: Path) -> None:
    home, name = shard_of(checkpoint, "layers.0.mlp.up_proj")
    change(home, lambda tensors: tensors.update({name: tensors[name].to(torch.int8)}))
    with pytest.raises(WeightsError, match=rf"has {name} as I8"):
        prepare(checkpoint)


@pytest.mark.parametrize(
    ("length", "header"),
    [
        (1 << 40, b"{}"),  # longer than any header
        (1_000_000_000, b"{}"),  # longer than the file
        (4, b"nope"),
        (0, b""),
    ],
)
def test_a_header_that_makes_no_sense(
    prepare: Prepare, checkpoint: Path, length: int, header: bytes
) -> None:
    home, _ = shard_of(checkpoint, "layers.0.mlp.up_proj")
    home.write_bytes(struct.pack("<Q", length) + header)
    with pytest.raises(WeightsError, match=rf"{home.name} is damaged or incomplete"):
        prepare(checkpoint)


@pytest.mark.parametrize("offsets", [(0, 1 << 40), (4, 8), (0, 4), (8, 0)])
def test_offsets_that_do_not_fit(
    prepare: Prepare, checkpoint: Path, offsets: tuple[int, int]
) -> None:
    home, name = shard_of(checkpoint, "layers.0.mlp.up_proj")
    entry = {name: {"dtype": "F32", "shape": [2], "data_offsets": offsets}}
    header = json.dumps(entry).encode()
    home.write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))
    with pytest.raises(WeightsError, match=rf"{home.name} is damaged or incomplete"):
        prepare(checkpoint)


def test_a_shard_without_its_end(prepare: Prepare, checkpoint: Path) -> None:
    home, _ = shard_of(checkpoint, "layers.0.mlp.up_proj")
    home.write_bytes(home.read_bytes()[:-1])
    with pytest.raises(WeightsError, match=rf"{home.name} is damaged or incomplete"):
        prepare(checkpoint)


def test_a_shard_that_is_missing(prepare: Prepare, checkpoint: Path) -> None:
    home, _ = shard_of(checkpoint, "layers.0.mlp.up_proj")
    home.unlink()
    with pytest.raises(WeightsError, match=rf"{home.name} is missing"):
        prepare(checkpoint)


@pytest.mark.parametrize(
    "name", ["../outside.safetensors", "/etc/passwd", "sub\\x.safetensors", "model.bin", 7, None]
)
def test_an_index_does_not_reach_outside_its_folder(
    prepare: Prepare, checkpoint: Path, name: object
) -> None:
    _, tensor = shard_of(checkpoint, "layers.0.mlp.up_proj")
    index = json.loads((checkpoint / INDEX).read_text())
    index["weight_map"][tensor] = name
    (checkpoint / INDEX).write_text(json.dumps(index))
    with pytest.raises(WeightsError, match=r"which is no file beside it|only safetensors"):
        prepare(checkpoint)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"weight_map": {}}', "\udcff"])
def test_an_index_that_is_none(prepare: Prepare, checkpoint: Path, text: str) -> None:
    (checkpoint / INDEX).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(WeightsError, match=r"cannot be read|holds no JSON object|lists no tensors"):
        prepare(checkpoint)
