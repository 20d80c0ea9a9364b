"""What is sent, by the real client of the Hub to a server on loopback, and fetched back."""

from __future__ import annotations

import json
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import pytest
from hub_server import STRANGER
from huggingface_hub import constants
from upload_hub import Commit, UploadHub

from personavlm.errors import BadInput, PersonaVLMError, WeightsError
from personavlm.hub.prepare import prepare_weights
from personavlm.hub.publish.send import Sent

# huggingface_hub's own way of handing a file to its HTTP library
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
REPO = "acme/tiny"
SHARDS = 4  # of which the first is the widest layer
Publish = Callable[..., Sent]


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_what_was_published_comes_back_to_the_byte(
    hub: UploadHub, folder: Path, publish: Publish, lines: list[str]
) -> None:
    (folder / "figures").mkdir()
    (folder / "figures/loss.png").write_bytes(b"\x89PNG\r\n\x1a\n 1234")
    (folder / "checkpoint-3").mkdir()
    (folder / "checkpoint-3/optimizer.pt").write_bytes(b"\x80\x04N.")
    sent = publish()
    expected = names(folder) - {"checkpoint-3/optimizer.pt"} | {"README.md"}
    assert hub.commits == [Commit("main", tuple(sorted(expected)))], "one, with all of it"
    assert sent.files == len(expected) and len(hub.stored) == SHARDS
    assert sent.address == f"{hub.url}/{REPO}/tree/{sent.commit}"
    assert names(hub.root / REPO) == expected | {".gitattributes"}
    weights = prepare_weights(REPO, report=lines.append)
    assert weights.commit == sent.commit
    for path in weights.path.iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes()
    shards = {path.name for path in weights.path.glob("*.safetensors")}
    assert len(shards) == SHARDS and {"config.json", "tokenizer.json"} < names(weights.path)


def test_a_second_time_nothing_is_sent(hub: UploadHub, folder: Path, publish: Publish) -> None:
    first = publish()
    again = publish()
    assert (again.commit, again.files) == (first.commit, 0)
    assert len(hub.commits) == 1 and len(hub.stored) == SHARDS
    (folder / "generation_config.json").write_text('{"do_sample": false}')
    assert publish().files == 1
    assert hub.commits[1:] == [Commit("main", ("generation_config.json",))]
    assert len(hub.stored) == SHARDS


def test_a_branch_of_its_own(hub: UploadHub, publish: Publish, lines: list[str]) -> None:
    sent = publish(revision="sft")
    assert [commit.branch for commit in hub.commits] == ["sft"]
    assert names(hub.root / REPO) == {".gitattributes"}, "main stays as it was"
    assert prepare_weights(f"{REPO}@sft", report=lines.append).commit == sent.commit
    assert publish(revision="sft").files == 0


def test_private_from_the_start_and_never_into_a_public_one(
    hub: UploadHub, publish: Publish
) -> None:
    publish(private=True)
    assert REPO in hub.private
    hub.private.clear()
    with pytest.raises(BadInput, match="acme/tiny is public"):
        publish(private=True)
    assert len(hub.commits) == 1


def test_killed_in_the_middle_it_goes_on(
    hub: UploadHub, folder: Path, publish: Publish, lines: list[str]
) -> None:
    """The other process is forked, which spares it the imports; killed with a shard on its way."""
    hub.stall_at = 1
    process = get_context("fork").Process(target=publish)
    process.start()
    assert hub.stalled.wait(60)
    process.kill()
    process.join()
    assert len(hub.stored) == 1 and hub.commits == []
    assert names(hub.root / REPO) == {".gitattributes"}, "nobody sees half of a model"
    hub.stall_at = None
    sent = publish()
    assert len(hub.stored) == len(set(hub.stored)) == SHARDS, "the first is not sent again"
    assert [commit.branch for commit in hub.commits] == ["main"]
    assert "Sending model-00002-of-00004.safetensors (2 of 4, 0.2 MB)." in lines
    assert prepare_weights(REPO, report=lines.append).commit == sent.commit


def test_a_byte_that_changed_on_the_way_is_found(hub: UploadHub, publish: Publish) -> None:
    hub.damages = True
    with pytest.raises(WeightsError, match=r"has not the model-00001.*its checksum is another"):
        publish()


def test_tensors_of_another_model_are_not_mixed_in(
    hub: UploadHub, folder: Path, publish: Publish
) -> None:
    publish()
    (hub.root / REPO / "model-00001-of-00009.safetensors").write_bytes(b"")
    with pytest.raises(BadInput, match=r"has model-00001-of-00009.safetensors, which .* has not"):
        publish()


def test_a_base_that_nobody_has(hub: UploadHub, publish: Publish) -> None:
    with pytest.raises(BadInput, match="The Hub has no model acme/base"):
        publish(base="acme/base")
    (hub.root / "acme/base").mkdir()
    assert publish(base="acme/base").files > 0
    assert "base_model: acme/base\n" in (hub.root / REPO / "README.md").read_text()


def test_the_card_is_checked_before_tensors_are_sent(
    hub: UploadHub, folder: Path, publish: Publish
) -> None:
    (folder / "README.md").write_text("---\nlicense: nonsense\n---\nMine.")
    with pytest.raises(BadInput, match=r'README.md: "license" must be one of a list\.'):
        publish()
    assert hub.stored == [] and hub.commits == []


WRONG = "hf_" + "1a2B" * 9
QUOTA = "Private repository storage limit reached, please upgrade"


@pytest.mark.parametrize(
    ("token", "change", "told"),
    [
        ("", {}, "To publish, log in with `hf auth login` or set HF_TOKEN"),
        (WRONG, {}, "does not accept your token (401)"),
        (STRANGER, {}, "may not write to acme/tiny (403: You have read access but"),
        (None, {"refusal": (403, f"{QUOTA} ({WRONG})")}, f"(403: {QUOTA} (***))"),
        (None, {"refusal": (413, "Too big")}, "too large (413: Too big)"),
        (None, {"moved": True}, "was changed by somebody else meanwhile (412: "),
        (None, {"down": True}, "answers with an error for now (503: Service unavailable)"),
    ],
)
def test_a_refusal_is_one_line_without_the_token(
    hub: UploadHub,
    publish: Publish,
    monkeypatch: pytest.MonkeyPatch,
    token: str | None,
    change: dict[str, object],
    told: str,
) -> None:
    if token is not None:
        monkeypatch.setenv("HF_TOKEN", token)
    for name, value in change.items():
        setattr(hub, name, value)
    with pytest.raises(PersonaVLMError) as raised:
        publish()
    message = str(raised.value)
    assert told in message and "\n" not in message
    assert WRONG not in message and "Signature" not in message
    assert hub.commits == []


def test_offline(hub: UploadHub, publish: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(WeightsError, match="while HF_HUB_OFFLINE is set"):
        publish()


def test_an_index_that_names_the_wrong_file_is_not_sent(
    hub: UploadHub, folder: Path, publish: Publish
) -> None:
    path = folder / "model.safetensors.index.json"
    index = json.loads(path.read_text())
    moved = max(index["weight_map"])
    index["weight_map"][moved] = min(index["weight_map"].values())
    path.write_text(json.dumps(index))
    with pytest.raises(WeightsError, match=r"the index puts it"):
        publish()
    assert not (hub.root / REPO).exists()
