"""The reward of trajectories, worked out by hand (paper, Eq. 3)."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from personavlm.protocol import Answer, RetrieveRequest, write_step
from personavlm.records import Window
from personavlm.rewards.form import well_formed
from personavlm.rewards.letters import listed_options
from personavlm.rewards.reward import Marks, Told, marks, needs_judge

CLOSED = "Which pet?\n\nOptions:\n(a). A corgi\n(b). A cat\n\nAnswer with (a) or (b)."
OPEN = "What is my pet called?"
SEARCH = write_step("I look it up.", RetrieveRequest("pet", Window()))


@dataclass
class Judge:
    """Gives the marks that it is told to; None: it fails."""

    accurate: float | None = 0.5
    consistent: float | None = 0.8
    asked: list[str] = field(default_factory=list)

    def accuracy(self, told: Told) -> float | None:
        self.asked.append("accuracy")
        return self.accurate

    def consistency(self, told: Told) -> float | None:
        self.asked.append("consistency")
        return self.consistent


def told(answer: str, thought: str = "So it is.", question: str = CLOSED, *before: str) -> Told:
    step = write_step(thought, Answer(answer))
    return Told(question, "(a)", (*before, step), thought, answer)


@pytest.mark.parametrize(
    ("case", "accuracy", "consistency", "form", "reward"),
    [
        (told("(a)"), 1, 1, 1, 1.5),
        (told("(a)", "So it is.", CLOSED, SEARCH), 1, 1, 1, 1.5),
        (told("(b)"), 0, 0, 1, 0.5),
        (told("A corgi"), 1, 1, 1, 1.5),
        (told("Hard to say."), 0, 0, 1, 0.5),
        (told("(a)", "All speaks for (b)."), 1, 0, 1, 0.5),
        (told("(a)", "Not (b), so (a)."), 1, 1, 1, 1.5),
        (told("(a)", "They said 'a cat' once."), 1, 1, 1, 1.5),
        (told("(a)", "So it is.", CLOSED, "<retrieve>pet</retrieve>"), 1, 1, 0, 1.0),
        (Told(CLOSED, "(a)", ("(a)",), "", "(a)"), 0, 0, 0, 0.0),
        (Told(CLOSED, "(a)", ("<answer>(a)</answer>",), "", "(a)"), 1, 1, 0, 1.0),
        (Told(CLOSED, "(a)", (SEARCH,), "I look it up.", ""), 0, 0, 0, 0.0),
        (Told(CLOSED, "(a)", (), "", ""), 0, 0, 0, 0.0),
    ],
)
def test_without_a_judge(
    case: Told, accuracy: float, consistency: float, form: float, reward: float
) -> None:
    found = marks(case, None)
    assert found == Marks(accuracy, consistency, form)
    assert found.reward == reward


def test_with_a_judge() -> None:
    judge = Judge()
    open_ = marks(told("Biscuit.", question=OPEN), judge)
    assert open_ == Marks(0.5, 0.8, 1.0) and open_.reward == pytest.approx(0.9)
    assert judge.asked == ["accuracy", "consistency"]


def test_an_exact_letter_needs_no_judge_for_its_accuracy_and_a_wrong_one_gets_no_part() -> None:
    judge = Judge()
    right = marks(told("(a)"), judge)
    assert right is not None and right.reward == pytest.approx(1 * 0.8 + 0.5)
    assert judge.asked == ["consistency"]
    assert marks(told("(b)"), judge) == Marks(0, 0, 1)
    assert judge.asked == ["consistency"], "nothing more was asked"


@pytest.mark.parametrize("judge", [Judge(accurate=None), Judge(consistent=None)])
def test_a_judge_that_fails_gives_no_reward_and_not_a_middling_one(judge: Judge) -> None:
    assert marks(told("Biscuit.", question=OPEN), judge) is None


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((), False),
        (("<think>a</think><answer>b</answer>",), True),
        (("<think>a</think>\n<answer>b</answer>\n",), True),
        (("<think></think><answer>b</answer>",), True),
        (("<think>a</think><answer> </answer>",), False),
        (("<think>a</think><answer>b</answer> more",), False),
        (("<think>a<think></think><answer>b</answer>",), False),
        (("<think>a</think><answer>b<answer></answer>",), False),
        ((SEARCH,), False),
        ((SEARCH, "<think>a</think><answer>b</answer>"), True),
        ((SEARCH, SEARCH, "<think>a</think><answer>b</answer>"), True),
        (("<think>a</think><retrieve></retrieve>", "<think>a</think><answer>b</answer>"), False),
        (("<think>a</think><answer>b</answer>", "<think>a</think><answer>b</answer>"), False),
    ],
)
def test_form(steps: tuple[str, ...], expected: bool) -> None:
    assert well_formed(steps) is expected


def test_options_are_read_from_the_question() -> None:
    assert listed_options(CLOSED) == {"a": "A corgi", "b": "A cat"}
    assert not needs_judge(CLOSED)
    assert listed_options("Is (a). b an option?") == {}
    assert needs_judge(OPEN)
