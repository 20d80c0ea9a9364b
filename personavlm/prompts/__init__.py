"""The prompts: one template a task, what fills them, and packs of them."""

from personavlm.prompts.choose import choose_pack
from personavlm.prompts.pack import OWN, PromptPack
from personavlm.prompts.pack_file import load_pack, save_pack
from personavlm.prompts.render import render

__all__ = ["OWN", "PromptPack", "choose_pack", "load_pack", "render", "save_pack"]
