"""What is known of a set of weights that is ready to be loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Weights:
    """A verified checkpoint on this disk.

    source: the Hub repository or folder as it was asked for. commit: 40 hex digits, None for a
    folder. architecture: as its config names it. dtype: of most of its tensors. bytes: of all of
    them.
    """

    source: str
    commit: str | None
    path: Path
    architecture: str
    dtype: str
    bytes: int

    @property
    def name(self) -> str:
        """Short, for people and for records: `ClareNie/PersonaVLM@3f9c2b1`."""
        return f"{self.source}@{self.commit[:7]}" if self.commit else self.source
