"""`personavlm train`: light to ask for help, clear about what is missing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from personavlm import training
from personavlm.training.command import app

WATCH = """
import sys
from typer.testing import CliRunner
from personavlm.training.command import app
for command in ("sft", "grpo"):
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0 and "--resume" in result.output, result.output
print(sorted({"torch", "transformers", "trl", "datasets"} & set(sys.modules)))
"""


def test_help_loads_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", WATCH], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "find_spec", lambda name: None if name in ("trl", "peft") else 1)
    result = CliRunner().invoke(app, ["sft", "--config", "sft-nano"])
    assert result.exit_code == 1
    assert "Training needs trl, peft, not installed here" in result.output
    assert "personavlm[train]" in result.output


def test_a_wrong_config_is_one_line() -> None:
    pytest.importorskip("trl", reason="the extra `train` is not installed")
    result = CliRunner().invoke(app, ["sft", "--config", "sft-giant"])
    assert result.exit_code == 1 and result.exception.__class__ is SystemExit
    assert "neither a file nor a recipe" in result.output


@pytest.mark.slow
def test_two_processes_are_as_one(
    tiny: Path, written: Callable[[list[Any]], Path], rows: list[Any], tmp_path: Path
) -> None:
    """The command for many GPUs, with two processes on the CPU: the same batches, the same run."""
    pytest.importorskip("trl", reason="the extra `train` is not installed")
    from personavlm.training.metrics import FILE, read_metrics

    data = written(rows * 2)
    numbers = "batch = 4\nlearning_rate = 1e-3\nsteps = 3\nmax_length = 999\nsave_every = 9\n"
    found = []
    for processes in (1, 2):
        recipe = tmp_path / f"{processes}.toml"
        recipe.write_text(f"{numbers}epochs = 9\nper_device = {2 // processes}\n")
        output = tmp_path / f"run{processes}"
        # What `accelerate launch` runs on GPUs; on a CPU it would ask for MPI.
        launch = f"-m torch.distributed.run --nproc-per-node {processes}"
        options = f"--config {recipe} --model {tiny} --data {data} --output {output}"
        done = subprocess.run(
            [sys.executable, *f"{launch} -m personavlm.training.command sft {options}".split()],
            capture_output=True,
            text=True,
            timeout=220,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        assert done.stderr.count("The trained model is in") == 1, "one process speaks"
        found.append([row["loss"] for row in read_metrics(output / FILE) if "loss" in row])
        assert (output / "model" / "model.safetensors").is_file()
    assert len(found[0]) == 3
    assert found[0] == pytest.approx(found[1], rel=1e-4)
