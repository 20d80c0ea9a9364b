"""People that several tests look at; written once."""

import pytest

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
