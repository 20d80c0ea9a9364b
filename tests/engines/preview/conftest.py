"""The real text encoder and the engine on it, once for all tests here."""

import pytest

from personavlm.engines.preview.encoding import CachedEncoder
from personavlm.engines.preview.engine import PreviewEngine
from personavlm.memory.encode import MiniLM


@pytest.fixture(scope="session")
def encoder() -> MiniLM:
    return MiniLM()


@pytest.fixture(scope="session")
def cached(encoder: MiniLM) -> CachedEncoder:
    return CachedEncoder(encoder)


@pytest.fixture(scope="session")
def engine(encoder: MiniLM) -> PreviewEngine:
    return PreviewEngine(encoder)
