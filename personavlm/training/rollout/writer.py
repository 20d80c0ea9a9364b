"""A trajectory as the one text that a model reads: its opening, and what comes between its words.

An engine is given each step's prompt anew. A trajectory that is learned from is one sequence: what
the model wrote stands in it as it wrote it, and not as it was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from personavlm.engines.transformers.template import Template
from personavlm.errors import WeightsError
from personavlm.protocol.messages import Message
from personavlm.records import Image
from personavlm.training.tokens import Eyes, content_of, pictures_of

_SAID = "what-the-model-said"  # stands where its own words are


@dataclass(frozen=True, slots=True)
class Piece:
    """Tokens that nobody samples, and the pictures that they stand for, in reading order."""

    ids: tuple[int, ...]
    pictures: tuple[Image, ...] = ()


class Writer:
    """Writes in a model's chat template. eyes: None for a model that reads text alone."""

    def __init__(self, tokenizer: Any, eyes: Eyes | None) -> None:
        self.eyes = eyes
        self._tokenizer = tokenizer
        self._template = Template(tokenizer)

    def opening(self, messages: Sequence[Message]) -> Piece:
        """All messages, and the beginning of the model's turn."""
        return self._piece(self._text(messages), messages)

    def following(self, messages: Sequence[Message]) -> Piece:
        """From the end of the model's last words to the beginning of its next turn.

        Raises:
            WeightsError: the chat template does not let the two be told apart.
        """
        *before, _, after = messages
        said = Message("assistant", (_SAID,))
        _, found, text = self._text([*before, said, after]).rpartition(_SAID)
        if not found:
            raise WeightsError(
                "The model's chat template cannot be trained in several steps: it leaves out what "
                "the model said before."
            )
        return self._piece(text, [after])

    def _text(self, messages: Sequence[Message]) -> str:
        return self._template.fill(content_of(self._template, messages, self.eyes is not None))

    def _piece(self, text: str, messages: Iterable[Message]) -> Piece:
        ids = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        if self.eyes is None:
            return Piece(tuple(ids))
        pictures = pictures_of(messages)
        counts = self.eyes.counts(ids, pictures)
        expanded = (
            each for token, count in zip(ids, counts, strict=True) for each in [token] * count
        )
        return Piece(tuple(expanded), pictures)
