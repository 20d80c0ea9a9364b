"""What the documents promise about installing: one list of needs, a light import."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_requirements_are_the_package_and_its_cpu_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    listed = [line for line in lines if line and not line.startswith("#")]
    assert listed == project["dependencies"] + project["optional-dependencies"]["cpu"]


def test_importing_the_package_is_light() -> None:
    heavy = "{'torch', 'transformers', 'gradio', 'faiss', 'sentence_transformers', 'plotly'}"
    code = f"import sys, personavlm; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
