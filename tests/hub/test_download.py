"""Weights come from a Hub whole, checked and once; what breaks on the way is taken up again."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from hub_server import HubServer
from huggingface_hub import constants

from personavlm.errors import WeightsError
from personavlm.hub import download
from personavlm.hub.weights import Weights

Prepare = Callable[..., Weights]
REPO = "acme/tiny"


def shards(hub: HubServer) -> list[str]:
    return sorted(path.name for path in (hub.root / REPO).glob("*.safetensors"))


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSES", (0.0,))


def test_a_repository_becomes_verified_weights(
    hub: HubServer, prepare: Prepare, vision: Path, lines: list[str]
) -> None:
    for name in ("pytorch_model.bin", "modeling_tiny.py", "training_args.bin", "README.md"):
        (hub.root / REPO / name).write_bytes(b"not wanted")
    weights = prepare()
    assert weights.source == REPO and weights.commit == hub.commit(REPO)
    assert weights.name == f"{REPO}@{weights.commit[:7]}"
    assert weights.architecture == "Qwen2_5_VLForConditionalGeneration"
    assert weights.dtype == "float32"
    index = json.loads((vision / "model.safetensors.index.json").read_text())
    assert weights.bytes == index["metadata"]["total_size"]
    here = {path.name: path.read_bytes() for path in weights.path.iterdir()}
    assert here == {path.name: path.read_bytes() for path in vision.iterdir()}
    total = sum(map(len, here.values())) / 1e6
    assert f"Downloading {weights.name}: 0.0 of {total:.1f} MB are here." in lines
    assert lines[-1] == f"{weights.name} is ready (1.5 MB)."


def test_what_is_here_is_neither_fetched_nor_read_again(
    hub: HubServer, prepare: Prepare, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = prepare()
    hub.files.clear()
    monkeypatch.setattr(download, "file_digest", None)  # whatever calls it fails
    assert prepare() == first
    assert prepare(revision="main") == prepare(f"{REPO}@{first.commit}") == first
    assert hub.files == []


def test_a_file_that_changed_on_disk_is_verified_again_and_replaced(
    hub: HubServer, prepare: Prepare
) -> None:
    weights = prepare()
    shard = weights.path / shards(hub)[1]
    data = bytearray(shard.read_bytes())
    data[-1] ^= 1
    shard.resolve().write_bytes(data)
    with pytest.raises(WeightsError, match=rf"{shard.name} .*is corrupt.*fetch it anew"):
        prepare()
    hub.files.clear()
    assert prepare() == weights
    assert hub.fetched() == {shard.name: [0]}


def test_tags_and_commits_are_revisions(hub: HubServer, prepare: Prepare) -> None:
    hub.tags = {"v1.0"}
    commit = hub.commit(REPO)
    assert prepare(revision="v1.0").commit == prepare(f"{REPO}@v1.0").commit == commit
    assert prepare(revision=commit).commit == commit


def test_a_new_commit_fetches_only_what_is_new(hub: HubServer, prepare: Prepare) -> None:
    old = prepare()
    config = hub.root / REPO / "generation_config.json"
    config.write_text(config.read_text() + "\n")
    hub.files.clear()
    new = prepare()
    assert new.commit != old.commit
    assert hub.fetched() == {"generation_config.json": [0]}


def test_a_flipped_byte_is_found_and_the_file_fetched_again(
    hub: HubServer, prepare: Prepare
) -> None:
    bad = shards(hub)[2]
    hub.flipped = {bad}
    with pytest.raises(WeightsError, match=rf"{bad} of {REPO}@\w+ is corrupt.*removed"):
        prepare()
    hub.flipped = set()
    hub.files.clear()
    prepare()
    assert hub.fetched()[bad] == [0] and not set(hub.fetched()) & set(shards(hub)[:2])


def test_a_small_file_is_checked_too(hub: HubServer, prepare: Prepare) -> None:
    hub.flipped = {"tokenizer_config.json"}
    with pytest.raises(WeightsError, match=r"tokenizer_config.json of .* is corrupt"):
        prepare()


def test_a_file_without_its_end_is_found(hub: HubServer, prepare: Prepare) -> None:
    bad = shards(hub)[0]
    hub.truncated = {bad}
    size = (hub.root / REPO / bad).stat().st_size
    with pytest.raises(WeightsError, match=rf"{bad} .* has {size // 2:,} bytes.*{size:,}"):
        prepare()
    assert not list((Path(constants.HF_HUB_CACHE) / "models--acme--tiny").rglob(bad))


def test_a_cut_connection_is_taken_up_where_it_broke(
    hub: HubServer, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 10_000)
    hub.break_off(shards(hub)[1], after=25_000)
    prepare()
    assert hub.fetched()[shards(hub)[1]] == [0, 20_000]


@pytest.mark.usefixtures("no_pauses")
def test_a_reset_connection_is_tried_again(hub: HubServer, prepare: Prepare) -> None:
    hub.break_off(shards(hub)[1], after=25_000, how="reset")
    prepare()
    assert hub.fetched()[shards(hub)[1]] == [0, 0]


@pytest.mark.usefixtures("no_pauses")
def test_a_download_that_breaks_for_good_says_so_and_keeps_what_is_complete(
    hub: HubServer, prepare: Prepare
) -> None:
    bad = shards(hub)[2]
    hub.break_off(bad, after=25_000, how="reset", times=99)
    with pytest.raises(WeightsError, match=rf"broke off in {bad}.*run it again"):
        prepare()
    hub.break_off(bad, after=0, times=0)
    hub.files.clear()
    prepare()
    assert not set(hub.fetched()) & {"config.json", *shards(hub)[:2]}


def test_a_killed_download_goes_on_with_what_is_missing(
    hub: HubServer, prepare: Prepare, tmp_path: Path
) -> None:
    stuck = shards(hub)[2]
    hub.break_off(stuck, after=25_000, how="stall")
    script = f"""
