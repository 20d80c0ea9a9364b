"""A tiny checkpoint of the real architecture, and a Hub on loopback that has it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from checkpoints import vision_checkpoint
from hub_server import HubServer

from personavlm.hub.prepare import prepare_weights
from personavlm.hub.weights import Weights

REPO = "acme/tiny"
Prepare = Callable[..., Weights]


@pytest.fixture(scope="session")
def vision(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read only: it is shared."""
    return vision_checkpoint(tmp_path_factory.mktemp("vision"))


@pytest.fixture
def checkpoint(vision: Path, tmp_path: Path) -> Path:
    """One to be changed."""
    return Path(shutil.copytree(vision, tmp_path / "checkpoint"))


@pytest.fixture
def hub(vision: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """Has the checkpoint as REPO. The cache of this test is empty."""
    shutil.copytree(vision, tmp_path / "models" / REPO)
    with HubServer(tmp_path / "models") as server:
        server.patch(monkeypatch, tmp_path / "home")
        yield server


@pytest.fixture
def lines() -> list[str]:
    """What was reported."""
    return []


@pytest.fixture
def prepare(lines: list[str]) -> Prepare:
    def prepare_(source: object = REPO, revision: str | None = None) -> Weights:
        return prepare_weights(str(source), revision=revision, report=lines.append)

    return prepare_
