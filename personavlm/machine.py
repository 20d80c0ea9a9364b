"""What this machine has to run a model on: looked up without torch, for a page waits for it."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass

MIB = 1 << 20
QUERY = ("--query-gpu=name,memory.free", "--format=csv,noheader,nounits")


@dataclass(frozen=True, slots=True)
class Gpu:
    """An NVIDIA GPU. free: bytes of its memory; None where that is not known beforehand."""

    name: str
    free: int | None


def on_zero_gpu() -> bool:
    """Whether this is a Hugging Face Space that is lent a GPU for single calls (ZeroGPU)."""
    return bool(os.environ.get("SPACES_ZERO_GPU"))


def find_gpu() -> Gpu | None:
    """The first GPU that this process may use; None without one."""
    if on_zero_gpu():
        return Gpu("ZeroGPU", None)
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    asked = shutil.which("nvidia-smi")
    if asked is None or visible in ("", "-1"):
        return None
    which = [f"--id={visible.split(',')[0].strip()}"] if visible else []
    try:
        told = subprocess.run(
            [asked, *QUERY, *which], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None  # a driver that does not answer is no GPU to us
    first = next(iter(told.stdout.strip().splitlines()), "")
    name, comma, free = first.rpartition(",")
    if not comma:
        return None
    return Gpu(name.strip(), int(free) * MIB if free.strip().isdigit() else None)
