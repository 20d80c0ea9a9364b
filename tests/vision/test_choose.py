"""What sees objects is chosen from what is here: nothing, folders, the Hub's cache, or the Hub."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hub_server import HubServer
from PIL import Image as Pillow
from safetensors.numpy import load_file, save_file

from personavlm.errors import WeightsError
from personavlm.hub.prepare import prepare_weights
from personavlm.vision import choose
from personavlm.vision.base import Vision
from personavlm.vision.choose import choose_vision, short_name
from personavlm.vision.clip import Clip
from personavlm.vision.covariance import Covariance
from personavlm.vision.grounding_dino import GroundingDino

DINO, CLIP = "acme/dino", "acme/clip"
WITHOUT = (
    "Pictures are remembered whole and told apart by colour and texture. Better: "
    f"`personavlm download {DINO}` and `personavlm download {CLIP}`."
)


@pytest.fixture
def hub(
    clip_folder: Path, dino_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HubServer]:
    """Has both models. The cache of this test is empty."""
    shutil.copytree(dino_folder, tmp_path / "models" / DINO)
    shutil.copytree(clip_folder, tmp_path / "models" / CLIP)
    with HubServer(tmp_path / "models") as server:
        server.patch(monkeypatch, tmp_path / "home")
        yield server


def seen(*, fetch: bool = False) -> Vision:
    return choose_vision(detector=DINO, clip=CLIP, fetch=fetch)


def test_with_nothing_here_nothing_is_asked_of_the_hub(hub: HubServer) -> None:
    vision = seen()
    assert vision.detector is None and isinstance(vision.descriptor, Covariance)
    assert vision.note == WITHOUT
    assert hub.files == []


def test_what_is_fetched_is_verified_and_then_in_the_cache(hub: HubServer) -> None:
    for fetch in (True, False):
        vision = seen(fetch=fetch)
        assert isinstance(vision.detector, GroundingDino) and isinstance(vision.descriptor, Clip)
        assert vision.note == f"Things in pictures are found by {DINO} and told apart by {CLIP}."
        assert (vision.detector.name, vision.descriptor.name) == (DINO, CLIP)
        fetched = hub.fetched()
        hub.down = True  # so that the second time has only the cache
    picture = Pillow.effect_noise((60, 50), 80).convert("RGB")
    [found] = vision.detector.detect([picture], [["dog"]])
    assert found and vision.descriptor.describe([picture]).shape == (1, 24)
    assert hub.fetched() == fetched, "what was here was not fetched again"


def test_a_download_that_comes_damaged_is_done_without(hub: HubServer) -> None:
    hub.flipped.add("model.safetensors")
    vision = seen(fetch=True)
    assert vision.detector is None and isinstance(vision.descriptor, Covariance)


def test_half_a_download_counts_as_none_and_is_completed(hub: HubServer, tmp_path: Path) -> None:
    seen(fetch=True)
    for path in (tmp_path / "home" / "hub" / "models--acme--clip").glob("**/model.safetensors"):
        path.unlink()
    assert isinstance(seen().descriptor, Covariance)
    assert isinstance(seen(fetch=True).descriptor, Clip)


def test_a_hub_that_is_not_there_is_asked_once(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    asked = []
    answers = choose._answers
    monkeypatch.setattr(choose, "_answers", lambda: asked.append(answers()) or asked[-1])
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    assert seen(fetch=True).note == WITHOUT
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert seen(fetch=True).note == WITHOUT
    assert asked == [False, False] and hub.files == []


def test_folders(clip_folder: Path, dino_folder: Path) -> None:
    vision = choose_vision(detector=str(dino_folder), clip=str(clip_folder))
    assert isinstance(vision.detector, GroundingDino) and isinstance(vision.descriptor, Clip)
    assert vision.descriptor.name == str(clip_folder)
    swapped = choose_vision(detector=str(clip_folder), clip=str(dino_folder), fetch=True)
    assert swapped.detector is None and isinstance(swapped.descriptor, Covariance)


def test_a_detector_alone(dino_folder: Path) -> None:
    vision = choose_vision(detector=str(dino_folder), clip="/no/such/folder")
    assert vision.note == (
        f"Things in pictures are found by {dino_folder} and told apart by colour and texture. "
        "Better: `personavlm download /no/such/folder`."
    )


def test_a_model_is_called_by_its_repository_and_commit() -> None:
    assert short_name(choose.CLIP) == "openai/clip-vit-base-patch32@c237dc4"
    assert short_name("acme/clip@refs/pr/15") == "acme/clip@refs/pr/15"
    assert short_name(DINO) == DINO


def test_positions_in_older_checkpoints_are_no_weights(clip_folder: Path, tmp_path: Path) -> None:
    """The published files have them, as 64-bit integers."""
    folder = Path(shutil.copytree(clip_folder, tmp_path / "older"))
    tensors = load_file(folder / "model.safetensors")
    for part, count in (("text", 77), ("vision", 17)):
        tensors[f"{part}_model.embeddings.position_ids"] = np.arange(count)[None]
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    weights = prepare_weights(str(folder), report=lambda line: None, chat=False)
    assert (weights.architecture, weights.dtype) == ("CLIPModel", "float32")


def test_what_sees_is_no_chat_model(clip_folder: Path) -> None:
    with pytest.raises(WeightsError, match="is a CLIPModel; PersonaVLM needs a chat model"):
        prepare_weights(str(clip_folder), report=lambda line: None)


def test_another_kind_of_model_is_refused(clip_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(clip_folder, tmp_path / "other"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["BertModel"]}))
    with pytest.raises(WeightsError, match=r"BertModel; .* zero-shot object detector, or a CLIP"):
        prepare_weights(str(folder), report=lambda line: None, chat=False)
