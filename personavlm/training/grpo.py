"""Reinforcement learning: GRPO on answers that are found in people's own memories.

trl asks for the answers, standardises their rewards within groups, and takes the loss on the tokens
that the model drew. On one GPU (or the CPU) by `personavlm train grpo`, on several, with the same
options, by `accelerate launch --config_file zero3.yaml -m personavlm.training.command grpo`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import trl
from accelerate import PartialState
from datasets import Dataset
from trl.models import unwrap_model_for_generation

from personavlm.engines.base import Report, silent
from personavlm.engines.openai.endpoint import Endpoint
from personavlm.errors import BadInput
from personavlm.hub.home import cache_folder
from personavlm.hub.prepare import prepare_weights
from personavlm.hub.weights import PROMPTS
from personavlm.memory.encode import CachedEncoder, MiniLM
from personavlm.prompts import OWN
from personavlm.prompts.choose import choose_pack
from personavlm.respond import STEP_ENDS
from personavlm.rewards.judge import ModelJudge
from personavlm.rewards.reward import needs_judge
from personavlm.training.base import Base, open_base
from personavlm.training.config import GRPOConfig, JudgeConfig
from personavlm.training.freeze import adapters
from personavlm.training.grpo_trainer import PICTURES, Trainer
from personavlm.training.metrics import FILE, MetricsFile
from personavlm.training.rollout.decoder import Decoder, Sampling
from personavlm.training.rollout.earn import Earnings
from personavlm.training.rollout.people import People
from personavlm.training.rollout.questions import Question, read_questions
from personavlm.training.rollout.rollouts import Depth, Rollouts, Trajectory
from personavlm.training.rollout.writer import Writer
from personavlm.training.run import (
    RECORD,
    last_checkpoint,
    open_network,
    shared_arguments,
    write_result,
)

JUDGE_KEY = "PERSONAVLM_JUDGE_KEY"


def train(config: GRPOConfig, *, resume: bool, report: Report) -> Path:
    """Train, and write the result. Returns the folder of the trained model.

    resume: go on from the last checkpoint in the output folder, if there is one.

    Raises:
        BadInput: the data, or the output folder, cannot be used. WeightsError: nor can the model.
        EngineUnavailable: nor can the judge.
    """
    processes = PartialState(cpu=not torch.cuda.is_available())
    tell = report if processes.is_main_process else silent
    checkpoint = last_checkpoint(config, resume)
    with processes.main_process_first():
        base = open_base(prepare_weights(config.model, report=tell))
    judge = _judge(config.judge)
    questions = marked_questions(config, tell)
    answering = _answering(config, base, questions, tell)
    arguments = _arguments(config, processes.num_processes)
    trainer = Trainer(
        base.eyes,
        model=open_network(config, base, arguments, checkpoint),
        args=arguments,
        reward_funcs=Earnings(judge),
        rollout_func=answering,
        train_dataset=Dataset.from_dict({"prompt": list(map(str, range(len(questions))))}),
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


@dataclass(frozen=True, slots=True)
class Answering:
    """trl's `rollout_func`. A prompt is the number of a question: trl passes on nothing else."""

    questions: Sequence[Question]
    rollouts: Rollouts
    base: Base
    sampling: Sampling
    seed: int

    def __call__(self, prompts: Sequence[str], trainer: Trainer) -> dict[str, list[Any]]:
        asked = [self.questions[int(prompt)] for prompt in prompts]
        ends = frozenset(trainer.eos_token_ids)
        tokenizer, eyes = self.base.tokenizer, self.base.eyes
        with writing(trainer) as network:
            decoder = Decoder(network, tokenizer, eyes, self.sampling, ends, STEP_ENDS)
            draw = f"{self.seed} {trainer.state.global_step}"
            return sequences(self.rollouts.answer(asked, decoder, draw), ends, tokenizer)


