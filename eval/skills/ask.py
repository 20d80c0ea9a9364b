"""One made-up person put to a model: what it wrote, and what was right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC

from eval.skills.people import Person
from personavlm.engines.base import Chunk, Engine, Request
from personavlm.memory.encode import TextEncoder
from personavlm.memory.hits import Limits
from personavlm.protocol import (
    Query,
    RetrieveRequest,
    StepParser,
    Task,
    grammar_for,
    parse_semantic,
    parse_traits,
)
from personavlm.records import Reply, Retrieval
from personavlm.respond import STEP_ENDS
from personavlm.rewards.form import is_search, well_formed
from personavlm.rewards.letters import choice, listed_options
from personavlm.synthesis.life import Question
from personavlm.synthesis.targets import Target
from personavlm.synthesis.trajectories import LETTERS, Trajectory, with_options
from personavlm.training.rollout.people import People
from personavlm.training.rollout.people import Person as Known
from personavlm.training.rollout.rollouts import replied

Settled = Callable[[str, Reply], str]  # a question and the reply to it -> a letter, or nothing


@dataclass(frozen=True, slots=True)
class Asked:
    """A question. formed: whether every step was in form. needed: whether memory had to be
    searched; searched: whether it was. evidence: how many turns it takes; found: how many of them
    the search brought. of_memory: whether it was put with memory at hand.
    """

    task: str
    of_memory: bool
    wrote: tuple[str, ...]
    formed: bool
    needed: bool
    searched: bool
    right: bool
    evidence: int = 0
    found: int = 0


@dataclass(frozen=True, slots=True)
class Noted:
    """A turn's note. formed: whether the grammar allows it. keep: whether it should be kept."""

    wrote: str
    formed: bool
    keep: bool
    kept: bool
    content: str
    told: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A turn's Big Five: as inferred (None where unreadable), as its words show, and in truth."""

    wrote: str
    formed: bool
    inferred: tuple[int | None, ...]
    shown: tuple[int, ...]
    truth: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """All about one person."""

    person: int
    asked: tuple[Asked, ...]
    noted: tuple[Noted, ...]
    scored: tuple[Scored, ...]


class _Heard(Engine):
    """Passes requests on, and keeps what each step of a reply was, word for word."""

    def __init__(self, engine: Engine) -> None:
        self.name, self.prompts = engine.name, engine.prompts
        self.steps: list[str] = []
        self._engine = engine

    def generate(self, request: Request) -> Iterator[Chunk]:
        text = ""
        for chunk in self._engine.generate(request):
            text += chunk.text
            yield chunk
        self.steps.append(text)


def as_written(question: str, reply: Reply) -> str:
    """The letter that a reply settles on, for what can follow options."""
    return choice(listed_options(question), reply.text)


@dataclass(frozen=True, slots=True)
class Closest:
    """The letter of the option closest to what was found, for what cannot follow options: as
    `eval/run.py` reads the preview engine."""

    encoder: TextEncoder

    def __call__(self, question: str, reply: Reply) -> str:
        options = listed_options(question)
        found = self.encoder.encode([hit.text for hit in reply.hits] or [question])
        nearness = (self.encoder.encode(list(options.values())) @ found.T).max(axis=1)
        return list(options)[int(nearness.argmax())]


def outcome(
    person: Person, engine: Engine, people: People, limits: Limits, settled: Settled = as_written
) -> Outcome:
    """Ask everything about one person.

    people: who have their memory. limits: of a search. settled: which letter a reply comes to.
    """
    heard = _Heard(engine)
    with people.opened(person.user) as known:
        asked = [
            _with_memory(known, heard, question, limits, settled) for question in person.questions
        ]
    asked += [_without(heard, trajectory) for trajectory in person.said]
    notes = tuple(_noted(heard, target) for target in person.notes)
    scores = tuple(_scored(heard, person, target) for target in person.traits)
    return Outcome(person.life.number, tuple(asked), notes, scores)


def _with_memory(
    known: Known, heard: _Heard, question: Question, limits: Limits, settled: Settled
) -> Asked:
    heard.steps.clear()
    text = with_options(question)
    reply, brought = replied(Query(text, question.time), known, limits, heard)
    # Memory counts turns from 1, in the order in which they were told; evidence from 0.
    needed = {number + 1 for number in question.evidence}
    in_profile = question.key is not None and question.key in known.memory.profile()
    return Asked(
        question.task,
        of_memory=True,
        wrote=tuple(heard.steps),
        formed=well_formed(heard.steps),
        needed=not in_profile,
        searched=any(isinstance(step, Retrieval) for step in reply.trace),
        right=settled(text, reply) == LETTERS[question.gold],
        evidence=len(needed),
        found=len(needed & brought),
    )


def _without(heard: _Heard, trajectory: Trajectory) -> Asked:
    """One step, to a question on what stands in the prompt."""
    text = _generated(heard, Task.REASON, trajectory)
    parser = StepParser(UTC)
    parser.feed(text)
    action = parser.finish()[1].action
    searched = isinstance(action, RetrieveRequest)
    listed = listed_options(trajectory.inputs.query.text)
    letter = "" if isinstance(action, RetrieveRequest) else choice(listed, action.text)
    formed = is_search(text) if searched else well_formed([text])
    return Asked(
        "said before", False, (text,), formed, False, searched, f"({letter})" == trajectory.answer
    )


def _noted(heard: _Heard, target: Target) -> Noted:
    text = _generated(heard, target.task, target)
    read = parse_semantic(text).value
    content = target.value.content  # type: ignore[attr-defined]
    return Noted(
        text, _fits(target, text), not target.plain, read.keep, read.content, content
    )  # fmt: skip


def _scored(heard: _Heard, person: Person, target: Target) -> Scored:
    text = _generated(heard, target.task, target)
    truth = person.life.person.traits_at(target.turns[0]).values()
    shown = person.life.turns[target.turns[0]].shown
    return Scored(text, _fits(target, text), parse_traits(text).value, shown, truth)


def _generated(heard: _Heard, task: Task, asked: Target | Trajectory) -> str:
    messages = heard.prompts.render(task, asked.inputs)
    stop = STEP_ENDS if task is Task.REASON else ()
    request = Request(task, asked.inputs, messages, stop=stop)
    return "".join(chunk.text for chunk in heard.generate(request))


def _fits(target: Target, text: str) -> bool:
    grammar = grammar_for(target.task, target.inputs)
    return grammar is not None and re.fullmatch(grammar.regex, text.strip()) is not None
