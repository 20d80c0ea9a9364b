"""Weights that do not fit into memory are refused with the figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from personavlm.errors import EngineUnavailable
from personavlm.hub.fit import require_fit
from personavlm.hub.weights import Weights

SEVEN_B = 16_600_000_000
WEIGHTS = Weights(
    "ClareNie/PersonaVLM", "3f9c2b1" + "0" * 33, Path("/w"), "Qwen", "bfloat16", SEVEN_B
)


def test_a_24_gb_card_holds_the_published_weights() -> None:
    require_fit(WEIGHTS, 23_600_000_000, "an L4")


def test_a_16_gb_card_is_told_what_is_needed_and_what_is_there() -> None:
    with pytest.raises(
        EngineUnavailable,
        match=r"PersonaVLM@3f9c2b1 needs 20\.1 GB .*16\.6 GB of weights.*a T4 has 15\.6 GB free",
    ):
        require_fit(WEIGHTS, 15_600_000_000, "a T4")
