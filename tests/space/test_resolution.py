"""The Space's requirements go together, for the Space's Python.

The resolution itself asks PyPI for a few minutes, and fetches whole wheels (gigabytes) where an
index does not offer their metadata alone. `make check-space` runs it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import SpaceCard
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from space.resolution import Wheel, chosen, linux, parse, resolve, unmet

ROOT = Path(__file__).parents[2]
TOGETHER = (
    "gradio", "sglang", "transformers", "torch", "faiss-gpu", "spaces", "safetensors",
    "huggingface-hub",
)  # fmt: skip


def wheel(version: str, *requires: str) -> Wheel:
    return Wheel(version, tuple(map(Requirement, requires)))


@pytest.mark.network
@pytest.mark.timeout(1800)
def test_the_requirements_resolve_in_one_environment(tmp_path: Path) -> None:
    requirements = ROOT / "requirements.txt"
    space = SpaceCard.load(ROOT / "README.md").data
    python = space["python_version"]
    wheels = resolve(requirements, python, tmp_path)

    assert unmet(parse(requirements.read_text()), wheels, linux(python)) == []
    assert wheels.keys() >= set(TOGETHER)
    assert "faiss-cpu" not in wheels  # it installs the same module as faiss-gpu
    assert wheels["gradio"].version == space["sdk_version"]
    pins = {need.name: need.specifier for need in wheels["sglang"].requires}
    assert pins["transformers"] == SpecifierSet(f"=={wheels['transformers'].version}")
    assert pins["torch"] == SpecifierSet(f"=={wheels['torch'].version}")


def test_what_is_chosen_and_fits_is_not_reported() -> None:
    wheels = {"a": wheel("1.2", "b[fast]>=2", "old; python_version < '3.12'"), "b": wheel("2.1b1")}
    assert unmet([Requirement("a~=1.0")], wheels, linux("3.12")) == []


def test_a_version_out_of_range_is_reported_however_deep() -> None:
    wheels = {"a": wheel("1", "b"), "b": wheel("2", "c<3"), "c": wheel("3.1")}
    assert unmet([Requirement("a")], wheels, linux("3.12")) == ["c<3, but 3.1 was chosen"]


def test_what_only_the_target_needs_is_missed() -> None:
    """The case pip cannot see: its own Python is older than the Space's."""
    wheels = {"a": wheel("1", "new; python_version >= '3.12'")}
    [line] = unmet([Requirement("a")], wheels, linux("3.12"))
    assert line.startswith("new;") and line.endswith("but nothing was chosen")
    assert unmet([Requirement("a")], wheels, linux("3.11")) == []


def test_extras_are_followed_from_where_they_are_asked_for() -> None:
    needs = ("b[fast]", "slow; extra == 'all'")
    wheels = {"a": wheel("1", *needs), "b": wheel("1", "c; extra == 'fast'")}
    [line] = unmet([Requirement("a")], wheels, linux("3.12"))
    assert line.startswith("c;")


def test_names_are_compared_as_pip_does() -> None:
    report = {"install": [{"metadata": {"name": "Huggingface_Hub", "version": "1.33.0"}}]}
    wheels = chosen(report)
    assert unmet([Requirement("huggingface-hub>=1.33,<3")], wheels, linux("3.12")) == []


def test_one_name_twice_is_refused() -> None:
    item = {"metadata": {"name": "a", "version": "1"}}
    with pytest.raises(AssertionError, match="chosen twice"):
        chosen({"install": [item, item]})


def test_comments_are_no_requirements() -> None:
    assert list(map(str, parse("# why\na>=1  # because\n\nb[x]==2\n"))) == ["a>=1", "b[x]==2"]
