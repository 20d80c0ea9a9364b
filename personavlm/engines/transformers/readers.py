"""From chat messages to a prompt, in the way of each kind of model.

Pictures come resized by `pixels`. People's words never become a model's special tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import torch

from personavlm.engines.pixels import for_model, resized
from personavlm.engines.transformers.prompt import Block, Prompt
from personavlm.engines.transformers.template import Template
from personavlm.errors import EngineUnavailable
from personavlm.protocol.messages import Message
from personavlm.records import Image

if TYPE_CHECKING:
    from PIL import Image as Pillow


class Reader(Protocol):
    """Turns messages into a prompt, in the way of one kind of model. sees: it takes pictures."""

    sees: bool

    def read(self, messages: Sequence[Message]) -> Prompt:
        """The messages and the beginning of the assistant's turn.

        Raises:
            EngineUnavailable: the model's chat template cannot take these messages. BadImage: a
            picture's file is gone or damaged.
        """

    def look(self, picture: Pillow.Image) -> dict[str, torch.Tensor]:
        """The tensors of an RGB picture by itself.

        Raises:
            EngineUnavailable: the model has no eyes.
        """


class TextReader:
    """For models without eyes: a picture becomes `template.NO_EYES`."""

    sees = False

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._template = Template(tokenizer)

    def read(self, messages: Sequence[Message]) -> Prompt:
        flat = [
            {
                "role": message.role,
                "content": "".join(p["text"] for p in self._template.parts(message)),
            }
            for message in messages
        ]
        ids = self._tokenizer(self._template.fill(flat), add_special_tokens=False)["input_ids"]
        return Prompt(torch.tensor(ids), tuple(ids), positions=torch.arange(len(ids))[None])

    def look(self, picture: Pillow.Image) -> dict[str, torch.Tensor]:
        raise EngineUnavailable("This model has no eyes.")


class GridReader:
    """For the Qwen-VL family: a picture is a grid of tokens, with positions in three dimensions.

    Done by hand rather than by the family's processor, which needs torchvision even for stills;
    and so the pictures of what a cache holds already need not be fed again.
    """

    sees = True

    def __init__(self, tokenizer: Any, image_processor: Any, network: Any) -> None:
        self._tokenizer = tokenizer
        self._template = Template(tokenizer)
        self._image_processor = image_processor
        self._rope = network.model.get_rope_index
        self._image_token = int(network.config.image_token_id)

    def read(self, messages: Sequence[Message]) -> Prompt:
        content = [
            {"role": message.role, "content": self._template.parts(message, see=True)}
            for message in messages
        ]
        marked = self._tokenizer(self._template.fill(content), add_special_tokens=False)
        images = _images(messages)
        if marked["input_ids"].count(self._image_token) != len(images):
            raise EngineUnavailable(
                "The model's chat template lost a picture: it does not fit this model."
            )
        ids: list[int] = []
        keys: list[int | str] = []
        blocks: list[Block] = []
        pending = iter(images)
        for token in marked["input_ids"]:
            if token == self._image_token:
                image = next(pending)
                tensors, count = self._see(image)
                blocks.append(Block(len(ids), len(ids) + count, tensors))
                ids += [token] * count
                keys += [image.hash] * count
            else:
                ids.append(token)
                keys.append(token)
        tokens = torch.tensor(ids)
        return Prompt(tokens, tuple(keys), tuple(blocks), self._positions(tokens, blocks))

    def _see(self, image: Image) -> tuple[dict[str, torch.Tensor], int]:
        """The tensors of one picture, and the number of tokens that stand for it."""
        tensors = self.look(for_model(image))
        patches = int(tensors["image_grid_thw"].prod())
        return tensors, patches // self._image_processor.merge_size**2

    def look(self, picture: Pillow.Image) -> dict[str, torch.Tensor]:
        seen = self._image_processor(images=[resized(picture)], return_tensors="pt")
        return {name: seen[name] for name in ("pixel_values", "image_grid_thw")}

    def _positions(self, tokens: torch.Tensor, blocks: Sequence[Block]) -> torch.Tensor:
        if not blocks:
            return torch.arange(len(tokens)).expand(3, -1)
        grids = torch.cat([block.tensors["image_grid_thw"] for block in blocks])
        kinds = (tokens == self._image_token).int()
        positions, _ = self._rope(tokens[None], kinds[None], image_grid_thw=grids)
        return torch.as_tensor(positions[:, 0])


class ProcessorReader:
    """For other models with eyes: their own processor makes the tokens and the tensors.

    Which of its tensors belong to which picture is its own affair, so the tokens from the first
    picture to the last are one block.
    """

    sees = True

    def __init__(self, processor: Any, image_token: int) -> None:
        self._processor = processor
        self._template = Template(processor.tokenizer)
        self._image_token = image_token

    def read(self, messages: Sequence[Message]) -> Prompt:
        content = []
        for message in messages:
            pictures = iter(_images([message]))
            parts = [
                part if part["type"] == "text" else part | {"image": for_model(next(pictures))}
                for part in self._template.parts(message, see=True)
            ]
            content.append({"role": message.role, "content": parts})
        made = self._template.make(
            self._processor, content, tokenize=True, return_dict=True, return_tensors="pt"
        )
        ids = made.pop("input_ids")[0]
        made.pop("attention_mask", None)
        images = _images(messages)
        if not images:
            return Prompt(ids, tuple(ids.tolist()))
        places = (ids == self._image_token).nonzero()[:, 0].tolist()
        if not places:
            raise EngineUnavailable(
                "The model's chat template lost a picture: it does not fit this model."
            )
        start, stop = places[0], places[-1] + 1
        tensors: dict[str, torch.Tensor] = {}
        extras: dict[str, torch.Tensor] = {}
        for name, tensor in made.items():
            (extras if tensor.shape == (1, len(ids)) else tensors)[name] = tensor
        seen = " ".join(image.hash for image in images)
        keys = [f"{k} {seen}" if start <= i < stop else k for i, k in enumerate(ids.tolist())]
        block = Block(start, stop, tensors)
        return Prompt(ids, tuple(keys), (block,), extras={n: e[0] for n, e in extras.items()})

    def look(self, picture: Pillow.Image) -> dict[str, torch.Tensor]:
        seen = self._processor.image_processor(images=[resized(picture)], return_tensors="pt")
        return {name: made for name, made in seen.items() if isinstance(made, torch.Tensor)}


def _images(messages: Sequence[Message]) -> list[Image]:
    return [part for message in messages for part in message.parts if isinstance(part, Image)]
