"""What a training run is told, read from a TOML file; the paper's own numbers are in `recipes/`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from personavlm.errors import BadInput

RECIPES = Path(__file__).parent / "recipes"

Share = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(gt=0)]
Positive = Annotated[float, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lora(_Section):
    """Low-rank adapters on the linear layers of the language model; all else is frozen."""

    rank: Count
    alpha: Positive
    dropout: Share = 0.0


class SFTConfig(_Section):
    """A run of supervised fine-tuning.

    model: a folder, or `owner/name` or `owner/name@revision` on the Hub. data: training
    conversations, JSON or JSON lines. pictures: the folder that their pictures lie below; that of
    `data` if None. output: a folder for checkpoints, metrics and the result. batch: conversations
    an optimiser step, over all processes and accumulated. per_device: conversations that a process
    holds at once. steps: optimiser steps, which end the run before `epochs` do. warmup: share of
    the steps. max_length: tokens; longer conversations are left out. max_pixels: of a picture, for
    the record: training sees pictures as the engines do (`engines.pixels`). save_every, log_every:
    steps. trackio: metrics go there too, if it is installed.
    """

    model: str
    data: Path
    pictures: Path | None = None
    output: Path
    epochs: Positive = 1
    steps: Count | None = None
    batch: Count
    per_device: Count
    learning_rate: Positive
    scheduler: Literal["cosine", "constant"] = "cosine"
    warmup: Share = 0.0
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    max_grad_norm: Positive = 1.0
    max_length: Count
    max_pixels: Literal[230_400] = 230_400
    lora: Lora | None = None
    gradient_checkpointing: bool = False
    save_every: Count
    keep_checkpoints: Count = 2
    log_every: Count = 1
    trackio: bool = False
    seed: int = 0

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if self.batch % self.per_device:
            raise ValueError(
                f"batch ({self.batch}) is no multiple of per_device ({self.per_device})"
            )
        return self

    @property
    def picture_folder(self) -> Path:
        return self.pictures or self.data.parent

    def accumulation(self, processes: int) -> int:
        """Micro-batches that each of `processes` reads before an optimiser step.

        Raises:
            BadInput: they do not come to `batch`.
        """
        steps, rest = divmod(self.batch, self.per_device * processes)
        if rest or not steps:
            raise BadInput(
                f"{processes} processes of {self.per_device} conversations each do not divide a "
                f"batch of {self.batch}. Change batch, per_device or the number of processes."
            )
        return steps


def load_config(name: str, **given: object) -> SFTConfig:
    """A TOML file, or a recipe of the package by its name; what is given takes precedence.

    Raises:
        BadInput: there is no such file or recipe, or something in it is wrong; with what.
    """
    path = Path(name) if Path(name).is_file() else RECIPES / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(recipe.stem for recipe in RECIPES.glob("*.toml")))
        raise BadInput(f"{name} is neither a file nor a recipe; recipes are {known}.")
    try:
        values = tomllib.loads(path.read_text("utf-8"))
        known_values = {key: value for key, value in given.items() if value is not None}
        return SFTConfig.model_validate(values | known_values)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}.") from error
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'config'}: {one['msg']}" for one in error.errors()
        )
        raise BadInput(f"{path} is no training config: {problems}.") from error
