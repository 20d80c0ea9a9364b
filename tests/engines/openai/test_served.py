"""Against a server that is not ours: `transformers serve`, with weights of noise."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from asking import answer, ask
from checkpoints import engine_at, text_checkpoint
from sglang_server import wait_until

from personavlm.engines.openai.endpoint import Answered, Endpoint, Sampling
from personavlm.engines.openai.engine import OpenAIEngine
from personavlm.protocol.messages import Message

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return text_checkpoint(tmp_path_factory.mktemp("text"))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server that loads what it is asked for by its folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("transformers")), "serve"]
    how = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--dtype", "float32"]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    with subprocess.Popen([*command, *how], env=environment) as process:
        try:
            assert wait_until(lambda: _answers(f"http://127.0.0.1:{port}/health"), 240)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_it_says_what_the_same_weights_say_here(url: str, weights: Path) -> None:
    with OpenAIEngine(Endpoint(str(weights), url=url)) as there, engine_at(weights) as here:
        there.load()
        assert there.served is not None
        assert there.served.startswith(str(weights))
        for question in ("Hello there", "Wie geht es dir?", "1 + 1 = ?"):
            text, usage = answer(there, ask(question))
            expected, counted = answer(here, ask(question))
            assert re.sub(r"<\|\w+\|>", "", text) == expected, "but for special tokens, all said"
            assert usage.prompt_tokens == counted.prompt_tokens
            assert usage.completion_tokens == counted.completion_tokens


def test_whole_and_streamed_it_says_the_same(url: str, weights: Path) -> None:
    endpoint = Endpoint(str(weights), url=url)
    messages = [Message("user", ("Hello there",))]
    whole = endpoint.ask(messages, Sampling(8))
    *pieces, streamed = endpoint.stream(messages, Sampling(8))
    assert isinstance(streamed, Answered)
    assert "".join(map(str, pieces)) == streamed.text == whole.text
    assert (streamed.finish, streamed.model) == (whole.finish, whole.model)
    assert streamed.usage.completion_tokens == whole.usage.completion_tokens
    endpoint.close()