from personavlm.hub.prepare import prepare_weights
prepare_weights({REPO!r}, report=print)
"""
    environment = os.environ | hub.environment | {"HF_HOME": str(tmp_path / "home")}
    process = subprocess.Popen([sys.executable, "-c", script], env=environment)
    try:
        assert hub.stalled.wait(120), "the download did not come that far"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    before = hub.fetched()
    assert stuck in before
    hub.files.clear()
    prepare()
    complete = set(before) - {stuck}
    assert not set(hub.fetched()) & complete
    assert set(hub.fetched()) == set(shards(hub)) - complete


def test_what_a_killed_download_left_is_cleared_away(hub: HubServer, prepare: Prepare) -> None:
    blobs = Path(constants.HF_HUB_CACHE) / "models--acme--tiny" / "blobs"
    blobs.mkdir(parents=True)
    old, fresh = blobs / "aa.11.incomplete", blobs / "bb.22.incomplete"
    old.touch()
    fresh.touch()
    os.utime(old, (0, 0))
    prepare()
    assert not old.exists() and fresh.exists()


def test_too_small_a_disk_is_told_before_anything_large_is_fetched(
    hub: HubServer, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.disk_usage

    def small(folder: Path) -> object:
        return real(folder)._replace(free=900_000)

    monkeypatch.setattr(shutil, "disk_usage", small)
    with pytest.raises(WeightsError, match=r"needs 1\.\d MB more .* 0\.9 MB free.*HF_HOME"):
        prepare()
    assert not set(hub.fetched()) & set(shards(hub))


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        RuntimeError("Task error: I/O error: No space left on device (os error 28)"),  # hf_xet's
    ],
)
def test_a_disk_that_fills_up_is_told_the_same_way(
    hub: HubServer, prepare: Prepare, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """No disk fills up here: the library raises what it would."""

    def full(*_: object, **__: object) -> NoReturn:
        raise error

    monkeypatch.setattr(download, "hf_hub_download", full)
    with pytest.raises(WeightsError, match=r"needs .* more on the disk .* free\. Free some"):
        prepare()


def test_progress_counts_real_bytes(
    hub: HubServer, prepare: Prepare, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from personavlm.hub import progress

    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 50_000)
    monkeypatch.setattr(progress, "INTERVAL", 0.0)
    weights = prepare()
    told = [re.search(r": ([\d.]+) of ([\d.]+) MB \(.* MB/s\)$", line) for line in lines]
    amounts = [(float(found[1]), float(found[2])) for found in told if found]
    large = [done for done, total in amounts if total > 1]
    assert len(large) > 20 and large == sorted(large)
    size = sum(path.stat().st_size for path in weights.path.iterdir()) / 1e6
    assert large[-1] == round(size, 1)


def test_a_file_announced_but_absent_is_named(hub: HubServer, prepare: Prepare) -> None:
    hub.absent = {shards(hub)[0]}
    with pytest.raises(WeightsError, match=rf"does not have .*{shards(hub)[0]}.*\(404\)"):
        prepare()


def test_a_cache_that_lost_a_link_target_fetches_it_again(hub: HubServer, prepare: Prepare) -> None:
    weights = prepare()
    shutil.rmtree(weights.path.parents[1] / "blobs")
    assert prepare() == weights
