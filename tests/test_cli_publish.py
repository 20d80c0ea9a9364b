"""`personavlm publish`, as it is typed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest
from hub_server import MEMBER
from huggingface_hub import constants
from safetensors.numpy import save_file
from typer.testing import CliRunner, Result
from upload_hub import Commit, UploadHub

from personavlm.cli import app

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
REPO = "acme/adapter"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[UploadHub]:
    """Has the base model's name, and the token may write."""
    (tmp_path / "models/acme/base").mkdir(parents=True)
    with UploadHub(tmp_path / "models") as server:
        server.patch(monkeypatch, tmp_path / "home")
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("HF_TOKEN", MEMBER)
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An adapter by its form, which needs no torch to be looked over."""
    folder = tmp_path / "run" / "adapter"
    folder.mkdir(parents=True)
    config = {"peft_type": "LORA", "r": 2, "base_model_name_or_path": "acme/base"}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_{}.weight"
    shapes = {"A": (2, 8), "B": (8, 2)}
    save_file(
        {name.format(half): numpy.ones(shape, numpy.float32) for half, shape in shapes.items()},
        folder / "adapter_model.safetensors",
    )
    (folder / "optimizer.pt").write_bytes(b"\x80\x04N.")
    return folder


def publish(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["publish", "model", str(folder), REPO, *words])


def test_nothing_is_sent_before_it_was_shown(hub: UploadHub, folder: Path) -> None:
    shown = publish(folder, "--private")
    assert shown.exit_code == 0, shown.output
    size = (folder / "adapter_model.safetensors").stat().st_size
    for line in (
        f"to {REPO}, branch main, private",
        "base model: acme/base",
        f"  {size:>15,}  adapter_model.safetensors",
        "Left out:\n  optimizer.pt",
        "  | base_model: acme/base",
        "Nothing was sent. Run the same command with --yes to send it.",
    ):
        assert f"{line}\n" in shown.output
    assert not (hub.root / REPO).exists() and hub.files == []


def test_sent_and_not_sent_twice(hub: UploadHub, folder: Path) -> None:
    sent = publish(folder, "--yes")
    assert sent.exit_code == 0, sent.output
    files = ("README.md", "adapter_config.json", "adapter_model.safetensors")
    assert hub.commits == [Commit("main", files)]
    assert f"Sent 3 files. commit: {hub.commit(REPO)}\n{hub.url}/{REPO}/tree/" in sent.output
    again = publish(folder, "--yes")
    assert "Nothing to send: all of it is there." in again.output and len(hub.commits) == 1
    shutil.copy(folder / "adapter_config.json", folder / "token")
    refused = publish(folder, "--yes")
    assert refused.exit_code == 1 and "Traceback" not in refused.output
    assert refused.output.splitlines()[-1] == "  token is where secrets are kept: take it out."


def test_what_goes_wrong_is_one_line(hub: UploadHub, folder: Path) -> None:
    gone = publish(folder.parent / "nothing", "--yes")
    assert (gone.exit_code, gone.output) == (1, f"{folder.parent / 'nothing'} is no folder.\n")
    hub.refusal = (403, "Private repository storage limit reached")
    refused = publish(folder, "--yes")
    assert refused.exit_code == 1
    assert "storage limit reached" in refused.output.splitlines()[-1]
    assert "Traceback" not in refused.output and MEMBER not in refused.output