def sequences(
    trajectories: Sequence[Trajectory], ends: frozenset[int], tokenizer: Any
) -> dict[str, list[Any]]:
    """Trajectories as trl takes them. `env_mask` has 1 for what the model drew, else 0.

    The end of a turn is put to those that have an end, for trl tells by it which were cut. Nobody
    drew it, so nothing is learned from it.
    """
    made: dict[str, list[Any]] = {
        name: []
        for name in ("prompt_ids", "completion_ids", "env_mask", "logprobs", PICTURES, "trajectory")
    }
    for one in trajectories:
        row, begin = one.row, one.opening
        close = one.finished and row.ids[-1] not in ends
        made["prompt_ids"].append(row.ids[:begin])
        made["completion_ids"].append(row.ids[begin:] + [tokenizer.eos_token_id] * close)
        made["env_mask"].append([int(drawn) for drawn in row.made[begin:]] + [0] * close)
        made["logprobs"].append(row.logprobs[begin:] + [0.0] * close)
        made[PICTURES].append(row.pictures)
        made["trajectory"].append(one)
    return made


@contextmanager
def writing(trainer: Trainer) -> Iterator[Any]:
    """The network as it is now, made ready to write; afterwards it is trained on."""
    trained = trainer.model.training
    gather = trainer.args.ds3_gather_for_generation
    with (
        unwrap_model_for_generation(
            trainer.model_wrapped, trainer.accelerator, gather_deepspeed3_params=gather
        ) as network,
        trainer.accelerator.autocast(),
    ):
        network.eval()
        try:
            yield network
        finally:
            network.train(trained)


def _judge(config: JudgeConfig | None) -> ModelJudge | None:
    if config is None:
        return None
    key = os.environ.get(JUDGE_KEY)
    judge = ModelJudge(Endpoint(config.model, url=config.url, key=key))
    judge.try_out()
    return judge


def marked_questions(config: GRPOConfig, report: Report) -> list[Question]:
    """The questions whose answers can be marked: without a judge, those that list options.

    Raises:
        BadInput: there are too few for one step.
    """
    every = list(read_questions(config.data))
    asked = [one for one in every if config.judge is not None or not needs_judge(one.text)]
    left = len(every) - len(asked)
    note = f"; {left:,} without options were left out, as there is no judge" if left else ""
    report(f"{len(asked):,} questions{note}.")
    if len(asked) < config.batch // config.group:
        raise BadInput(
            f"{config.data} has {len(asked)} questions that can be marked; one step takes "
            f"{config.batch // config.group}."
        )
    return asked


def _answering(
    config: GRPOConfig, base: Base, questions: Sequence[Question], report: Report
) -> Answering:
    brought = base.weights.path / PROMPTS
    usual = str(brought) if brought.is_file() else OWN.name
    prompts, note = choose_pack(config.prompts or usual, cache_folder("prompts"), report)
    report(note)
    rollouts = Rollouts(
        People(config.data.parent, config.memory_folder, CachedEncoder(MiniLM())),
        Writer(base.tokenizer, base.eyes),
        prompts,
        Depth(config.semantic, config.episodic, config.turn_tokens),
        config.max_length,
        config.max_completion,
    )
    sampling = Sampling(
        config.temperature,
        config.top_p,
        config.top_k,
        config.repetition_penalty,
        config.max_completion,
    )
    return Answering(questions, rollouts, base, sampling, config.seed)


def _arguments(config: GRPOConfig, processes: int) -> trl.GRPOConfig:
    lowest = {"min_lr_rate": config.min_rate}
    return trl.GRPOConfig(
        **shared_arguments(config, processes),
        lr_scheduler_type=config.scheduler,
        lr_scheduler_kwargs=lowest if config.scheduler == "cosine_with_min_lr" else None,
        num_generations=config.group,
        num_iterations=config.iterations,
        max_completion_length=config.max_length,
        beta=config.kl,
        epsilon=config.clip,
        temperature=config.temperature,
        top_p=config.top_p,
        top_k=config.top_k,
        repetition_penalty=config.repetition_penalty,
        mask_truncated_completions=config.mask_cut,
        loss_type="grpo",  # the paper's: a mean over each answer's tokens, then over answers
        scale_rewards="group",
        disable_dropout=True,  # what is learned is what was drawn
    )
