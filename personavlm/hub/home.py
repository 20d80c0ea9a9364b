"""Where on this disk things are kept that can be had again: beside the Hub's own cache."""

from __future__ import annotations

from pathlib import Path


def cache_folder(name: str) -> Path:
    """The folder for one kind of thing. It may not exist yet."""
    from huggingface_hub import constants

    return Path(constants.HF_HOME) / "personavlm" / name
