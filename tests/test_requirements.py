"""What the documents promise about installing: one list of needs, a light import."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def extra(name: str) -> dict[str, Requirement]:
    needs = map(Requirement, PROJECT["optional-dependencies"][name])
    return {need.name: need for need in needs}


def test_requirements_are_the_package_and_its_gpu_extra() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    listed = [line for line in lines if line and not line.startswith("#")]
    assert listed == PROJECT["dependencies"] + PROJECT["optional-dependencies"]["gpu"]


def test_with_and_without_a_gpu_the_same_versions_are_meant() -> None:
    cpu, gpu = extra("cpu"), extra("gpu")
    shared = cpu.keys() & gpu.keys()
    assert shared >= {"gradio", "transformers", "sentence-transformers", "torch"}
    differing = {name for name in shared if cpu[name].specifier != gpu[name].specifier}
    # Without a GPU, a release whose build for the CPU is small; with one, SGLang says which.
    assert differing == {"torch"}
    [pin] = cpu["torch"].specifier
    assert gpu["torch"].specifier.contains(pin.version)


def test_one_faiss_each_of_the_same_release() -> None:
    cpu, gpu = extra("cpu"), extra("gpu")
    assert cpu["faiss-cpu"].specifier == gpu["faiss-gpu"].specifier
    assert "faiss-gpu" not in cpu and "faiss-cpu" not in gpu  # both install the module `faiss`


def test_importing_the_package_is_light() -> None:
    heavy = "{'torch', 'transformers', 'gradio', 'faiss', 'sentence_transformers', 'plotly'}"
    code = f"import sys, personavlm; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
