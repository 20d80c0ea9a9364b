"""What writes people: given a number, one life, the same each time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from personavlm.synthesis.life import Life


class Writer(Protocol):
    """Writes lives one by one, in any order; each depends on nothing but its number."""

    @property
    def source(self) -> str:
        """What it is, for the data card: "simulator", or a model's name."""

    @property
    def settings(self) -> Mapping[str, str | int]:
        """All that the lives depend on: two writers with the same ones write the same lives."""

    def write(self, number: int) -> Life: ...
