"""A model's own chat template, filled with words that hold none of its special tokens."""

from __future__ import annotations

import re
from typing import Any

from personavlm.errors import EngineUnavailable
from personavlm.protocol.messages import Message
from personavlm.protocol.text import JOINER
from personavlm.records import Image

NO_EYES = "[picture]"  # what a model without eyes reads in a picture's place


class Template:
    """Writes messages as a model was trained to read them."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        added = tokenizer.added_tokens_decoder.values()
        special = {token.content for token in added if token.special}
        special |= set(tokenizer.all_special_tokens)
        self._special = re.compile(
            "|".join(map(re.escape, sorted(special, key=len, reverse=True))) or r"(?!)"
        )

    def parts(self, message: Message, see: bool = False) -> list[dict[str, str]]:
        """A message as templates take it; text that stands together as one part."""
        parts: list[dict[str, str]] = []
        for part in message.parts:
            if isinstance(part, Image) and see:
                parts.append({"type": "image"})
                continue
            text = NO_EYES if isinstance(part, Image) else part
            if parts and parts[-1]["type"] == "text":
                text = parts.pop()["text"] + text
            parts.append({"type": "text", "text": text})
        return [
            part | {"text": self._harmless(part["text"])} if part["type"] == "text" else part
            for part in parts
        ]

    def _harmless(self, text: str) -> str:
        """`protocol.inert` knows the tokens of Qwen; here those of the model at hand are split."""
        return self._special.sub(lambda found: found[0][0] + JOINER + found[0][1:], text)

    def fill(self, content: list[dict[str, Any]]) -> str:
        return str(self.make(self._tokenizer, content, tokenize=False))

    def make(self, template: Any, content: list[dict[str, Any]], **options: Any) -> Any:
        from jinja2 import TemplateError

        try:
            return template.apply_chat_template(content, add_generation_prompt=True, **options)
        except TemplateError as error:
            raise EngineUnavailable(
                f"The model's chat template cannot take this conversation: {error}"
            ) from error
