"""The real text encoder, the engine on it, and the development data, once for all tests here.

data/histories.json holds three people's weeks with questions, data/traits.json utterances with and
without a Big Five cue. The engine's weights and thresholds were set on these; the sample month, its
questions and the utterances of eval/bench/data, on which it is judged, were written by others.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from personavlm.engines.preview.engine import PreviewEngine
from personavlm.memory.encode import CachedEncoder, MiniLM

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def encoder() -> MiniLM:
    return MiniLM()


@pytest.fixture(scope="session")
def cached(encoder: MiniLM) -> CachedEncoder:
    return CachedEncoder(encoder)


@pytest.fixture(scope="session")
def engine(encoder: MiniLM) -> PreviewEngine:
    return PreviewEngine(encoder)


@pytest.fixture(scope="session")
def histories() -> dict[str, dict[str, Any]]:
    found = json.loads((DATA / "histories.json").read_text("utf-8"))
    return {history["name"]: history for history in found}


@pytest.fixture(scope="session")
def trait_cases() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "traits.json").read_text("utf-8"))
    return found
