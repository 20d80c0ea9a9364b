"""From generated tokens to text that can be shown: whole characters, up to a stop string."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_UNFINISHED = "\ufffd"  # what half a character decodes to


class TextStream:
    """Decodes tokens as they come.

    Text that may still change is held back: bytes of an unfinished character, and what may be the
    beginning of a stop string. `stopped` once a stop string came; the text ends with it.
    """

    def __init__(self, tokenizer: Any, stops: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        self._stops = stops
        self._ids: list[int] = []
        self._context = 0  # decoding begins here, as a first token may be written differently
        self._decoded = 0  # tokens before this one are text already
        self._held = ""
        self.stopped = False

    def push(self, token: int) -> str:
        """Take a token; return the text that is certain now."""
        self._ids.append(token)
        new = self._new_text()
        if not new or new.endswith(_UNFINISHED):
            return ""
        self._context, self._decoded = self._decoded, len(self._ids)
        return self._before_stop(new)

    def finish(self) -> str:
        """What was held back, now that nothing more comes."""
        if self.stopped:
            return ""
        text = self._before_stop(self._new_text())
        return text if self.stopped else text + self._held

    def _new_text(self) -> str:
        known = self._decode(self._ids[self._context : self._decoded])
        return self._decode(self._ids[self._context :])[len(known) :]

    def _decode(self, ids: list[int]) -> str:
        return str(
            self._tokenizer.decode(
                ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )

    def _before_stop(self, text: str) -> str:
        whole = self._held + text
        ends = [whole.find(stop) + len(stop) for stop in self._stops if stop in whole]
        if ends:
            self.stopped = True
            return whole[: min(ends)]
        certain = len(whole) - max((_begun(whole, stop) for stop in self._stops), default=0)
        self._held = whole[certain:]
        return whole[:certain]


def _begun(text: str, stop: str) -> int:
    """How many characters at the end of `text` may be the beginning of `stop`."""
    longest = min(len(stop) - 1, len(text))
    return next((n for n in range(longest, 0, -1) if text.endswith(stop[:n])), 0)
