"""Everything that keeps weights from coming here is told with what to do about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hub_server import MEMBER, STRANGER, HubServer
from huggingface_hub import constants, snapshot_download

from personavlm.errors import WeightsError
from personavlm.hub.weights import Weights

Prepare = Callable[..., Weights]
REPO = "acme/tiny"


def log_in(token: str) -> None:
    Path(constants.HF_TOKEN_PATH).parent.mkdir(parents=True, exist_ok=True)
    Path(constants.HF_TOKEN_PATH).write_text(token)


@pytest.mark.parametrize("token", [None, STRANGER])
def test_no_such_repository(hub: HubServer, prepare: Prepare, token: str | None) -> None:
    if token:
        log_in(token)
    status = 404 if token else 401
    with pytest.raises(WeightsError, match=rf"no model acme/none.*\({status}\).*hf auth login"):
        prepare("acme/none")


def test_a_private_repository_opens_to_a_token(hub: HubServer, prepare: Prepare) -> None:
    hub.private = {REPO}
    with pytest.raises(WeightsError, match=r"private.*hf auth login"):
        prepare()
    log_in(MEMBER)
    assert prepare().source == REPO


def test_a_gated_repository_opens_to_those_let_in(hub: HubServer, prepare: Prepare) -> None:
    hub.gated = {REPO}
    page = f"{hub.url}/{REPO}"
    with pytest.raises(WeightsError, match=rf"gated \(401\).*{page} and log in with `hf auth"):
        prepare()
    log_in(STRANGER)
    with pytest.raises(WeightsError, match=rf"no access to it \(403\). Ask for it on {page}"):
        prepare()
    log_in(MEMBER)
    assert prepare().source == REPO


def test_a_token_that_is_not_accepted(hub: HubServer, prepare: Prepare) -> None:
    log_in("hf_expired")
    with pytest.raises(WeightsError, match=r"does not accept your token \(401\)") as refused:
        prepare()
    assert "hf_expired" not in str(refused.value)


def test_no_such_revision(hub: HubServer, prepare: Prepare) -> None:
    with pytest.raises(WeightsError, match=r"has no revision 'v9'\. Name a branch"):
        prepare(revision="v9")


@pytest.mark.parametrize("source", ["a/b/c", "", "no spaces/here", "/nowhere/at/all", "@main"])
def test_neither_a_folder_nor_a_repository(hub: HubServer, prepare: Prepare, source: str) -> None:
    with pytest.raises(WeightsError, match=r"neither a folder with a config.json nor a model"):
        prepare(source)


def test_a_folder_that_is_no_checkpoint(prepare: Prepare, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"is no checkpoint: there is no config.json"):
        prepare(tmp_path)


def test_a_folder_has_no_revisions(prepare: Prepare, checkpoint: Path) -> None:
    with pytest.raises(WeightsError, match=r"is a folder: it has no revision 'main'"):
        prepare(checkpoint, revision="main")


def test_a_repository_without_a_config(hub: HubServer, prepare: Prepare) -> None:
    (hub.root / REPO / "config.json").unlink()
    with pytest.raises(WeightsError, match=r"is no checkpoint: it has no config.json"):
        prepare()


def test_pickled_weights_are_refused_by_name(hub: HubServer, prepare: Prepare) -> None:
    for path in (hub.root / REPO).glob("model*"):
        path.unlink()
    (hub.root / REPO / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(WeightsError, match=r"only pickled weights \(pytorch_model.bin\)"):
        prepare()
    assert "pytorch_model.bin" not in hub.fetched()


def test_no_weights_at_all(hub: HubServer, prepare: Prepare) -> None:
    for path in (hub.root / REPO).glob("model*"):
        path.unlink()
    with pytest.raises(WeightsError, match=r"has no weights"):
        prepare()


def test_an_index_that_names_a_shard_the_repository_lacks(hub: HubServer, prepare: Prepare) -> None:
    shard = sorted((hub.root / REPO).glob("*.safetensors"))[1]
    shard.unlink()
    with pytest.raises(WeightsError, match=rf"names {shard.name}, which the repository does not"):
        prepare()
    assert not any(name.endswith(".safetensors") for name in hub.fetched())


def test_another_kind_of_model_is_named_before_its_weights_are_fetched(
    hub: HubServer, prepare: Prepare
) -> None:
    _change_config(hub, architectures=["BertModel"], model_type="bert")
    with pytest.raises(WeightsError, match=r"is a BertModel; PersonaVLM needs a chat model"):
        prepare()
    assert not any(name.endswith(".safetensors") for name in hub.fetched())


def test_code_of_a_repository_is_never_run(hub: HubServer, prepare: Prepare) -> None:
    (hub.root / REPO / "modeling_own.py").write_text("raise SystemExit('it was run')")
    own = {"AutoConfig": "modeling_own.Config", "AutoModelForCausalLM": "modeling_own.Model"}
    _change_config(hub, architectures=["OwnForCausalLM"], auto_map=own)
    with pytest.raises(WeightsError, match=r"OwnForCausalLM, which needs code .* \(auto_map\)"):
        prepare()
    _change_config(hub, architectures=["Qwen2_5_VLForConditionalGeneration"])
    assert prepare().architecture == "Qwen2_5_VLForConditionalGeneration"
    assert "modeling_own.py" not in hub.fetched()


def _change_config(hub: HubServer, **changes: object) -> None:
    path = hub.root / REPO / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_cache_that_cannot_be_written_to(
    hub: HubServer, prepare: Prepare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "file" / "hub"))
    with pytest.raises(WeightsError, match=r"cache .*/file/hub cannot be used .*set HF_HOME"):
        prepare()


def test_an_unreachable_hub_without_a_cache(
    hub: HubServer, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    with pytest.raises(WeightsError, match=r"not in the cache .*cannot be reached.*Connect and"):
        prepare()
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    hub.down = True
    with pytest.raises(WeightsError, match=r"not in the cache .*an error for now \(503\)"):
        prepare()


def test_offline_without_a_cache(
    hub: HubServer, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(WeightsError, match=rf"HF_HUB_OFFLINE is set.*download {REPO}@v1`"):
        prepare(revision="v1")
    assert hub.files == []


@pytest.mark.parametrize("how", ["offline", "down"])
def test_without_the_hub_the_cache_is_used_and_it_says_so(
    hub: HubServer,
    prepare: Prepare,
    lines: list[str],
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    hub.tags = {"v1"}
    weights = prepare(revision="v1")
    prepare()
    hub.files.clear()
    lines.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", how == "offline")
    hub.down = how == "down"
    assert prepare() == prepare(revision="v1") == prepare(revision=weights.commit) == weights
    assert len([line for line in lines if line.startswith(f"Using {weights.name} from the c")]) == 3
    with pytest.raises(WeightsError, match=r"acme/tiny@v2 is not in the cache"):
        prepare(revision="v2")
    assert hub.files == []


def test_offline_a_cache_filled_by_others_is_verified_by_what_its_links_say(
    hub: HubServer, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot_download(REPO)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    weights = prepare()
    assert weights.commit == hub.commit(REPO)
    shard = next(weights.path.glob("*.safetensors")).resolve()
    shard.write_bytes(shard.read_bytes()[:-1] + b"?")
    with pytest.raises(WeightsError, match=r"is corrupt"):
        prepare()


@pytest.mark.parametrize("part", ["config.json", "model.safetensors.index.json", "model-00002*"])
def test_offline_a_half_downloaded_snapshot_is_told(
    hub: HubServer, prepare: Prepare, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    weights = prepare()
    lost = next(weights.path.glob(part))
    lost.unlink()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(
        WeightsError, match=rf"half downloaded: {lost.name} .*download {REPO} --revision"
    ):
        prepare()
