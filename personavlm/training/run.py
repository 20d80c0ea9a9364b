"""What every kind of run shares: where it begins, what of a network is trained, what it leaves."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
import transformers
from peft import PeftModel
from transformers import TrainingArguments
from transformers.trainer_utils import get_last_checkpoint

from personavlm.errors import BadInput
from personavlm.hub.weights import PROMPTS
from personavlm.training.base import Base
from personavlm.training.config import RunConfig
from personavlm.training.export import merge_adapter, write_model
from personavlm.training.freeze import freeze_tower

RECORD = "run.json"  # in the output folder: what the run was told
MODEL = "model"
ADAPTER = "adapter"


_trainers: Any = transformers


class Resuming(_trainers.Trainer):  # type: ignore[misc]
    """A trainer whose runs can be gone on with, and which writes no model card."""

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        """Adapters; a whole model was read from there by `open_network`.

        transformers would look for its tensors under the names that they have in memory, and not
        find those that it saves under other names, such as all of Qwen2.5-VL's (its issue 43701).
        """
        if isinstance(self.model, PeftModel):
            super()._load_from_checkpoint(resume_from_checkpoint, model)

    def create_model_card(self, *told: Any, **more: Any) -> None:
        """Ours is made from results, when a model is published."""


def last_checkpoint(config: RunConfig, resume: bool) -> str | None:
    """Where to go on from; None at the beginning. Another run's folder is left alone."""
    config.output.mkdir(parents=True, exist_ok=True)
    record = config.output / RECORD
    found: str | None = get_last_checkpoint(str(config.output))  # type: ignore[no-untyped-call]
    if not resume and (record.exists() or found):
        raise BadInput(
            f"{config.output} has a run in it. Go on from its last checkpoint with --resume, or "
            "name another folder."
        )
    if resume and record.exists():
        before = type(config).model_validate_json(record.read_text("utf-8"))
        changed = [
            name
            for name in type(config).model_fields
            if getattr(before, name) != getattr(config, name)
        ]
        if changed:
            raise BadInput(
                f"The run in {config.output} was begun with another {', '.join(changed)}. Go on "
                "with its own config, or begin another run in another folder."
            )
    return found if resume else None


def open_network(
    config: RunConfig, base: Base, arguments: TrainingArguments, checkpoint: str | None
) -> Any:
    """In float32, unless bfloat16 is enough: where the base is frozen, or DeepSpeed keeps the
    float32 weights itself.

    Raises:
        BadInput: adapters under DeepSpeed, whose result one process could not merge.
    """
    spread = arguments.deepspeed_plugin is not None
    if spread and config.lora is not None:
        raise BadInput("Adapters are small enough to be trained without DeepSpeed. Launch it so.")
    half = arguments.bf16 and (spread or config.lora is not None)
    begin = checkpoint if config.lora is None and not spread else None  # DeepSpeed reads its own
    network = base.load(torch.bfloat16 if half else torch.float32, begin)
    network.config._name_or_path = str(base.weights.path)  # a reference is read from there
    freeze_tower(network)
    return network


def shared_arguments(config: RunConfig, processes: int) -> dict[str, Any]:
    """What the trainer of either stage is told."""
    return {
        "output_dir": str(config.output),
        "num_train_epochs": config.epochs,
        "max_steps": config.steps or -1,
        "per_device_train_batch_size": config.per_device,
        "gradient_accumulation_steps": config.accumulation(processes),
        "learning_rate": config.learning_rate,
        "warmup_steps": config.warmup,  # below 1, a share of the steps
        "weight_decay": config.weight_decay,
        "max_grad_norm": config.max_grad_norm,
        "gradient_checkpointing": config.gradient_checkpointing,
        "bf16": _computes_half(config),
        "use_cpu": not torch.cuda.is_available(),
        "seed": config.seed,
        "save_steps": config.save_every,
        "save_total_limit": config.keep_checkpoints,
        "logging_steps": config.log_every,
        "logging_first_step": True,
        "report_to": ["trackio"] if config.trackio else [],
        "remove_unused_columns": False,  # pictures are opened when their batch comes
        # Without pictures in a batch the projector gets no gradient, which DDP has to be told.
        "ddp_find_unused_parameters": True,
        "disable_tqdm": True,
    }


def _computes_half(config: RunConfig) -> bool:
    """Whether the run computes in bfloat16."""
    return torch.cuda.is_available() or config.bfloat16 == "always"


def write_result(trainer: Any, config: RunConfig, base: Base) -> Path:
    """Write the adapters, if there are any, and the whole model, with the prompts that it is to be
    asked with. Returns the model's folder."""
    folder = config.output / MODEL
    if config.lora is not None:
        trainer.save_model(str(config.output / ADAPTER))
        if trainer.is_world_process_zero():
            merge_adapter(base, config.output / ADAPTER, folder)
    else:
        tensors = trainer.accelerator.get_state_dict(trainer.model_wrapped)
        if trainer.is_world_process_zero():
            write_model(trainer.accelerator.unwrap_model(trainer.model), tensors, base, folder)
    if config.prompts is not None and trainer.is_world_process_zero():
        if Path(config.prompts).is_file():
            shutil.copyfile(config.prompts, folder / PROMPTS)
        else:
            (folder / PROMPTS).unlink(missing_ok=True)
    trainer.accelerator.wait_for_everyone()
    return folder
