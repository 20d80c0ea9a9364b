"""The nano model's commands, end to end, at a size that takes minutes: a tiny random model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("trl", reason="the extra `train` is not installed")

from checkpoints import text_checkpoint

from personavlm.training.config import RECIPES

ROOT = Path(__file__).resolve().parents[3]


def small(recipe: str, folder: Path, **values: int) -> str:
    """A recipe with other numbers; its own lines come first in the file, its tables last."""
    text = (RECIPES / f"{recipe}.toml").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.partition(" =")[0] not in values]
    path = folder / f"{recipe}.toml"
    path.write_text("\n".join([*(f"{k} = {v}" for k, v in values.items()), *lines]), "utf-8")
    return str(path)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_from_nothing_to_the_table_and_again_without_any_work(tmp_path: Path) -> None:
    out = tmp_path / "nano"
    environment = os.environ | {
        "BASE": str(text_checkpoint(tmp_path / "tiny")),
        "PEOPLE": "2",
        "ASKED": "1",
        "SFT": small("sft-nano", tmp_path, steps=2, max_length=4_000),
        "GRPO": small("grpo-nano", tmp_path, steps=1, max_length=6_000, max_completion=8),
    }
    command = ["sh", "eval/nano/nano.sh", str(Path(sys.executable).parent), str(out)]
    for _ in range(2):
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3_000:]
        table = json.loads((out / "skills" / "skills.json").read_text("utf-8"))
        names = [run["name"] for run in table["runs"]]
        assert names == ["by hand", "before training", "after SFT", "after GRPO"]
        assert [len(gain["figures"]) for gain in table["gains"]] == [
            len(table["runs"][0]["figures"])
        ] * 3
        assert (out / "curves.svg").stat().st_size > 1_000
    weights = (out / folder / "model" / "prompts.json" for folder in ("sft", "grpo"))
    assert len({path.read_bytes() for path in weights}) == 1
