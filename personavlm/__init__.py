"""PersonaVLM: an assistant that knows one person for months.

Importing this package is light: torch, transformers and gradio are imported when they are needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from personavlm.errors import (
    BadImage,
    BadInput,
    EngineUnavailable,
    MemoryCorrupt,
    MemoryUnavailable,
    PersonaVLMError,
    WeightsError,
)

if TYPE_CHECKING:
    from personavlm.agent import Agent
    from personavlm.model import PersonaVLM
    from personavlm.respond import Options
    from personavlm.settings import Settings

__version__ = "0.1.0"
__all__ = [
    "Agent",
    "BadImage",
    "BadInput",
    "EngineUnavailable",
    "MemoryCorrupt",
    "MemoryUnavailable",
    "Options",
    "PersonaVLM",
    "PersonaVLMError",
    "Settings",
    "WeightsError",
]

_HOMES = {"Agent": "agent", "Options": "respond", "PersonaVLM": "model", "Settings": "settings"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'personavlm' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"personavlm.{_HOMES[name]}"), name)
