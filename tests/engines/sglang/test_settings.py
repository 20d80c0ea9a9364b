"""What the server is started with."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from sglang_server import folder_weights

from personavlm.engines.sglang.settings import context_length, environment, server_settings


@pytest.mark.parametrize(
    ("config", "length"),
    [
        ({"text_config": {"max_position_embeddings": 8192}}, 8192),
        ({"max_position_embeddings": 128_000, "vision_config": {}}, 32_768),  # as published
        ({"model_type": "odd"}, None),
    ],
)
def test_context_is_what_the_checkpoint_has_up_to_what_was_trained(
    config: dict[str, object], length: int | None, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert context_length(tmp_path) == length
    settings = server_settings(folder_weights(tmp_path), gpu=True, port=1, key="k")
    assert settings.get("context-length") == length


def test_only_a_cpu_is_given_what_a_cpu_needs(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    weights = folder_weights(tmp_path)
    on_gpu = server_settings(weights, gpu=True, port=31, key="k")
    on_cpu = server_settings(weights, gpu=False, port=31, key="k")
    assert (on_cpu["device"], on_cpu["dtype"]) == ("cpu", "float32")
    assert not {"device", "dtype", "max-total-tokens", "skip-server-warmup"} & on_gpu.keys()
    assert {"SGLANG_USE_CPU_ENGINE", "TORCHDYNAMO_DISABLE"} <= environment(
        Path("/env/bin/python"), gpu=False, folder=tmp_path
    ).keys() - environment(Path("/env/bin/python"), gpu=True, folder=tmp_path).keys()


def test_only_this_machine_can_reach_it_and_not_without_the_key(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    settings = server_settings(folder_weights(tmp_path), gpu=True, port=31, key="k")
    assert (settings["host"], settings["port"], settings["api-key"]) == ("127.0.0.1", 31, "k")


def test_another_python_does_not_see_the_packages_of_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/app")
    monkeypatch.setenv("CUDA_HOME", "/cuda")
    theirs = environment(Path("/env/bin/python"), gpu=True, folder=tmp_path)
    assert "PYTHONPATH" not in theirs
    assert (theirs["CUDA_HOME"], theirs["TMPDIR"]) == ("/cuda", str(tmp_path))
    assert environment(Path(sys.executable), gpu=True, folder=tmp_path)["PYTHONPATH"] == "/app"
