"""The text of one generation as its caller has it, however many tries it took."""

from __future__ import annotations

from personavlm.errors import EngineUnavailable


class Output:
    """Puts together what one or more tries bring: it ends with the first stop, and repeats nothing.

    SGLang looks for a stop only among the last few tokens, as many as the stop's usual spelling
    has. A stop that was spelt with more of them goes past it, so it is looked for here as well.
    """

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = stops
        self._reach = max(map(len, stops), default=0)
        self._given = ""  # what the caller has
        self._read = ""  # what this try has brought
        self.stopped = False

    def begin(self) -> None:
        """Another try begins."""
        self._read = ""

    def feed(self, text: str) -> str:
        """The part of the next `text` of this try that the caller does not have.

        Raises:
            EngineUnavailable: this try says something else than an earlier one.
        """
        before = len(self._read)
        self._read += text
        self._stop(max(0, before - self._reach))
        known = min(len(self._read), len(self._given))
        if self._read[before:known] != self._given[before:known]:
            raise _diverged()
        fresh = self._read[len(self._given) :]
        self._given += fresh
        return fresh

    def finish(self) -> None:
        """This try is over.

        Raises:
            EngineUnavailable: it ended earlier than a try before.
        """
        if len(self._read) < len(self._given):
            raise _diverged()

    def _stop(self, start: int) -> None:
        places = ((self._read.find(stop, start), stop) for stop in self._stops)
        ends = [at + len(stop) for at, stop in places if at >= 0]
        if ends:
            self._read = self._read[: min(ends)]
            self.stopped = True


def _diverged() -> EngineUnavailable:
    return EngineUnavailable(
        "The SGLang server stopped in the middle of this reply and, asked again, began another "
        "one. Please send the message again."
    )
