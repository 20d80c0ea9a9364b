"""Names and shapes are what transformers would look for, whichever way a checkpoint names them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from checkpoints import text_checkpoint
from safetensors.torch import load_file, save_file

from personavlm.errors import WeightsError
from personavlm.hub.weights import Weights

Prepare = Callable[..., Weights]


@pytest.fixture
def single(checkpoint: Path) -> Path:
    """The checkpoint in one file, which is easier to change."""
    tensors: dict[str, torch.Tensor] = {}
    for path in checkpoint.glob("*.safetensors"):
        tensors |= load_file(path)
        path.unlink()
    (checkpoint / "model.safetensors.index.json").unlink()
    save_file(tensors, checkpoint / "model.safetensors", {"format": "pt"})
    return checkpoint


def change(folder: Path, how: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> None:
    path = folder / "model.safetensors"
    save_file(how(load_file(path)), path, {"format": "pt"})


def change_config(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


UP = "model.layers.1.mlp.up_proj.weight"


def test_a_missing_tensor_is_named(prepare: Prepare, single: Path) -> None:
    change(single, lambda tensors: {name: t for name, t in tensors.items() if name != UP})
    with pytest.raises(WeightsError, match=r"lacks .*layers\.1\.mlp\.up_proj\.weight\."):
        prepare(single)


def test_a_tensor_too_many_is_named(prepare: Prepare, single: Path) -> None:
    change(single, lambda tensors: tensors | {"model.layers.2.own": torch.zeros(3)})
    with pytest.raises(WeightsError, match=r"its architecture does not: .*layers\.2\.own"):
        prepare(single)


def test_a_wrong_shape_is_named_with_both(prepare: Prepare, single: Path) -> None:
    change(single, lambda tensors: tensors | {UP: torch.zeros(127, 64)})
    with pytest.raises(WeightsError, match=r"up_proj.weight has shape \(127, 64\).*\(128, 64\)"):
        prepare(single)


def test_a_config_with_another_number_of_layers(prepare: Prepare, single: Path) -> None:
    text = json.loads((single / "config.json").read_text())["text_config"]
    del text["layer_types"]
    change_config(single, text_config=text | {"num_hidden_layers": 3})
    with pytest.raises(WeightsError, match=r"lacks .*layers\.2\..* and \d+ more"):
        prepare(single)


def test_a_config_that_makes_no_model(prepare: Prepare, single: Path) -> None:
    text = json.loads((single / "config.json").read_text())["text_config"]
    change_config(single, text_config=text | {"hidden_size": "many"})
    with pytest.raises(WeightsError, match=r"config.json of .* makes no Qwen2_5_VL"):
        prepare(single)


@pytest.mark.parametrize("architectures", [None, [], "Qwen", [3]])
def test_a_config_without_an_architecture(
    prepare: Prepare, single: Path, architectures: object
) -> None:
    change_config(single, architectures=architectures)
    with pytest.raises(WeightsError, match=r"names no architecture"):
        prepare(single)


def test_the_nested_names_of_later_checkpoints_are_the_same_tensors(
    prepare: Prepare, single: Path
) -> None:
    def nested(name: str) -> str:
        if name.startswith("visual."):
            return f"model.{name}"
        return name.replace("model.", "model.language_model.", 1)

    change(single, lambda tensors: {nested(name): t for name, t in tensors.items()})
    assert prepare(single).architecture == "Qwen2_5_VLForConditionalGeneration"
    change(single, lambda tensors: {n: t for n, t in tensors.items() if "visual.merger" not in n})
    with pytest.raises(WeightsError, match=r"lacks model\.visual\.merger"):
        prepare(single)


def test_the_flat_config_of_the_published_checkpoints(prepare: Prepare, single: Path) -> None:
    """Qwen2.5-VL was published with the language model's values at the top, and `torch_dtype`."""
    config = json.loads((single / "config.json").read_text())
    text = config.pop("text_config")
    rope = text.pop("rope_parameters")
    flat = text | {
        "rope_theta": rope["rope_theta"],
        "rope_scaling": {"type": "mrope", "mrope_section": rope["mrope_section"]},
        "torch_dtype": config.pop("dtype"),
    }
    (single / "config.json").write_text(json.dumps(flat | config))
    assert prepare(single).dtype == "float32"
    change(single, lambda tensors: tensors | {UP: torch.zeros(127, 64)})
    with pytest.raises(WeightsError, match=r"has shape \(127, 64\)"):
        prepare(single)


def test_a_model_without_eyes(prepare: Prepare, tmp_path: Path) -> None:
    folder = text_checkpoint(tmp_path / "text")
    weights = prepare(folder)
    assert weights.architecture == "Qwen2ForCausalLM" and weights.dtype == "float32"


def test_tied_embeddings_are_in_the_file_once(prepare: Prepare, tmp_path: Path) -> None:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    config = Qwen2Config(
        vocab_size=64,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        tie_word_embeddings=True,
    )
    Qwen2ForCausalLM(config).save_pretrained(tmp_path)
    assert "lm_head.weight" not in load_file(tmp_path / "model.safetensors")
    assert prepare(tmp_path).architecture == "Qwen2ForCausalLM"
