"""Tiny checkpoints, the engines that run them, and pictures to show them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: tiny steps only wait for each other

import numpy as np
import pytest
from checkpoints import engine_at, text_checkpoint, vision_checkpoint
from PIL import Image as Pillow

from personavlm.engines.transformers.engine import TransformersEngine
from personavlm.records import Image


@pytest.fixture(scope="session")
def vision_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return vision_checkpoint(tmp_path_factory.mktemp("vision"))


@pytest.fixture(scope="session")
def text_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return text_checkpoint(tmp_path_factory.mktemp("text"))


@pytest.fixture(scope="session")
def vision(vision_folder: Path) -> Iterator[TransformersEngine]:
    with engine_at(vision_folder) as engine:
        engine.load()
        yield engine


@pytest.fixture(scope="session")
def text_only(text_folder: Path) -> Iterator[TransformersEngine]:
    with engine_at(text_folder) as engine:
        engine.load()
        yield engine


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Image]:
    """Makes stored pictures of noise; the seed tells them apart."""
    folder = tmp_path_factory.mktemp("pictures")

    def make(seed: int, width: int = 80, height: int = 60) -> Image:
        noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
        path = folder / f"{seed}-{width}x{height}.webp"
        Pillow.fromarray(noise).save(path, "WEBP")
        return Image(hashlib.sha256(path.read_bytes()).hexdigest(), width, height, path)

    return make
