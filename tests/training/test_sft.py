"""Whole runs, on tiny random models: what changes, what is written, and how a run goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl", reason="the extra `train` is not installed")

import torch
from engine_requests import NOW, PROFILE, SCORES, rendered
from PIL import Image as Pillow
from safetensors.torch import load_file

from personavlm import PersonaVLM
from personavlm.errors import BadInput
from personavlm.protocol.inputs import Query, ReasonInputs, Task
from personavlm.training.config import RECIPES, SFTConfig
from personavlm.training.metrics import FILE, read_metrics
from personavlm.training.run import ADAPTER, MODEL
from personavlm.training.sft import train

Write = Callable[[list[Any]], Path]
DEMO = Path(__file__).resolve().parents[3] / "shared/data/personavlm/sft_demo.json"
STEPS = 4  # over two epochs of the three rows: each is read by itself, and half of it is a step


@pytest.fixture
def config(tiny: Path, written: Write, rows: list[Any], tmp_path: Path) -> SFTConfig:
    return SFTConfig(
        model=str(tiny),
        data=written(rows),
        output=tmp_path / "run",
        epochs=8,
        steps=STEPS,
        batch=2,
        per_device=1,
        learning_rate=1e-3,
        warmup=0.1,
        max_length=1_000,
        save_every=STEPS - 1,
        seed=3,
    )


def changed(config: SFTConfig, **values: object) -> SFTConfig:
    return SFTConfig.model_validate(config.model_dump() | values)


def run(config: SFTConfig, resume: bool = False) -> tuple[Path, list[str]]:
    told: list[str] = []
    return train(config, resume=resume, report=told.append), told


def losses(folder: Path) -> dict[int, float]:
    return {int(row["step"]): row["loss"] for row in read_metrics(folder / FILE) if "loss" in row}


def test_a_run_in_full(config: SFTConfig, tiny: Path, tmp_path: Path) -> None:
    folder, told = run(config)
    assert folder == config.output / MODEL
    assert any(line.startswith("3 conversations of ") for line in told)
    assert set(losses(config.output)) == set(range(1, STEPS + 1))
    before, after = (load_file(where / "model.safetensors") for where in (tiny, folder))
    assert before.keys() == after.keys()
    same = {name for name in before if torch.equal(before[name], after[name])}
    tower = {name for name in before if "visual" in name and "merger" not in name}
    assert same == tower, "the vision tower stays, projector and language model do not"
    _no_pickle(folder)
    for name in (
        "config.json",
        "tokenizer.json",
        "chat_template.jinja",
        "preprocessor_config.json",
    ):
        assert (folder / name).read_bytes() == (tiny / name).read_bytes()
    assert list(config.output.glob("checkpoint-*/model.safetensors"))
    _answers(folder, tmp_path)


def test_adapters_and_the_model_they_are_merged_into(
    config: SFTConfig, tiny: Path, tmp_path: Path
) -> None:
    folder, _ = run(changed(config, lora={"rank": 2, "alpha": 4}))
    adapter = load_file(config.output / ADAPTER / "adapter_model.safetensors")
    assert adapter and all("lora_" in name and "visual" not in name for name in adapter)
    before, after = (load_file(where / "model.safetensors") for where in (tiny, folder))
    assert before.keys() == after.keys()
    differing = {name for name in before if not torch.equal(before[name], after[name])}
    maps = {name for name in before if "_proj.weight" in name and "visual" not in name}
    assert differing == maps
    _no_pickle(folder)
    _answers(folder, tmp_path)


def _no_pickle(folder: Path) -> None:
    kinds = {path.suffix for path in folder.iterdir()}
    assert kinds <= {".json", ".jinja", ".safetensors"}


def _answers(folder: Path, tmp_path: Path) -> None:
    """The product's own strict check takes the result, and it can be asked."""
    question = ReasonInputs(PROFILE, SCORES, (), Query("Hello", NOW))
    with PersonaVLM.from_pretrained(
        str(folder), engine="transformers", data_dir=tmp_path / "people"
    ) as model:
        *_, last = model.engine.generate(rendered(Task.REASON, question, max_tokens=4))
    assert last.usage is not None and 0 < last.usage.completion_tokens <= 4


