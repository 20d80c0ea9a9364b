"""A tiny trained model in three shards, and a Hub on loopback that it may be sent to."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from checkpoints import text_checkpoint
from hub_server import MEMBER
from huggingface_hub import constants
from upload_hub import UploadHub

from personavlm.hub.publish.plan import Target, make_plan
from personavlm.hub.publish.send import Sent, send

REPO = "acme/tiny"
Publish = Callable[..., Sent]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read only: it is shared."""
    return text_checkpoint(tmp_path_factory.mktemp("trained") / "run" / "model", shards=3)


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    """One to be changed."""
    return Path(shutil.copytree(trained, tmp_path / "run" / "model"))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[UploadHub]:
    """Has nothing of `acme` yet. The files go by Git LFS, and the token may write."""
    root = tmp_path / "models"
    (root / "acme").mkdir(parents=True)
    with UploadHub(root) as server:
        server.patch(monkeypatch, tmp_path / "home")
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("HF_TOKEN", MEMBER)
        yield server


@pytest.fixture
def publish(folder: Path, hub: UploadHub, lines: list[str]) -> Publish:
    def publish_(base: str | None = None, **target: object) -> Sent:
        return send(make_plan(folder, Target(REPO, **target), base=base), lines.append)

    return publish_
