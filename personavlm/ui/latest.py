"""Draws of one tab that overlap: only the one that was started last may show its result.

Events run side by side. One that reads memory slowly could otherwise put an older choice (a tab, a
page, a step of the slider) back onto the screen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(eq=False)
class Latest:
    """Counts the draws of one panel. Lives in a gr.State, one for each tab of the browser."""

    _started: int = field(default=0, init=False)

    def start(self) -> int:
        """Begin a draw; what was begun before is out of date."""
        self._started += 1
        return self._started

    def is_last(self, draw: int) -> bool:
        """Whether no draw was begun since."""
        return draw == self._started

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """gr.State copies what its factory made; events of a tab have to share it."""
        return self
