"""Whole runs on tiny random models, from questions to a model that can be asked."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl", reason="the extra `train` is not installed")

import torch
from openai_server import KEY, MODEL, WRONG_KEY, openai_server
from safetensors.torch import load_file
from scripted import HashEncoder
from training.rollout.rl_folder import DOG, row, write_folder

from personavlm.errors import BadInput, EngineUnavailable
from personavlm.training import grpo
from personavlm.training.config import GRPOConfig
from personavlm.training.grpo import JUDGE_KEY, marked_questions, train
from personavlm.training.metrics import FILE, read_metrics
from personavlm.training.rollout.rollouts import Trajectory
from personavlm.training.run import ADAPTER, RECORD
from personavlm.training.run import MODEL as RESULT

STEPS = 3
LORA = {"rank": 2, "alpha": 4}


class Even:
    """Stands where the rewards do, of which a random model earns none: the share of even tokens."""

    __name__ = "reward"

    def __init__(self, judge: object) -> None:
        pass

    def __call__(self, trajectory: Sequence[Trajectory], **_: Any) -> list[float]:
        drawn = [
            [token for token, own in zip(one.row.ids, one.row.made, strict=True) if own]
            for one in trajectory
        ]
        return [sum(token % 2 == 0 for token in one) / len(one) for one in drawn]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grpo, "MiniLM", HashEncoder)


@pytest.fixture
def config(tiny_text: Path, tmp_path: Path) -> GRPOConfig:
    questions = [row(query=f"{number}. {DOG}") for number in range(6)]
    return GRPOConfig(
        model=str(tiny_text),
        data=write_folder(tmp_path / "rl", questions),
        output=tmp_path / "run",
        epochs=STEPS,
        steps=STEPS,
        batch=6,
        per_device=3,
        group=3,
        kl=0.01,
        learning_rate=1e-3,
        max_length=4_000,
        max_completion=6,
        top_k=500,
        save_every=STEPS,
        seed=3,
    )


def changed(config: GRPOConfig, **values: object) -> GRPOConfig:
    return GRPOConfig.model_validate(config.model_dump() | values)


def run(config: GRPOConfig, resume: bool = False) -> tuple[Path, list[str]]:
    told: list[str] = []
    return train(config, resume=resume, report=told.append), told


def logs(folder: Path) -> list[dict[str, float]]:
    """Without what a clock says."""
    rows = [one for one in read_metrics(folder / FILE) if "reward" in one]
    return [{k: v for k, v in one.items() if "time" not in k} for one in rows]


def test_a_run_in_full(config: GRPOConfig, tiny: Path) -> None:
    """With eyes and adapters; a random model earns nothing, and the metrics say so."""
    folder, told = run(changed(config, model=str(tiny), lora=LORA, steps=1, save_every=1))
    assert "6 questions." in told
    [first] = logs(config.output)
    assert first["reward"] == first["accuracy"] == first["format"] == first["searches"] == 0
    assert first["finished"] == first["unmarked"] == 0 and first["kl"] == pytest.approx(0, abs=1e-6)
    assert list(config.output.glob("checkpoint-1/adapter_model.safetensors"))
    adapter = load_file(config.output / ADAPTER / "adapter_model.safetensors")
    assert adapter and all("lora_" in name and "visual" not in name for name in adapter)
    assert {path.suffix for path in folder.iterdir()} <= {".json", ".jinja", ".safetensors"}
    before, after = (load_file(where / "model.safetensors") for where in (tiny, folder))
    assert before.keys() == after.keys()


@pytest.mark.parametrize("lora", [pytest.param(None, marks=pytest.mark.slow), LORA])
def test_a_run_that_goes_on_is_the_undisturbed_one(
    config: GRPOConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lora: dict[str, float] | None,
) -> None:
    """Draws, references and all: where the whole model is trained, that is not the checkpoint's."""
    monkeypatch.setattr(grpo, "Earnings", Even)
    whole = changed(config, output=tmp_path / "whole", lora=lora, save_every=2)
    run(whole)
    undisturbed = logs(whole.output)
    assert len(undisturbed) == STEPS and undisturbed[-1]["kl"] > 0
    assert len({one["reward"] for one in undisturbed}) > 1
    broken = changed(whole, output=tmp_path / "broken")
    shutil.copytree(whole.output, broken.output)
    (broken.output / "run.json").write_text(broken.model_dump_json())
    for later in (f"checkpoint-{STEPS}", RESULT):
        shutil.rmtree(broken.output / later)
    folder, _ = run(broken, resume=True)
    again = logs(broken.output)
    for one, other in zip(undisturbed, again, strict=True):
        assert one.keys() == other.keys()
        assert list(one.values()) == pytest.approx(list(other.values()), rel=1e-4, abs=1e-7)
    first, second = (load_file(at / "model.safetensors") for at in (whole.output / RESULT, folder))
    assert all(torch.allclose(first[name], second[name], atol=1e-5) for name in first)


def test_open_questions_are_asked_where_there_is_a_judge(
    config: GRPOConfig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(JUDGE_KEY, KEY)
    open_ = write_folder(tmp_path / "open", [row(query="My corgi?", solution="Biscuit.")] * 6)
    with openai_server() as server:
        server.reply = lambda body: "7"
        judged = changed(config, data=open_, steps=1, judge={"model": MODEL, "url": server.url})
        run(judged)
        assert set(server.keys) == {KEY}, "it was tried out"
        server.refusals = [WRONG_KEY]
        with pytest.raises(EngineUnavailable):
            run(changed(judged, output=tmp_path / "later"))


def test_open_questions_are_left_out_where_there_is_no_judge(
    config: GRPOConfig, tmp_path: Path
) -> None:
    rows = [row(query="My corgi?", solution="Biscuit."), *[row()] * 2]
    told: list[str] = []
    some = changed(config, data=write_folder(tmp_path / "some", rows))
    assert len(marked_questions(some, told.append)) == 2
    assert told == ["2 questions; 1 without options were left out, as there is no judge."]
    few = changed(config, data=write_folder(tmp_path / "few", rows[:2]))
    with pytest.raises(BadInput, match="has 1 questions that can be marked; one step takes 2"):
        marked_questions(few, told.append)


def test_another_runs_folder_is_left_alone(config: GRPOConfig) -> None:
    config.output.mkdir()
    (config.output / RECORD).write_text(config.model_dump_json(), "utf-8")
    with pytest.raises(BadInput, match="has a run in it"):
        run(config)
    with pytest.raises(BadInput, match="begun with another kl"):
        run(changed(config, kl=0.5), resume=True)


@pytest.mark.slow
def test_two_processes(config: GRPOConfig, tmp_path: Path) -> None:
    """The command for many GPUs, with two processes on the CPU, each with half of a step."""
    lines = {k: v for k, v in config.model_dump(mode="json").items() if v is not None}
    lines |= {"steps": 2, "max_completion": 4}
    recipe = tmp_path / "two.toml"
    recipe.write_text("\n".join(f"{name} = {toml(value)}" for name, value in lines.items()))
    launch = f"-m torch.distributed.run --nproc-per-node 2 -m {grpo.__package__}.command grpo"
    done = subprocess.run(
        [sys.executable, *f"{launch} --config {recipe}".split()],
        capture_output=True,
        text=True,
        timeout=220,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stderr.count("The trained model is in") == 1, "one process speaks"
    assert len(logs(config.output)) == 2
    assert (config.output / RESULT / "model.safetensors").is_file()


def toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)
