"""What writes people: given a number, one life, the same each time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from personavlm.errors import PersonaVLMError
from personavlm.synthesis.life import Life
from personavlm.synthesis.spent import Spent


class Unusable(PersonaVLMError):
    """What a model replied cannot be used, after several tries; the message says why."""


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A person that could not be written, and why."""

    number: int
    reason: str


class Writer(Protocol):
    """Writes lives one by one, in any order and in several threads; each depends on its number."""

    @property
    def source(self) -> str:
        """What it is, for the data card: "simulator", or a model's name."""

    @property
    def settings(self) -> Mapping[str, str | int]:
        """All that the lives depend on: two writers with the same ones write the same lives."""

    def write(self, number: int) -> Life:
        """Person number so and so.

        Raises:
            Unusable: they cannot be written, however often it is tried.
        """

    def stop(self) -> None:
        """End those in the making as soon as may be; nobody is written after that."""

    def spent(self) -> Spent | None:
        """What all lives in this folder took so far; None where no model is asked."""
