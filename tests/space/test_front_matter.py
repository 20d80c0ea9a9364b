"""The README's YAML block is what a Gradio Space on a GPU of its own needs.

The Hub checks a Space's block when it is pushed; no library does offline. The keys and the words
allowed are those of https://huggingface.co/docs/hub/spaces-config-reference; enums and repository
names are huggingface_hub's.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from huggingface_hub import SpaceCard, SpaceHardware
from huggingface_hub.utils import validate_repo_id
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
SPACE = SpaceCard.load(ROOT / "README.md").data.to_dict()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

KEYS = {
    "title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "app_file",
    "suggested_hardware", "startup_duration_timeout", "short_description", "license", "models",
    "datasets", "preload_from_hub", "pinned", "tags", "thumbnail", "header", "fullWidth",
    "hf_oauth", "hf_oauth_scopes", "hf_oauth_expiration_minutes", "disable_embedding",
    "custom_headers",
}  # fmt: skip
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
GPUS = ("t4-", "l4x", "l40sx", "a10g-", "a100")  # kinds that may be suggested, by how they start


def test_every_key_is_one_that_a_gradio_space_reads() -> None:
    assert set(SPACE) <= KEYS
    needed = {"title", "emoji", "sdk", "sdk_version", "python_version", "app_file", "license"}
    assert set(SPACE) >= needed
    texts = set(SPACE) - {"models", "datasets", "preload_from_hub", "tags", "pinned"}
    assert all(isinstance(SPACE[key], str) for key in texts)  # a bare 3.12 would be a number


def test_the_sdk_is_the_gradio_that_both_extras_pin() -> None:
    assert SPACE["sdk"] == "gradio"
    for extra in ("cpu", "gpu"):
        needs = {need.name: need for need in map(Requirement, extras()[extra])}
        assert str(needs["gradio"].specifier) == f"=={SPACE['sdk_version']}"


def test_the_python_is_one_the_package_supports() -> None:
    assert re.fullmatch(r"3\.\d+", SPACE["python_version"])
    assert SpecifierSet(PROJECT["requires-python"]).contains(SPACE["python_version"])


def test_the_hardware_is_a_gpu_of_its_own() -> None:
    hardware = SpaceHardware(SPACE["suggested_hardware"])
    assert hardware.value.startswith(GPUS)


def test_the_app_file_is_there() -> None:
    assert (ROOT / SPACE["app_file"]).is_file()


def test_it_fits_the_space_s_tile() -> None:
    assert 0 < len(SPACE["short_description"]) <= 60
    assert {SPACE["colorFrom"], SPACE["colorTo"]} <= COLOURS
    assert len(SPACE["emoji"]) == 1 and not SPACE["emoji"].isascii()


def test_the_start_may_take_as_long_as_loading_does() -> None:
    assert re.fullmatch(r"\d+[mh]", SPACE["startup_duration_timeout"])


def test_the_licence_is_the_package_s() -> None:
    assert SPACE["license"] == PROJECT["license"].lower()


@pytest.mark.parametrize("key", ["models", "datasets", "preload_from_hub"])
def test_repositories_have_valid_names(key: str) -> None:
    assert SPACE[key]
    for entry in SPACE[key]:
        validate_repo_id(entry.split()[0])
        assert "/" in entry


def test_what_is_preloaded_is_a_model_it_names() -> None:
    assert {entry.split()[0] for entry in SPACE["preload_from_hub"]} <= set(SPACE["models"])


def test_signing_in_is_asked_for_only_where_the_app_does() -> None:
    code = "".join(file.read_text() for file in (ROOT / "personavlm").rglob("*.py"))
    assert SPACE.get("hf_oauth", False) == ("LoginButton" in code or "OAuthProfile" in code)


def extras() -> dict[str, list[str]]:
    found: dict[str, list[str]] = PROJECT["optional-dependencies"]
    return found
