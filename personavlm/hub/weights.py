"""What is known of a set of weights that is ready to be loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PUBLISHED = "ClareNie/PersonaVLM"  # the paper's weights, on the Hub
PROMPTS = "prompts.json"  # beside weights: the pack that they were trained with


@dataclass(frozen=True, slots=True)
class Weights:
    """A verified checkpoint on this disk.

    source: the Hub repository or folder as it was asked for. commit: 40 hex digits, None for a
    folder. architecture: as its config names it. dtype: of most of its tensors. bytes: of all of
    them. For a server that was connected to, `path` is on its machine and `bytes` is 0.
    """

    source: str
    commit: str | None
    path: Path
    architecture: str
    dtype: str
    bytes: int

    @property
    def name(self) -> str:
        """Short, for people and for records: `ClareNie/PersonaVLM@3f9c2b1`, or a folder's name."""
        if self.commit is not None:
            return f"{self.source}@{self.commit[:7]}"
        is_path = self.source.startswith(("/", ".", "~"))
        return self._last_part if is_path else self.source

    @property
    def published(self) -> bool:
        """Whether these are the paper's weights, from the Hub, a folder or a server named so."""
        return self._last_part.casefold().startswith("personavlm")

    @property
    def _last_part(self) -> str:
        return self.source.rstrip("/").rpartition("/")[2]
