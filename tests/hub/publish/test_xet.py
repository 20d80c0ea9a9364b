"""By Xet, as huggingface_hub sends files where hf_xet is installed, which it is by default."""

from __future__ import annotations

import json
from multiprocessing import get_context
from pathlib import Path

import numpy
import pytest
from hub_server import MEMBER
from safetensors.numpy import save_file
from upload_hub import Commit
from xet_hub import XetHub

from personavlm.hub.publish.plan import Target, make_plan
from personavlm.hub.publish.send import send

pytest.importorskip("hf_xet")
REPO = "acme/adapter"
TENSORS = "adapter_model.safetensors"


def write_adapter(folder: Path) -> None:
    """Numbers that do not compress, that do by their bytes' rank, and that do as they are."""
    folder.mkdir()
    config = {"peft_type": "LORA", "r": 8, "base_model_name_or_path": "acme/base"}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    chance = numpy.random.default_rng(0)
    noise = chance.integers(0, 1 << 30, (8, 30_000), numpy.uint32).view(numpy.float32)
    halves = {
        "noise.lora_A": noise,
        "noise.lora_B": noise.T.copy(),
        "trained.lora_A": chance.normal(size=(8, 30_000)).astype(numpy.float32),
        "trained.lora_B": numpy.zeros((30_000, 8), numpy.float32),
    }
    save_file({f"{name}.weight": tensor for name, tensor in halves.items()}, folder / TENSORS)


def test_what_arrives_in_chunks_is_what_was_sent_and_not_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed when all tensors are there and the commit is not made yet."""
    (tmp_path / "models/acme/base").mkdir(parents=True)
    folder = tmp_path / "run"
    write_adapter(folder)
    plan = make_plan(folder, Target(REPO))
    with XetHub(tmp_path / "models") as hub:
        hub.patch(monkeypatch, tmp_path / "home")
        monkeypatch.setenv("HF_TOKEN", MEMBER)
        monkeypatch.setenv("HF_XET_CACHE", str(tmp_path / "xet"))
        hub.stall_at = 1
        process = get_context("fork").Process(target=send, args=(plan, print))
        process.start()
        assert hub.stalled.wait(60)
        process.kill()
        process.join()
        arrived = hub.received
        assert arrived > 0 and sum(map(len, hub.xorbs.values())) > 10 and hub.commits == []
        hub.stall_at = None
        assert send(plan, print).commit == hub.commit(REPO)
        assert hub.received == arrived, "only which chunks make up the file is told again"
    assert hub.commits == [Commit("main", ("README.md", "adapter_config.json", TENSORS))]
    assert (hub.root / REPO / TENSORS).read_bytes() == (folder / TENSORS).read_bytes()
