"""What can be set from outside: flags of `app.py`, or PERSONAVLM_* in the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

EngineName = Literal["auto", "sglang", "transformers", "preview"]


def _default_host() -> str:
    """Where ours is not set, Gradio's own variable counts: hosted Spaces set it."""
    return os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")


def _default_port() -> int:
    return int(os.environ.get("GRADIO_SERVER_PORT", "7860"))


class Settings(BaseSettings):
    """PersonaVLM: chat with an assistant that remembers you. Opens a page on this machine."""

    model_config = SettingsConfigDict(
        env_prefix="PERSONAVLM_",
        env_ignore_empty=True,
        cli_kebab_case=True,
        cli_prog_name="app.py",
        cli_hide_none_type=True,
        cli_avoid_json=True,
        nested_model_default_partial_update=False,
    )

    engine: EngineName = Field("auto", description="what runs the model")
    model: str | None = Field(None, description="Hub repository or folder with the weights")
    host: str = Field(
        default_factory=_default_host,
        description="address to listen on; 0.0.0.0 lets other machines in",
    )
    port: int = Field(default_factory=_default_port, ge=1, le=65535, description="port of the page")
    data_dir: Path | None = Field(None, description="where memories are kept")
