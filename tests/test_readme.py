"""The README's Python runs as it stands, and the files it names exist."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from checkpoints import vision_checkpoint

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def example(word: str) -> str:
    """The one Python block that has this word."""
    blocks: list[str] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    [block] = [block for block in blocks if word in block]
    return block


def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = example("agent.chat")
    monkeypatch.chdir(tmp_path)
    told: list[str] = []
    names = {"print": lambda *values: told.append(" ".join(map(str, values)))}
    exec(compile(code, "README.md", "exec"), names)
    said = "\n".join(told)
    assert "Biscuit" in said and "openness" in said
    assert names["agent"].closed  # type: ignore[attr-defined]


def test_every_file_it_links_to_is_there() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert targets
    missing = [target for target in targets if not (ROOT / target).exists()]
    assert not missing


def test_the_tree_it_draws_is_the_real_one() -> None:
    [tree] = re.findall(r"## Inside\n\n```\n(.*?)```", README, re.DOTALL)
    named = re.findall(r"(?:^|\s)([\w/]+(?:/|\.py))(?=\s)", tree)
    assert len(named) > 10
    missing = [n for n in named if not any((f / n).exists() for f in (ROOT, ROOT / "personavlm"))]
    assert not missing


@pytest.mark.sglang
@pytest.mark.skipif("PERSONAVLM_SGLANG_PYTHON" not in os.environ, reason="no SGLang given")
def test_the_weights_are_a_plain_transformers_checkpoint(tmp_path: Path) -> None:
    """Runs where SGLang is: AutoProcessor needs torchvision, which the CPU set-up has not.
    A tiny checkpoint of the same architecture stands in for the published weights."""
    tiny = vision_checkpoint(tmp_path / "tiny")
    code = example("AutoProcessor").replace("ClareNie/PersonaVLM", str(tiny))
    code += """
from PIL import Image
picture = {"type": "image", "image": Image.new("RGB", (84, 56), "red")}
said = [{"role": "user", "content": [picture, {"type": "text", "text": "What is this?"}]}]
inputs = processor.apply_chat_template(
    said, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
)
said = model.generate(**inputs, max_new_tokens=5, do_sample=False)
print(said.shape[1] - inputs["input_ids"].shape[1])
"""
    python = os.environ["PERSONAVLM_SGLANG_PYTHON"]
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=200)
    assert done.stdout.strip() == "5", done.stderr[-2000:]
