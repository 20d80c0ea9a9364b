from __future__ import annotations

from collections.abc import Iterator

import pytest
from openai_server import KEY, MODEL, OpenAIServer, openai_server

from personavlm.engines.openai.endpoint import Endpoint
from personavlm.engines.openai.engine import OpenAIEngine


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server() as server:
        yield server


@pytest.fixture
def endpoint(server: OpenAIServer) -> Iterator[Endpoint]:
    endpoint = Endpoint(MODEL, url=server.url, key=KEY)
    yield endpoint
    endpoint.close()


@pytest.fixture
def engine(endpoint: Endpoint) -> Iterator[OpenAIEngine]:
    with OpenAIEngine(endpoint) as engine:
        yield engine
