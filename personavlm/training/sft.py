"""Supervised fine-tuning: trl's SFTTrainer on conversations, with a loss on the replies alone.

On one GPU (or the CPU) by `personavlm train sft`, on several, with the same options, by
`accelerate launch --config_file zero3.yaml -m personavlm.training.command sft`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import trl
from accelerate import PartialState
from datasets import Dataset, Features, List, Value
from peft import PeftModel
from transformers.trainer_utils import get_last_checkpoint

from personavlm.engines.base import Report, silent
from personavlm.errors import BadInput
from personavlm.hub.prepare import prepare_weights
from personavlm.training.base import Base, open_base
from personavlm.training.buckets import Buckets
from personavlm.training.collate import Collator
from personavlm.training.config import SFTConfig
from personavlm.training.export import merge_adapter, write_model
from personavlm.training.freeze import adapters, freeze_tower
from personavlm.training.metrics import FILE, MetricsFile
from personavlm.training.rows import read_rows
from personavlm.training.tokens import Tokeniser

RECORD = "run.json"  # in the output folder: what the run was told
MODEL = "model"
ADAPTER = "adapter"
# Not `images`: trl takes such a dataset over, with a collator that needs the model family's
# processor (and torchvision for it) and sees other pixels than the engines do.
_FEATURES = Features(
    {
        "input_ids": List(Value("int32")),
        "labels": List(Value("int32")),
        "pictures": List(Value("string")),
        "length": Value("int32"),
    }
)


class Trainer(trl.SFTTrainer):  # type: ignore[misc]
    """SFTTrainer that reads conversations in the order of `Buckets`, and writes no model card."""

    def _get_train_sampler(self, train_dataset: Any = None) -> Buckets:
        rows = self.train_dataset if train_dataset is None else train_dataset
        block = self.args.per_device_train_batch_size * self.args.world_size
        pictured = [bool(pictures) for pictures in rows["pictures"]]
        return Buckets(rows["length"], pictured, block, self.args.seed)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        """Adapters; a whole model was read from there by `_network`.

        transformers would look for its tensors under the names that they have in memory, and not
        find those that it saves under other names, such as all of Qwen2.5-VL's (its issue 43701).
        """
        if isinstance(self.model, PeftModel):
            super()._load_from_checkpoint(resume_from_checkpoint, model)

    def create_model_card(self, *told: Any, **more: Any) -> None:
        """Ours is made from results, when a model is published."""


def train(config: SFTConfig, *, resume: bool, report: Report) -> Path:
    """Train, and write the result. Returns the folder of the trained model.

    resume: go on from the last checkpoint in the output folder, if there is one.

    Raises:
        BadInput: the data, or the output folder, cannot be used. WeightsError: nor can the model.
    """
    processes = PartialState(cpu=not torch.cuda.is_available())
    tell = report if processes.is_main_process else silent
    checkpoint = _checkpoint(config, resume)
    with processes.main_process_first():
        base = open_base(prepare_weights(config.model, report=tell))
    rows = _dataset(config, base, tell)
    # After the check of the weights, in which one process would wait for the others under ZeRO-3,
    # and before they are loaded, for which ZeRO-3 has to be known.
    arguments = _arguments(config, processes.num_processes)
    trainer = Trainer(
        model=_network(config, base, arguments, checkpoint),
        args=arguments,
        train_dataset=rows,
        data_collator=Collator(base.tokenizer.pad_token_id, base.eyes),
        processing_class=base.tokenizer,
        peft_config=adapters(config.lora, sees=base.eyes is not None) if config.lora else None,
        callbacks=[MetricsFile(config.output / FILE)],
    )
    if processes.is_main_process:
        (config.output / RECORD).write_text(config.model_dump_json(indent=2), "utf-8")
    trainer.train(resume_from_checkpoint=checkpoint)
    _finish(trainer, config, base)
    tell(f"The trained model is in {config.output / MODEL}.")
    return config.output / MODEL


def _checkpoint(config: SFTConfig, resume: bool) -> str | None:
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
        before = SFTConfig.model_validate_json(record.read_text("utf-8"))
        changed = [
            name
            for name in SFTConfig.model_fields
            if getattr(before, name) != getattr(config, name)
        ]
        if changed:
            raise BadInput(
                f"The run in {config.output} was begun with another {', '.join(changed)}. Go on "
                "with its own config, or begin another run in another folder."
            )
    return found if resume else None


def _arguments(config: SFTConfig, processes: int) -> trl.SFTConfig:
    gpu = torch.cuda.is_available()
    return trl.SFTConfig(
        output_dir=str(config.output),
        num_train_epochs=config.epochs,
        max_steps=config.steps or -1,
        per_device_train_batch_size=config.per_device,
        gradient_accumulation_steps=config.accumulation(processes),
        learning_rate=config.learning_rate,
        lr_scheduler_type=config.scheduler,
        warmup_steps=config.warmup,  # below 1, a share of the steps
        weight_decay=config.weight_decay,
        max_grad_norm=config.max_grad_norm,
        gradient_checkpointing=config.gradient_checkpointing,
        max_length=None,  # what is too long was left out: a cut would take the reply
        bf16=gpu,
        use_cpu=not gpu,
        seed=config.seed,
        save_steps=config.save_every,
        save_total_limit=config.keep_checkpoints,
        logging_steps=config.log_every,
        logging_first_step=True,
        report_to=["trackio"] if config.trackio else [],
        remove_unused_columns=False,  # the collator opens the pictures
        # Without pictures in a batch the projector gets no gradient, which DDP has to be told.
        ddp_find_unused_parameters=True,
        disable_tqdm=True,
    )


def _dataset(config: SFTConfig, base: Base, report: Report) -> Dataset:
    """The conversations as tokens, those left out that are longer than the config allows."""
    tokeniser = Tokeniser(base.tokenizer, base.eyes)
    rows: list[dict[str, Any]] = []
    longer = 0
    for conversation in read_rows(config.data, config.picture_folder):
        sample = tokeniser.read(conversation)
        if len(sample.ids) > config.max_length:
            longer += 1
            continue
        rows.append(
            {
                "input_ids": sample.ids,
                "labels": sample.labels,
                "pictures": [str(picture.path) for picture in sample.pictures],
                "length": len(sample.ids),
            }
        )
    if not rows:
        raise BadInput(f"All of {config.data} is longer than {config.max_length:,} tokens.")
    tokens = sum(row["length"] for row in rows)
    left = f"; {longer:,} longer than {config.max_length:,} were left out" if longer else ""
    report(f"{len(rows):,} conversations of {tokens:,} tokens{left}.")
    return Dataset.from_list(rows, features=_FEATURES)


def _network(
    config: SFTConfig, base: Base, arguments: trl.SFTConfig, checkpoint: str | None
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
    freeze_tower(network)
    return network


def _finish(trainer: Trainer, config: SFTConfig, base: Base) -> None:
    folder = config.output / MODEL
    if config.lora is not None:
        trainer.save_model(str(config.output / ADAPTER))
        if trainer.is_world_process_zero():
            merge_adapter(base, config.output / ADAPTER, folder)
    else:
        tensors = trainer.accelerator.get_state_dict(trainer.model_wrapped)
        if trainer.is_world_process_zero():
            write_model(trainer.accelerator.unwrap_model(trainer.model), tensors, base, folder)
    trainer.accelerator.wait_for_everyone()
