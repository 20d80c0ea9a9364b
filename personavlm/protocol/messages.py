"""What a model reads: chat messages whose parts are text and pictures in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from personavlm.records import Image


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message; its parts are text and pictures in reading order."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[str | Image, ...]

    @property
    def text(self) -> str:
        return "".join(part for part in self.parts if isinstance(part, str))
