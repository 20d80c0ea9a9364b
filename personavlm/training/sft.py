"""Supervised fine-tuning: trl's SFTTrainer on conversations, with a loss on the replies alone.

On one GPU (or the CPU) by `personavlm train sft`, on several, with the same options, by
`accelerate launch --config_file zero3.yaml -m personavlm.training.command sft`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import trl
import trl.trainer.utils
from accelerate import PartialState
from datasets import Dataset, Features, List, Value

from personavlm.engines.base import Report, silent
from personavlm.errors import BadInput
from personavlm.hub.prepare import prepare_weights
from personavlm.training.base import Base, open_base
from personavlm.training.buckets import Buckets
from personavlm.training.collate import Collator
from personavlm.training.config import SFTConfig
from personavlm.training.freeze import adapters
from personavlm.training.metrics import FILE, MetricsFile
from personavlm.training.rows import read_rows
from personavlm.training.run import (
    RECORD,
    Resuming,
    last_checkpoint,
    open_network,
    shared_arguments,
    write_result,
)
from personavlm.training.tokens import Tokeniser, pictures_of

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


class Trainer(Resuming, trl.SFTTrainer):  # type: ignore[misc]
    """SFTTrainer that reads conversations in the order of `Buckets`."""

    def _get_train_sampler(self, train_dataset: Any = None) -> Buckets:
        rows = self.train_dataset if train_dataset is None else train_dataset
        block = self.args.per_device_train_batch_size * self.args.world_size
        pictured = [bool(pictures) for pictures in rows["pictures"]]
        return Buckets(rows["length"], pictured, block, self.args.seed)


def train(config: SFTConfig, *, resume: bool, report: Report) -> Path:
    """Train, and write the result. Returns the folder of the trained model.

    resume: go on from the last checkpoint in the output folder, if there is one.

    Raises:
        BadInput: the data, or the output folder, cannot be used. WeightsError: nor can the model.
    """
    processes = PartialState(cpu=not torch.cuda.is_available())
    tell = report if processes.is_main_process else silent
    checkpoint = last_checkpoint(config, resume)
    with processes.main_process_first():
        base = open_base(prepare_weights(config.model, report=tell))
    rows = _dataset(config, base, tell)
    if not torch.cuda.is_available():
        _score_replies_alone()
    # After the check of the weights, in which one process would wait for the others under ZeRO-3,
    # and before they are loaded, for which ZeRO-3 has to be known.
    arguments = _arguments(config, processes.num_processes)
    trainer = Trainer(
        model=open_network(config, base, arguments, checkpoint),
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
    folder = write_result(trainer, config, base)
    tell(f"The trained model is in {folder}.")
    return folder


def _arguments(config: SFTConfig, processes: int) -> trl.SFTConfig:
    return trl.SFTConfig(
        **shared_arguments(config, processes),
        lr_scheduler_type=config.scheduler,
        max_length=None,  # what is too long was left out: a cut would take the reply
    )


def _score_replies_alone() -> None:
    """Without a GPU, trl would project every position to the whole vocabulary, and drop what is
    not of a reply afterwards: a third of a small model's step. This asks it to drop them first, as
    it does on a GPU, for there is nothing to recompile here."""
    trl.trainer.utils._use_triton = lambda device: True


def _dataset(config: SFTConfig, base: Base, report: Report) -> Dataset:
    """The conversations as tokens, without those that are longer than the config allows, and
    without those that show what the model cannot see."""
    tokeniser = Tokeniser(base.tokenizer, base.eyes)
    rows: list[dict[str, Any]] = []
    longer = unseen = 0
    for conversation in read_rows(config.data, config.picture_folder):
        sample = tokeniser.read(conversation)
        if base.eyes is None and pictures_of(conversation):
            unseen += 1
            continue
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
    left = f"; {longer:,} longer than {config.max_length:,} were left out" if longer else ""
    left += f"; {unseen:,} with pictures were left out: the model reads text" if unseen else ""
    if not rows:
        raise BadInput(f"Nothing of {config.data} can be learned from{left}.")
    tokens = sum(row["length"] for row in rows)
    report(f"{len(rows):,} conversations of {tokens:,} tokens{left}.")
    return Dataset.from_list(rows, features=_FEATURES)