def test_a_model_of_text_alone(config: SFTConfig, tiny_text: Path) -> None:
    folder, _ = run(changed(config, model=str(tiny_text)))
    before, after = (load_file(where / "model.safetensors") for where in (tiny_text, folder))
    assert not any(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("lora", [None, {"rank": 2, "alpha": 4, "dropout": 0.2}])
def test_a_run_that_goes_on_is_the_undisturbed_one(
    config: SFTConfig, tmp_path: Path, lora: dict[str, float] | None
) -> None:
    """From a checkpoint in the middle of the second epoch, dropout and all."""
    whole = changed(config, output=tmp_path / "whole", lora=lora, save_every=3, steps=5)
    run(whole)
    undisturbed = losses(whole.output)
    broken = changed(whole, output=tmp_path / "broken")
    run(broken)
    for later in ("checkpoint-5", MODEL):
        _remove(broken.output / later)
    folder, _ = run(broken, resume=True)
    assert losses(broken.output) == undisturbed
    assert len(undisturbed) == 5
    first, second = (load_file(at / "model.safetensors") for at in (whole.output / MODEL, folder))
    assert all(torch.equal(first[name], second[name]) for name in first)


def _remove(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def test_two_seeds_are_two_runs(config: SFTConfig, tmp_path: Path) -> None:
    same = [changed(config, output=tmp_path / name) for name in ("one", "two")]
    other = changed(config, output=tmp_path / "three", seed=4)
    for each in (*same, other):
        run(each)
    one, two, three = (losses(each.output) for each in (*same, other))
    assert one == two and one != three


def test_another_runs_folder_is_left_alone(config: SFTConfig) -> None:
    run(config)
    with pytest.raises(BadInput, match="has a run in it"):
        run(config)
    with pytest.raises(BadInput, match="begun with another learning_rate, seed"):
        run(changed(config, learning_rate=2e-3, seed=9), resume=True)


def test_what_is_too_long_is_left_out_and_told(config: SFTConfig) -> None:
    _, told = run(changed(config, max_length=150, steps=1))
    assert any("longer than 150 were left out" in line for line in told)
    with pytest.raises(BadInput, match=r"Nothing of .* longer than 5 were left out"):
        run(changed(config, max_length=5, output=config.output / "none"))


def test_a_model_of_text_learns_nothing_from_pictures_and_takes_its_prompts_along(
    config: SFTConfig, tiny_text: Path, written: Write, rows: list[Any], tmp_path: Path
) -> None:
    pack = RECIPES / "nano.prompts.json"
    own = changed(config, model=str(tiny_text), prompts=str(pack), steps=1, bfloat16="always")
    folder, told = run(own)
    assert any("2 with pictures were left out" in line for line in told)
    assert (folder / "prompts.json").read_bytes() == pack.read_bytes()
    pictured = changed(own, data=written(rows[1:2]), output=tmp_path / "none")
    with pytest.raises(BadInput, match="1 with pictures were left out: the model reads text"):
        run(pictured)


def test_the_loss_falls_to_nothing_on_what_is_learned_by_heart(config: SFTConfig) -> None:
    heart = {"steps": 40, "save_every": 40, "learning_rate": 5e-3, "scheduler": "constant"}
    run(changed(config, **heart))
    found = losses(config.output)
    assert found[1] > 4 and max(found[step] for step in range(37, 41)) < 0.1


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not DEMO.exists(), reason="the published samples are not at hand")
def test_five_published_conversations_are_learned_by_heart(
    config: SFTConfig, tmp_path: Path
) -> None:
    """Real prompts, of up to 4,600 of the tiny tokenizer's tokens; the pictures are drawn ones."""
    data = tmp_path / "published"
    (data / "imgs").mkdir(parents=True)
    for number in range(1, 5):
        size = (120 + 40 * number, 90 + 30 * number)
        Pillow.new("RGB", size, (40 * number, 90, 120)).save(data / f"imgs/{number}.png")
    (data / "sft.json").write_bytes(DEMO.read_bytes())
    heart = {
        "steps": 60,
        "epochs": 60,
        "save_every": 60,
        "learning_rate": 5e-3,
        "scheduler": "constant",
    }
    _, told = run(changed(config, data=data / "sft.json", batch=5, max_length=16_384, **heart))
    assert any(line.startswith("5 conversations of ") for line in told)
    found = losses(config.output)
    assert found[1] > 4 and max(found[step] for step in range(57, 61)) < 0.3
