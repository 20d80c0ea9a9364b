"""What a batch of trajectories earns, and the means that are told of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

pytest.importorskip("trl", reason="the extra `train` is not installed")

from training.rollout.rl_folder import DOG, USER

from personavlm.protocol import Answer, write_step
from personavlm.rewards.reward import Told
from personavlm.training.rollout.earn import Earnings
from personavlm.training.rollout.questions import Question
from personavlm.training.rollout.rollouts import Trajectory
from personavlm.training.rollout.row import Row

AT = datetime(2026, 3, 20, 10, tzinfo=UTC)


class Judge:
    """Finds every reply half right, and cannot say whether it is consistent with `why`."""

    def accuracy(self, told: Told) -> float | None:
        return 0.5

    def consistency(self, told: Told) -> float | None:
        return None if told.thought == "why" else 1.0


def trajectory(
    question: str, answer: str, thought: str, searches: int, brought: set[int]
) -> Trajectory:
    row = Row(texts=[write_step(thought, Answer(answer))])
    asked = Question(USER, question, AT, "(a)", (0, 2))
    return Trajectory(asked, row, 1, searches, frozenset(brought), True)


def test_rewards_and_means() -> None:
    told: dict[str, float] = {}
    batch = [
        trajectory(DOG, "(a)", "It is known.", 2, {1, 3}),
        trajectory(DOG, "(b)", "It is known.", 0, set()),
        trajectory("My corgi?", "Rex", "It is known.", 1, {1}),
        trajectory("My corgi?", "Rex", "why", 1, {2}),
    ]
    earned = Earnings(Judge())(trajectory=batch, log_metric=told.__setitem__, prompts=["0"] * 4)
    assert earned == [1.5, 0.5, 1.0, None]
    assert told == {
        "accuracy": 0.5,  # of (1, 0, 0.5)
        "consistency": 1.0,  # of those that were accurate at all
        "format": 1.0,
        "unmarked": 0.25,
        "searches": 1.0,
        "evidence_found": 0.375,  # of (1, 0, 0.5, 0)
        "finished": 1.0,
    }
