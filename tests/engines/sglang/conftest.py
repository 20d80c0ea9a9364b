"""The real SGLang on a tiny checkpoint of the published architecture, one server for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkpoints import vision_checkpoint
from sglang_server import folder_weights

from personavlm.engines.base import silent
from personavlm.engines.sglang.find import find_python
from personavlm.engines.sglang.server import Server
from personavlm.hub.weights import Weights


@pytest.fixture(scope="session")
def sglang_python() -> Path:
    setting = os.environ.get("PERSONAVLM_SGLANG_PYTHON")
    if not setting:
        pytest.skip("PERSONAVLM_SGLANG_PYTHON is not set: run `make test-sglang`")
    return find_python(setting)


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return folder_weights(vision_checkpoint(tmp_path_factory.mktemp("tiny")))


@pytest.fixture(scope="session")
def server(sglang_python: Path, tiny_weights: Weights) -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")  # more are slower beside anything else that runs
        running = Server(sglang_python, tiny_weights, gpu=False)
        running.start(silent)
        yield running
        running.stop()
