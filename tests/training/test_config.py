"""What a run is told: the paper's numbers, and what is wrong with other ones."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from personavlm.engines.pixels import MAX_PIXELS, MIN_PIXELS
from personavlm.errors import BadInput
from personavlm.respond import MAX_RETRIEVALS
from personavlm.training.config import RECIPES, GRPOConfig, SFTConfig, load_config

DATA, OUTPUT = Path("sft/sft.json"), Path("run")


def test_the_papers_numbers() -> None:
    """Table 3, and what the authors' script adds to it."""
    config = load_config("sft-paper", SFTConfig, data=DATA, output=OUTPUT)
    assert (config.batch, config.learning_rate, config.scheduler) == (64, 2e-5, "cosine")
    assert (config.max_pixels, config.max_length, config.warmup) == (230_400, 16_384, 0.03)
    assert (config.epochs, config.weight_decay, config.max_grad_norm) == (1, 0, 1)
    assert config.accumulation(8) == 2 and config.accumulation(1) == 16
    assert config.lora is None, "projector and language model are trained in full"
    steps = -(-77_997 // config.batch)
    assert steps == 1_219, "the authors' checkpoint; Table 3 says 1,200"


def test_the_papers_numbers_of_grpo() -> None:
    """Table 3, section 4, and what the authors' script adds to them."""
    told = load_config("grpo-paper", GRPOConfig, data=DATA, output=OUTPUT, model="sft")
    assert (told.batch, told.learning_rate, told.steps, told.warmup) == (72, 2e-6, 400, 0.05)
    assert (told.group, told.iterations, told.repetition_penalty) == (6, 1, 1.05)
    assert (told.max_pixels, told.max_length, told.max_completion) == (230_400, 16_384, 1_024)
    assert (told.kl, told.temperature, told.top_p, told.top_k) == (0.01, 1.0, 0.9, 50)
    assert (told.scheduler, told.min_rate) == ("cosine_with_min_lr", 0.1)
    assert (told.semantic, told.episodic, told.mask_cut) == ((3, 6), (2, 5), True)
    assert told.max_retrievals == MAX_RETRIEVALS == 3
    assert told.accumulation(6) == 6, "the authors' six processes"
    assert told.accumulation(1) == 36
    assert told.judge is not None and "Qwen3-30B-A3B" in told.judge.model
    assert told.lora is None


def test_pictures_are_seen_in_training_as_by_the_engines() -> None:
    assert load_config("sft-paper", SFTConfig, data=DATA, output=OUTPUT).max_pixels == MAX_PIXELS
    assert MIN_PIXELS == 3_136


def test_every_recipe_is_a_config() -> None:
    recipes = {path.stem for path in RECIPES.glob("sft-*.toml")}
    assert recipes == {"sft-paper", "sft-nano"}
    for name in recipes:
        assert load_config(name, SFTConfig, data=DATA, output=OUTPUT).output == OUTPUT


@pytest.mark.parametrize("recipe", ["sft-paper", "grpo-paper"])
def test_every_number_of_the_paper_has_its_source(recipe: str) -> None:
    for line in (RECIPES / f"{recipe}.toml").read_text("utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            assert "# " in line, line


def test_eight_gpus_take_their_numbers_from_the_config() -> None:
    """accelerate fills in an accumulation of 1 where its file has none, which would not fit."""
    launch = pytest.importorskip("accelerate.commands.config.config_args")
    told = launch.load_config_from_file(str(RECIPES / "zero3.yaml"))
    assert (told.num_processes, told.mixed_precision) == (8, "bf16")
    assert told.deepspeed_config["zero_stage"] == 3, "Table 3"
    for name in ("gradient_accumulation_steps", "gradient_clipping"):
        assert told.deepspeed_config[name] == "auto"


def test_options_take_precedence_and_pictures_lie_with_the_data() -> None:
    config = load_config(
        "sft-nano", SFTConfig, data=DATA, output=OUTPUT, model="./here", pictures=None
    )
    assert config.model == "./here" and config.picture_folder == DATA.parent
    other = load_config("sft-nano", SFTConfig, data=DATA, output=OUTPUT, pictures=Path("elsewhere"))
    assert other.picture_folder == Path("elsewhere")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"batch": 0}, "batch: "),
        ({"batch": 6, "per_device": 4}, r"batch \(6\) is no multiple of per_device \(4\)"),
        ({"max_pixels": 1_000}, "max_pixels: Input should be 230400"),
        ({"scheduler": "linear"}, "scheduler: "),
        ({"packing": True}, "packing: Extra inputs"),
        ({"lora": {"rank": 0, "alpha": 1}}, "lora.rank: "),
        ({"output": None}, "output: Field required"),
    ],
)
def test_a_bad_config_says_what_is_wrong(
    tmp_path: Path, change: dict[str, object], why: str
) -> None:
    values = tomllib.loads((RECIPES / "sft-nano.toml").read_text("utf-8"))
    values |= {"data": "d.json", "output": "o"} | change
    lines = [f"{key} = {_toml(value)}" for key, value in values.items() if value is not None]
    file = tmp_path / "mine.toml"
    file.write_text("\n".join(lines), "utf-8")
    with pytest.raises(BadInput, match=why):
        load_config(str(file), SFTConfig)


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + "}"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def test_no_such_recipe_and_no_toml(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"recipes are .*sft-nano, sft-paper"):
        load_config("sft-giant", SFTConfig)
    (tmp_path / "bad.toml").write_text("batch = ")
    with pytest.raises(BadInput, match="cannot be read"):
        load_config(str(tmp_path / "bad.toml"), SFTConfig)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"group": 5}, r"batch \(12\) is no multiple of group \(5\)"),
        ({"group": 1}, "group: "),
        ({"max_completion": 5_000}, "leaves no room for a prompt"),
        ({"semantic": [5, 2]}, r"semantic has its most \(2\) before its least \(5\)"),
        ({"max_retrievals": 4}, "max_retrievals: "),
        ({"judge": {"model": "m", "url": "u", "key": "k"}}, "judge.key: Extra inputs"),
    ],
)
def test_a_bad_config_of_grpo_says_what_is_wrong(change: dict[str, object], why: str) -> None:
    values: dict[str, object] = {"data": DATA, "output": OUTPUT, "model": "m"} | change
    with pytest.raises(BadInput, match=why):
        load_config("grpo-nano", GRPOConfig, **values)


def test_the_nano_recipe_of_grpo() -> None:
    told = load_config("grpo-nano", GRPOConfig, data=DATA, output=OUTPUT, model="sft/model")
    assert told.lora is not None and told.judge is None
    assert told.memory_folder == DATA.parent / "memories"
    assert told.accumulation(1) >= 1


def test_processes_have_to_divide_the_batch() -> None:
    config = SFTConfig(
        model="m",
        data=DATA,
        output=OUTPUT,
        batch=8,
        per_device=4,
        learning_rate=1e-4,
        max_length=10,
        save_every=1,
    )
    assert config.accumulation(2) == 1
    for processes in (3, 4):
        with pytest.raises(BadInput, match=f"{processes} processes of 4 .* batch of 8"):
            config.accumulation(processes)
