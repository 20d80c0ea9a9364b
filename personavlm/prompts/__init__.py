"""The prompts: one template a task, and what fills them."""

from personavlm.prompts.render import render

__all__ = ["render"]
