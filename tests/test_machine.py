"""What the machine is found to have. `nvidia-smi` is stood in for by a script that prints."""

from pathlib import Path

import pytest

from personavlm.machine import Gpu, find_gpu


@pytest.fixture
def smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that is found as nvidia-smi."""
    script = tmp_path / "nvidia-smi"
    script.write_text("#!/bin/sh\nexit 0\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for name in ("CUDA_VISIBLE_DEVICES", "SPACES_ZERO_GPU"):
        monkeypatch.delenv(name, raising=False)
    return script


def test_the_first_gpu_and_its_free_memory(smi: Path) -> None:
    smi.write_text("#!/bin/sh\nprintf 'NVIDIA H200, 143000\\nNVIDIA H200, 5\\n'\n")
    assert find_gpu() == Gpu("NVIDIA H200", 143000 << 20)


def test_the_gpu_that_is_visible(smi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smi.write_text('#!/bin/sh\nfor last; do :; done\necho "asked for $last, 7"\n')
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,0")
    assert find_gpu() == Gpu("asked for --id=1", 7 << 20)


def test_memory_that_the_driver_does_not_tell(smi: Path) -> None:
    smi.write_text("#!/bin/sh\necho 'NVIDIA GB10, [N/A]'\n")
    assert find_gpu() == Gpu("NVIDIA GB10", None)


@pytest.mark.parametrize("script", ["exit 9", "true", "echo No devices were found"])
def test_a_driver_without_a_gpu(smi: Path, script: str) -> None:
    smi.write_text(f"#!/bin/sh\n{script}\n")
    assert find_gpu() is None


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_a_gpu_that_is_hidden(smi: Path, hidden: str, monkeypatch: pytest.MonkeyPatch) -> None:
    smi.write_text("#!/bin/sh\necho 'NVIDIA H200, 143000'\n")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    assert find_gpu() is None


def test_no_driver(smi: Path) -> None:
    smi.unlink()
    assert find_gpu() is None


def test_zero_gpu(smi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    assert find_gpu() == Gpu("ZeroGPU", None)
