"""How weights are named, and which are the paper's."""

from pathlib import Path

import pytest

from personavlm.hub.weights import Weights


@pytest.mark.parametrize(
    ("source", "commit", "name", "published"),
    [
        ("ClareNie/PersonaVLM", "3f9c2b1" + "0" * 33, "ClareNie/PersonaVLM@3f9c2b1", True),
        ("me/small-vl", "abcdef0" + "0" * 33, "me/small-vl@abcdef0", False),
        ("/srv/models/PersonaVLM/", None, "PersonaVLM", True),
        ("./tiny", None, "tiny", False),
        ("served/name", None, "served/name", False),
    ],
)
def test_names(source: str, commit: str | None, name: str, published: bool) -> None:
    weights = Weights(source, commit, Path("/somewhere"), "LlamaForCausalLM", "float32", 1)
    assert (weights.name, weights.published) == (name, published)
