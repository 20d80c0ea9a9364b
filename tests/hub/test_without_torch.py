"""Weights that were verified before are ready again without a second of torch."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hub_server import HubServer

from personavlm.hub import loadable
from personavlm.hub import prepare as preparing
from personavlm.hub.weights import Weights

Prepare = Callable[..., Weights]


def test_neither_importing_nor_a_second_start_loads_torch(
    hub: HubServer, prepare: Prepare, tmp_path: Path
) -> None:
    commit = prepare().commit
    script = """
import sys
import personavlm, personavlm.cli_download, personavlm.hub.fit
from personavlm.hub.prepare import prepare_weights
print(prepare_weights("acme/tiny", report=lambda line: None).commit)
print([name for name in ("torch", "transformers", "gradio") if name in sys.modules])
"""
    environment = os.environ | hub.environment | {"HF_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n") == [commit, "[]", ""]


def test_without_transformers_shapes_are_left_for_later(
    hub: HubServer, prepare: Prepare, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "were not checked: transformers is not installed here."
    with monkeypatch.context() as patch:
        for module in (loadable, preparing):
            patch.setattr(module, "find_spec", lambda name: None)
        weights = prepare()
        assert any(line.endswith(told) for line in lines)
    lines.clear()
    assert prepare() == weights
    assert not any(line.endswith(told) for line in lines)
