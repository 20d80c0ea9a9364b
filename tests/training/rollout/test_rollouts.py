"""Trajectories through real memory: the loop, the prompts, the parsers and the search are real.

A random model never writes a request, so what it says is scripted; its tokens are real ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl", reason="the extra `train` is not installed")

from checkpoints import weights_at
from training.rollout.rl_folder import DOG, USER

from personavlm.prompts import OWN
from personavlm.protocol import Answer, RetrieveRequest, write_step
from personavlm.records import Window
from personavlm.training.base import Base, open_base
from personavlm.training.grpo import sequences
from personavlm.training.rollout.people import People
from personavlm.training.rollout.questions import Question
from personavlm.training.rollout.rollouts import Depth, Rollouts, Trajectory
from personavlm.training.rollout.row import Row
from personavlm.training.rollout.writer import Piece, Writer

QUESTION = Question(USER, DOG, datetime(2026, 3, 20, 10, tzinfo=UTC), "(a)", (0,))
ANSWER = write_step("The note tells it.", Answer("(a)"))
ENDS = frozenset[int]()


def search(words: str, window: Window | None = None) -> str:
    return write_step(f"I look for {words}.", RetrieveRequest(words, window or Window()))


class Scripted:
    """Stands where the decoder does. texts: of each row in turn; what is cut ends in `...`."""

    def __init__(self, base: Base, *texts: Sequence[str]) -> None:
        self._tokenizer = base.tokenizer
        self._pending = [list(each) for each in texts]
        self._of: dict[int, list[str]] = {}
        self.given: list[list[str]] = []  # the text of each piece, step by step

    def step(self, rows: Sequence[Row], pieces: Sequence[Piece]) -> None:
        self.given.append([self._tokenizer.decode(piece.ids) for piece in pieces])
        for row, piece in zip(rows, pieces, strict=True):
            text = self._of.setdefault(id(row), self._pending[len(self._of)] if not row.ids else [])
            said = text.pop(0)
            row.put(piece)
            row.cut = said.endswith("...")
            row.texts.append(said.removesuffix("..."))
            for token in self._tokenizer(row.texts[-1], add_special_tokens=False)["input_ids"]:
                row.draw(token, -1.0)


@pytest.fixture
def base(tiny: Path) -> Base:
    return open_base(weights_at(tiny))


@pytest.fixture
def rollouts(people: People, base: Base) -> Rollouts:
    depth = Depth((4, 4), (2, 2), 1_500)
    return Rollouts(people, Writer(base.tokenizer, base.eyes), OWN, depth, 16_384, 1_024)


def answered(rollouts: Rollouts, base: Base, *texts: Sequence[str]) -> tuple[Any, list[Trajectory]]:
    decoder: Any = Scripted(base, *texts)
    return decoder, rollouts.answer([QUESTION] * len(texts), decoder, "0 0")


def test_the_models_own_keywords_are_searched_for_and_what_is_found_comes_back(
    rollouts: Rollouts, base: Base
) -> None:
    decoder, [dog, bike, none] = answered(
        rollouts, base, [search("corgi, dog"), ANSWER], [search("bike, red"), ANSWER], [ANSWER]
    )
    assert [len(step) for step in decoder.given] == [3, 2], "all of a step come together"
    assert "corgi called Biscuit" in decoder.given[1][0]
    assert dog.brought >= {1} and dog.found == 1.0
    assert (dog.searches, bike.searches, none.searches) == (1, 1, 0)
    assert none.found == 0.0 and none.finished
    assert dog.told.steps == (search("corgi, dog"), ANSWER)
    assert (dog.told.answer, dog.told.thought) == ("(a)", "The note tells it.")


def test_the_models_own_window_is_kept_to(rollouts: Rollouts, base: Base) -> None:
    day = Window(datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 9, 23, 59, tzinfo=UTC))
    decoder, [then, ever] = answered(
        rollouts, base, [search("corgi, dog", day), ANSWER], [search("corgi, dog"), ANSWER]
    )
    assert then.found == 0.0 and ever.found == 1.0
    assert then.brought <= {3}
    assert "red bike" in decoder.given[1][0] and "Biscuit" not in decoder.given[1][0]


def test_pictures_that_a_search_brings_are_part_of_the_sequence(
    rollouts: Rollouts, base: Base
) -> None:
    _, [found, plain] = answered(rollouts, base, [search("corgi, dog"), ANSWER], [ANSWER])
    assert base.eyes is not None
    assert len(found.row.pictures) == 1 and not plain.row.pictures
    tokens = found.row.ids.count(base.eyes.token)
    assert tokens == sum(map(base.eyes.count, found.row.pictures)) > 0
    assert found.row.ids[: found.opening].count(base.eyes.token) == 0


def test_at_most_three_searches_then_an_answer_or_none(rollouts: Rollouts, base: Base) -> None:
    asks = [search(word) for word in ("a", "b", "c", "d")]
    decoder, [never, late] = answered(rollouts, base, asks, [*asks[:3], ANSWER])
    assert never.searches == late.searches == 3
    assert "nothing more can be looked up" in decoder.given[3][0]
    assert (never.told.answer, late.told.answer) == ("", "(a)")
    assert never.finished and late.finished


def test_only_what_the_model_wrote_is_learned(rollouts: Rollouts, base: Base) -> None:
    _, [found] = answered(rollouts, base, [search("corgi, dog"), ANSWER])
    made = sequences([found], ENDS, base.tokenizer)
    [prompt], [rest], [mask] = made["prompt_ids"], made["completion_ids"], made["env_mask"]
    assert prompt + rest[:-1] == found.row.ids
    decode = base.tokenizer.decode
    learned = [token for token, own in zip(rest, mask, strict=True) if own]
    assert decode(learned) == search("corgi, dog") + ANSWER
    assert rest[-1] == base.tokenizer.eos_token_id and mask[-1] == 0, "the end that nobody drew"
    between = decode([token for token, own in zip(rest, mask, strict=True) if not own])
    assert "Biscuit" in between and "corgi, dog" not in between.partition("Facts")[0]


def test_a_cut_answer_has_no_end(rollouts: Rollouts, base: Base) -> None:
    _, [cut] = answered(rollouts, base, ["<think>On and on..."])
    assert not cut.finished and cut.told.answer == ""
    [rest] = sequences([cut], ENDS, base.tokenizer)["completion_ids"]
    assert rest[-1] != base.tokenizer.eos_token_id


def test_what_leaves_no_room_for_another_step_is_not_read(rollouts: Rollouts, base: Base) -> None:
    _, [whole] = answered(rollouts, base, [search("corgi, dog"), ANSWER])
    short = replace(rollouts, longest=len(whole.row.ids), room=len(whole.row.ids))
    _, [cut] = answered(short, base, [search("corgi, dog"), ANSWER])
    assert cut.row.texts == [search("corgi, dog")] and not cut.row.pictures
    assert not cut.finished and cut.told.answer == "" and cut.searches == 1


def test_a_turn_that_the_model_ended_is_not_ended_twice(rollouts: Rollouts, base: Base) -> None:
    end = "<|im_end|>"
    _, [found] = answered(rollouts, base, [search("corgi, dog") + end, ANSWER])
    ends = found.row.ids.count(base.tokenizer.eos_token_id)
    _, [other] = answered(rollouts, base, [search("corgi, dog"), ANSWER])
    assert ends == other.row.ids.count(base.tokenizer.eos_token_id)


def test_the_depth_of_searches_is_one_groups_and_changes_with_the_step(rollouts: Rollouts) -> None:
    deep = replace(rollouts, depth=Depth((1, 40), (1, 40), 100))
    first = [deep._limits(QUESTION, "0 0") for _ in range(2)]
    assert first[0] == first[1]
    assert len({deep._limits(QUESTION, f"0 {step}") for step in range(10)}) > 5
