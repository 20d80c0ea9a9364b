"""People whose memories can be searched."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripted import HashEncoder
from training.rollout.rl_folder import row, write_folder

from personavlm.training.rollout.people import People


@pytest.fixture
def people(tmp_path: Path, encoder: HashEncoder) -> People:
    file = write_folder(tmp_path / "rl", [row()])
    return People(file.parent, tmp_path / "memories", encoder)
