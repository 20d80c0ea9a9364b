"""What can be set from outside: flags of `app.py`, or PERSONAVLM_* in the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from personavlm.engines.choose import Wanted, split_urls

EngineName = Literal["auto", "sglang", "transformers", "openai", "preview"]


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
    model: str | None = Field(
        None,
        description="Hub repository or folder with the weights; for the openai engine, the name "
        "of a model",
    )
    revision: str | None = Field(None, description="branch, tag or commit of that repository")
    prompts: str = Field(
        "auto", description="auto: as the weights were trained, where that is known; own; or a file"
    )
    engine_url: str | None = Field(
        None,
        description="running SGLang servers or their router, with commas between them; for the "
        "openai engine, another address than OpenAI's own",
    )
    engine_key: SecretStr | None = Field(None, description="their API key")
    sglang_python: str | None = Field(None, description="the Python (or its folder) with SGLang")
    reranker: str | None = Field(
        None, description="cross-encoder (Hub repository or folder) that rereads what is found"
    )
    host: str = Field(
        default_factory=_default_host,
        description="address to listen on; 0.0.0.0 lets other machines in",
    )
    port: int = Field(default_factory=_default_port, ge=1, le=65535, description="port of the page")
    data_dir: Path | None = Field(None, description="where memories are kept")

    @property
    def wanted(self) -> Wanted:
        """The engine and the weights that these settings ask for."""
        return Wanted(
            self.engine,
            self.model,
            self.revision,
            split_urls(self.engine_url),
            self.engine_key.get_secret_value() if self.engine_key else None,
            self.sglang_python,
        )
