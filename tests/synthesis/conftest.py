"""People that several tests look at; written once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from openai_server import OpenAIServer, openai_server
from synthesis.played import model_writer, reply

from personavlm.synthesis.life import Life
from personavlm.synthesis.simulator import Simulator
from personavlm.synthesis.split import Split

MANY = 48


def written(split: Split) -> list[Life]:
    simulator = Simulator(7, split)
    return [simulator.write(number) for number in range(MANY)]


@pytest.fixture(scope="session")
def train() -> list[Life]:
    return written(Split.TRAIN)


@pytest.fixture(scope="session")
def test() -> list[Life]:
    return written(Split.TEST)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """The scripted model; it is none (`played`)."""
    with openai_server() as found:
        found.reply = reply
        yield found


@pytest.fixture(scope="session")
def by_model(tmp_path_factory: pytest.TempPathFactory) -> list[Life]:
    """Two lives as the scripted model writes them, the second on from where the first stopped."""
    folder: Path = tmp_path_factory.mktemp("by_model")
    with openai_server() as found:
        found.reply = reply
        writer = model_writer(found, folder, folder / "out")
        return [writer.write(number) for number in range(2)]
