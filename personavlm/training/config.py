"""What a training run is told, read from a TOML file; the paper's own numbers are in `recipes/`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

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


class RunConfig(_Section):
    """What every run is told.

    model: a folder, or `owner/name` or `owner/name@revision` on the Hub. data: a file. output: a
    folder for checkpoints, metrics and the result. batch: sequences an optimiser step, over all
    processes and accumulated. per_device: sequences that a process holds at once. steps: optimiser
    steps, which end the run before `epochs` do. warmup: share of the steps. max_length: tokens of a
    sequence. max_pixels: of a picture, for the record: training sees pictures as the engines do
    (`engines.pixels`). save_every, log_every: steps. trackio: metrics go there too, if it is
    installed. bfloat16: on GPUs, or always; a CPU that computes it takes half the time so. prompts:
    what the model is asked with: `own` wording, or a pack's file, which then goes with the result;
    None: those that the model brings, if it does.
    """

    model: str
    data: Path
    output: Path
    epochs: Positive = 1
    steps: Count | None = None
    batch: Count
    per_device: Count
    learning_rate: Positive
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
    bfloat16: Literal["gpu", "always"] = "gpu"
    prompts: str | None = None
    seed: int = 0

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if self.batch % self.per_device:
            raise ValueError(
                f"batch ({self.batch}) is no multiple of per_device ({self.per_device})"
            )
        return self

    def accumulation(self, processes: int) -> int:
        """Micro-batches that each of `processes` reads before an optimiser step.

        Raises:
            BadInput: they do not come to `batch`.
        """
        steps, rest = divmod(self.batch, self.per_device * processes)
        if rest or not steps:
            raise BadInput(
                f"{processes} processes of {self.per_device} sequences each do not divide a "
                f"batch of {self.batch}. Change batch, per_device or the number of processes."
            )
        return steps


class SFTConfig(RunConfig):
    """A run of supervised fine-tuning.

    data: training conversations, JSON or JSON lines; those longer than `max_length` are left out.
    pictures: the folder that their pictures lie below; that of `data` if None.
    """

    pictures: Path | None = None
    scheduler: Literal["cosine", "constant"] = "cosine"

    @property
    def picture_folder(self) -> Path:
        return self.pictures or self.data.parent


class JudgeConfig(_Section):
    """A model behind OpenAI's protocol that marks what no rule can. url: up to and with its `/v1`.

    Its key is read from PERSONAVLM_JUDGE_KEY.
    """

    model: str
    url: str


class GRPOConfig(RunConfig):
    """A run of GRPO on questions to people's memories (paper, section 4).

    data: `rl.jsonl`, with the people's folders beside it. memories: a folder for what is built from
    their lives; `memories` beside the data if None. group: answers to a question. kl: weight of the
    divergence from the model that the run begins with. iterations: optimiser steps on a batch of
    answers. clip: of the ratio of probabilities, on both sides. max_completion: tokens of one step
    of an answer. mask_cut: answers that came to a limit before their end are not learned. semantic,
    episodic: the least and the most memories of a search; drawn for each group. turn_tokens: of
    dialogue that a search's episodes bring. min_rate: of the learning rate, where the cosine ends.
    """

    memories: Path | None = None
    scheduler: Literal["cosine", "cosine_with_min_lr", "constant"] = "cosine"
    min_rate: Share = 0.0
    group: Annotated[int, Field(gt=1)]
    kl: Annotated[float, Field(ge=0)]
    iterations: Count = 1
    clip: Share = 0.2
    temperature: Positive = 1.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    top_k: Count = 50
    repetition_penalty: Positive = 1.0
    max_completion: Count
    max_retrievals: Literal[3] = 3
    mask_cut: bool = False
    semantic: tuple[Count, Count] = (4, 4)
    episodic: tuple[Count, Count] = (2, 2)
    turn_tokens: Count = 1_500
    judge: JudgeConfig | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.batch % self.group:
            raise ValueError(f"batch ({self.batch}) is no multiple of group ({self.group})")
        if self.max_completion >= self.max_length:
            raise ValueError("max_completion leaves no room for a prompt in max_length")
        for name, (least, most) in (("semantic", self.semantic), ("episodic", self.episodic)):
            if least > most:
                raise ValueError(f"{name} has its most ({most}) before its least ({least})")
        return self

    @property
    def memory_folder(self) -> Path:
        return self.memories or self.data.parent / "memories"


Config = TypeVar("Config", SFTConfig, GRPOConfig)


def load_config(name: str, kind: type[Config], **given: object) -> Config:
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
        return kind.model_validate(values | known_values)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}.") from error
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'config'}: {one['msg']}" for one in error.errors()
        )
        raise BadInput(f"{path} is no training config: {problems}.") from error
