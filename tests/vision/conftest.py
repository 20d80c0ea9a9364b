"""Tiny checkpoints of the real classes, and pictures to show them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: tiny steps only wait for each other

import numpy as np
import pytest
from PIL import Image as Pillow
from vision_checkpoints import clip_checkpoint, grounding_dino_checkpoint

from personavlm.hub.weights import Weights


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read only: it is shared, as the next one is."""
    return clip_checkpoint(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="session")
def dino_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return grounding_dino_checkpoint(tmp_path_factory.mktemp("dino"))


@pytest.fixture
def weights() -> Callable[[Path], Weights]:
    def weights_(folder: Path) -> Weights:
        return Weights(str(folder), None, folder, "tiny", "float32", 0)

    return weights_


def noise(seed: int, width: int = 80, height: int = 60) -> Pillow.Image:
    """A picture of noise; the seed tells them apart."""
    colours = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Pillow.fromarray(colours)


@pytest.fixture(scope="session")
def pictures() -> list[Pillow.Image]:
    """Of several sizes and modes, one pixel and two strips among them."""
    return [
        *(noise(0), noise(1), noise(2, 60, 90)),
        *(Pillow.new("RGB", (1, 1), "red"), Pillow.new("L", (700, 8), 90)),
        Pillow.new("RGBA", (3, 500), (10, 200, 30, 255)),
    ]


@pytest.fixture
def broken(tmp_path: Path) -> Pillow.Image:
    """A file that opens, and ends in the middle of its pixels."""
    whole = tmp_path / "whole.png"
    noise(7).save(whole)
    cut = tmp_path / "cut.png"
    cut.write_bytes(whole.read_bytes()[:2000])
    return Pillow.open(cut)
