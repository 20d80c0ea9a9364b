"""The prompts: one template a task, what fills them, and packs of them."""

from personavlm.prompts.pack import OWN, PromptPack
from personavlm.prompts.render import render

__all__ = ["OWN", "PromptPack", "render"]
