"""What sees objects in pictures: chosen when the first picture asks for it, once for all people."""

from __future__ import annotations

import threading
from collections.abc import Callable

from personavlm.vision.base import Vision

See = Callable[[], Vision]


class Sight:
    """Gives the one `Vision` of a process. Safe to use from several threads."""

    def __init__(self, choose: See | None = None) -> None:
        """choose: makes it; by default, of what is to be had without a language model."""
        self._choose = choose or _best_here
        self._lock = threading.Lock()
        self._vision: Vision | None = None

    def __call__(self) -> Vision:
        """What there is to see with. The first call chooses it; what it loads is loaded later."""
        with self._lock:
            if self._vision is None:
                self._vision = self._choose()
            return self._vision


def _best_here() -> Vision:
    from personavlm.vision.choose import choose_vision

    return choose_vision()
