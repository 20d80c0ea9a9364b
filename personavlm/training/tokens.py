"""From a conversation to tokens and labels, in the very form in which the engines ask a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from personavlm.engines.pixels import for_model, model_size
from personavlm.engines.transformers.template import Template
from personavlm.errors import WeightsError
from personavlm.protocol.messages import Message
from personavlm.records import Image
from personavlm.training.marks import marked_template
from personavlm.training.rows import Conversation

IGNORED = -100  # the label of a token that is not learned


@dataclass(frozen=True, slots=True)
class Sample:
    """ids, labels: as many; a label is the token's id, or IGNORED. pictures: in reading order."""

    ids: list[int]
    labels: list[int]
    pictures: tuple[Image, ...]


@dataclass(frozen=True, slots=True)
class Eyes:
    """How a model of the Qwen-VL family sees: one token stands for each patch of a picture."""

    processor: Any
    token: int

    def count(self, image: Image) -> int:
        """The tokens that stand for a picture."""
        width, height = model_size(image.width, image.height)
        patches = self.processor.get_number_of_image_patches(height, width)
        return int(patches) // int(self.processor.merge_size) ** 2

    def grids(self, pictures: Iterable[Image]) -> torch.Tensor:
        """The patches of pictures: (pictures, 3) int64; one in time, then down, then across."""
        sizes = [model_size(picture.width, picture.height) for picture in pictures]
        patch = int(self.processor.patch_size)
        return torch.tensor([[1, high // patch, wide // patch] for wide, high in sizes])

    def counts(self, ids: Iterable[int], pictures: Iterable[Image]) -> Iterator[int]:
        """How often each token of a text stands once its pictures are read, in reading order."""
        pending = iter(pictures)
        return (self.count(next(pending)) if token == self.token else 1 for token in ids)

    def see(self, pictures: Sequence[Image]) -> dict[str, torch.Tensor]:
        """The tensors of pictures, one at least: `pixel_values` and `image_grid_thw`.

        Raises:
            BadImage: a picture's file is gone or damaged.
        """
        seen = self.processor(images=list(map(for_model, pictures)), return_tensors="pt")
        return {name: seen[name] for name in ("pixel_values", "image_grid_thw")}


def pictures_of(messages: Iterable[Message]) -> tuple[Image, ...]:
    """The pictures of a conversation, in reading order."""
    parts = (part for message in messages for part in message.parts)
    return tuple(part for part in parts if isinstance(part, Image))


def content_of(template: Template, messages: Iterable[Message], see: bool) -> list[dict[str, Any]]:
    """A conversation as chat templates take it. see: pictures stay pictures."""
    parts = [(message.role, template.parts(message, see)) for message in messages]
    if see:
        return [{"role": role, "content": each} for role, each in parts]
    return [{"role": role, "content": "".join(p["text"] for p in each)} for role, each in parts]


class Tokeniser:
    """Writes conversations in a model's chat template; only what the assistant says is learned.

    eyes: None for a model that reads text alone, to which a picture is a word that stands for it.
    """

    def __init__(self, tokenizer: Any, eyes: Eyes | None) -> None:
        self._tokenizer = tokenizer
        self._template = Template(tokenizer)
        self._marked = marked_template(tokenizer)
        self._eyes = eyes

    def read(self, conversation: Conversation) -> Sample:
        """The tokens of a conversation.

        Raises:
            WeightsError: the template with marks gives another text than the model's own, or its
            marks are around nothing.
        """
        content = content_of(self._template, conversation, self._eyes is not None)
        as_asked = self._tokenizer.apply_chat_template(content, tokenize=False)
        marked = self._tokenizer.apply_chat_template(
            content, chat_template=self._marked, tokenize=False
        )
        if as_asked != marked:
            raise WeightsError(
                "The model's chat template cannot be trained: with marks around the replies it "
                "writes this conversation differently."
            )
        written = self._tokenizer.apply_chat_template(
            content,
            chat_template=self._marked,
            return_dict=True,
            return_assistant_tokens_mask=True,
        )
        pairs = list(zip(written["input_ids"], written["assistant_masks"], strict=True))
        if not any(learned for _, learned in pairs):
            raise WeightsError("The model's chat template marks no reply, so nothing is learned.")
        return self._expanded(pairs, conversation)

    def _expanded(self, pairs: list[tuple[int, int]], conversation: Conversation) -> Sample:
        if self._eyes is None:
            labels = [token if learned else IGNORED for token, learned in pairs]
            return Sample([token for token, _ in pairs], labels, ())
        pictures = pictures_of(conversation)
        counts = self._eyes.counts((token for token, _ in pairs), pictures)
        ids: list[int] = []
        labels = []
        for (token, learned), count in zip(pairs, counts, strict=True):
            ids += [token] * count
            labels += [token if learned else IGNORED] * count
        return Sample(ids, labels, pictures)
