"""From a conversation to tokens and labels, in the very form in which the engines ask a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from personavlm.engines.pixels import model_size
from personavlm.engines.transformers.template import Template
from personavlm.errors import WeightsError
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
        content = self._content(conversation)
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

    def _content(self, conversation: Conversation) -> list[dict[str, Any]]:
        see = self._eyes is not None
        parts = [(one.role, self._template.parts(one, see)) for one in conversation]
        if see:
            return [{"role": role, "content": each} for role, each in parts]
        return [{"role": role, "content": "".join(p["text"] for p in each)} for role, each in parts]

    def _expanded(self, pairs: list[tuple[int, int]], conversation: Conversation) -> Sample:
        if self._eyes is None:
            labels = [token if learned else IGNORED for token, learned in pairs]
            return Sample([token for token, _ in pairs], labels, ())
        pictures = tuple(
            part for one in conversation for part in one.parts if isinstance(part, Image)
        )
        pending = iter(pictures)
        ids: list[int] = []
        labels = []
        for token, learned in pairs:
            count = self._eyes.count(next(pending)) if token == self._eyes.token else 1
            ids += [token] * count
            labels += [token if learned else IGNORED] * count
        return Sample(ids, labels, pictures)
