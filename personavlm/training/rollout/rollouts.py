"""Answers to questions, all of a batch side by side, each the way that the product goes.

The loop is the response stage's own (`respond`), and so are the prompts, the parsers and the
search. Only the engine is another one: it samples, and keeps each answer as one sequence.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC
from functools import partial

from personavlm.engines.base import Engine, Request
from personavlm.memory.hits import Limits
from personavlm.memory.memory import Memory
from personavlm.memory.retrieve import Findings
from personavlm.prompts import PromptPack
from personavlm.protocol import Answer, Query, StepParser
from personavlm.records import Reply, Retrieval, Window
from personavlm.respond import Context, Options, respond
from personavlm.rewards.reward import Told
from personavlm.training.rollout.decoder import Decoder
from personavlm.training.rollout.people import People, Person
from personavlm.training.rollout.questions import Question
from personavlm.training.rollout.row import Row
from personavlm.training.rollout.together import run_together
from personavlm.training.rollout.writer import Piece, Writer

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Depth:
    """How much a search returns while training, from the least to the most; drawn for a group."""

    semantic: Range
    episodic: Range
    turn_tokens: int

    def draw(self, rng: random.Random) -> Limits:
        return Limits(
            semantic=rng.randint(*self.semantic),
            episodic=rng.randint(*self.episodic),
            turn_tokens=self.turn_tokens,
        )


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One answer. row: its tokens. opening: how many of them are the prompt.

    searches: how many were made. brought: the turns that they showed, or facts noted from them.
    finished: the model ended its last step by itself.
    """

    question: Question
    row: Row
    opening: int
    searches: int
    brought: frozenset[int]
    finished: bool

    @property
    def told(self) -> Told:
        """What rewards go by."""
        parser = StepParser(UTC)
        parser.feed(self.row.texts[-1])
        step = parser.finish()[1]
        said = step.action.text if isinstance(step.action, Answer) else ""
        asked = self.question
        return Told(asked.text, asked.right, tuple(self.row.texts), step.thought, said)

    @property
    def found(self) -> float | None:
        """The share of the evidence that its searches brought; None where there is none to find."""
        # Memory counts turns from 1, in the order in which they were told; evidence from 0.
        needed = {number + 1 for number in self.question.evidence}
        return len(needed & self.brought) / len(needed) if needed else None


@dataclass(frozen=True, slots=True)
class Rollouts:
    """Answers questions with a model as it is.

    longest: tokens that a trajectory may have. room: those that one step may take.
    """

    people: People
    writer: Writer
    prompts: PromptPack
    depth: Depth
    longest: int
    room: int

    def answer(
        self, questions: Sequence[Question], decoder: Decoder, draw: str
    ) -> list[Trajectory]:
        """A trajectory for each question, in their order. Equal questions make a group.

        draw: what the depth of searches is drawn by, beside the question.
        """
        rows = [Row() for _ in questions]
        openings = [0] * len(questions)

        def answers(asked: Mapping[int, Request]) -> dict[int, str]:
            pieces = {number: self._piece(rows[number], asked[number]) for number in asked}
            for number, piece in pieces.items():
                openings[number] = openings[number] or len(piece.ids)
            fit = [number for number in asked if self._fits(rows[number], pieces[number])]
            if fit:
                decoder.step([rows[n] for n in fit], [pieces[n] for n in fit])
            return {number: rows[number].texts[-1] if number in fit else "" for number in asked}

        with ExitStack() as open:
            users = dict.fromkeys(question.user for question in questions)
            people = {user: open.enter_context(self.people.opened(user)) for user in users}
            replies = run_together(
                [
                    partial(_replied, question, people[question.user], self._limits(question, draw))
                    for question in questions
                ],
                answers,
                self.prompts,
            )
        for row in rows:
            row.read = ()  # of no more use, and larger than all the rest
        return [_trajectory(*each) for each in zip(questions, rows, openings, replies, strict=True)]

    def _fits(self, row: Row, piece: Piece) -> bool:
        """Whether there is room for one more step; for the first there has to be."""
        return not row.ids or len(row.ids) + len(piece.ids) + self.room <= self.longest

    def _piece(self, row: Row, request: Request) -> Piece:
        """What stands between the model's last words and its next ones."""
        if not row.ids:
            return self.writer.opening(request.messages)
        piece = self.writer.following(request.messages)
        begun = int(bool(piece.ids) and row.ids[-1] == piece.ids[0])  # it ended its turn itself
        return Piece(piece.ids[begun:], piece.pictures)

    def _limits(self, question: Question, draw: str) -> Limits:
        return self.depth.draw(random.Random(f"{draw} {question.user} {question.text}"))


def _replied(
    question: Question, person: Person, limits: Limits, engine: Engine
) -> tuple[Reply, frozenset[int]]:
    return replied(Query(question.text, question.time), person, limits, engine)


def replied(
    query: Query, person: Person, limits: Limits, engine: Engine
) -> tuple[Reply, frozenset[int]]:
    """The reply to a question, and the turns that its searches brought.

    As the product replies, but for how much a search returns.
    """
    memory = person.memory
    context = Context(memory.profile(), person.personality, (), query)
    search = partial(_search, memory, limits)
    *_, reply = respond(engine, search, lambda query: (), context, Options())
    assert isinstance(reply, Reply), "respond ends with a Reply or raises"
    facts = [int(id.partition(":")[2]) for id in _ids(reply) if id.startswith("semantic:")]
    noted = {fact.turn for fact in memory.knowledge.facts(facts) if fact.turn is not None}
    return reply, frozenset(noted | {turn.id for hit in reply.hits for turn in hit.turns})


def _ids(reply: Reply) -> Iterator[str]:
    return (id for hit in reply.hits for id in hit.tells)


def _search(
    memory: Memory,
    limits: Limits,
    keywords: str,
    query: Query,
    window: Window,
    exclude: frozenset[str],
    shown: frozenset[int],
) -> Findings:
    """As a conversation searches, with limits of its own."""
    return memory.find(
        *(keywords, query.text, window),
        now=query.time,
        exclude=exclude,
        shown_turns=shown,
        limits=limits,
    )


def _trajectory(
    question: Question, row: Row, opening: int, replied: tuple[Reply, frozenset[int]]
) -> Trajectory:
    reply, brought = replied
    searches = sum(isinstance(step, Retrieval) for step in reply.trace)
    # Where there was no room for the step after a search, there are as many of both.
    ended = len(row.texts) > searches and not row.cut
    return Trajectory(question, row, opening, searches, brought, ended)
