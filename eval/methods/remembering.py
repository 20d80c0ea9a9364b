"""PersonaVLM: the history replayed into an agent that builds its own memory, then the question.

Questions leave no trace in memory. An ablation hides a part from the reply; the memory is the same
one, built with all parts. The paper does not say whether it built memories anew for its ablations.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from eval.benchmarks.replay import Told, told
from eval.case import Answer, Case
from eval.methods.memories import Memories
from eval.methods.question import question, with_options
from eval.methods.subject import Asking, Subject
from personavlm.agent import Agent
from personavlm.conversation import SESSION_GAP
from personavlm.errors import BadInput
from personavlm.records import Hit, MemoryType, Reply, Thought, TraceStep
from personavlm.respond import MAX_RETRIEVALS, Options

CALLS_A_TURN, CALLS_A_SESSION = 2, 3  # of the update stage (paper, section 3.3)
WITHOUT = "without-"
KINDS = (MemoryType.CORE, MemoryType.PROCEDURAL, MemoryType.SEMANTIC, MemoryType.EPISODIC)
WHOLE, REASONING, PEM = "personavlm", f"{WITHOUT}reasoning", f"{WITHOUT}pem"
NAMES = (WHOLE, *(f"{WITHOUT}{kind.value}" for kind in KINDS), REASONING, PEM)

COURSE = 12  # points of a person's personality that an answer's record has
Course = list[list[Any]]  # each: when (ISO), and the five values


def options(name: str) -> Options:
    """How the version of the system with one of NAMES is asked."""
    hidden = frozenset(kind for kind in KINDS if name == f"{WITHOUT}{kind.value}")
    return Options(
        reasoning=name != REASONING, remember=False, without=hidden, personality=name != PEM
    )


def rows_of_the_paper(name: str) -> tuple[str, ...]:
    """What its tables call that version."""
    if name == WHOLE:
        return ("PersonaVLM-RL (RAG)", "PersonaVLM")
    part = name.removeprefix(WITHOUT)
    return (f"w/o {'PEM' if name == PEM else part.title()}",)


@dataclass(frozen=True, slots=True)
class Remembering:
    """One version of the system, with the memories that its model built."""

    version: str
    subject: Subject
    memories: Memories

    @property
    def name(self) -> str:
        return f"{self.version} ({self.subject.title})"

    @property
    def published(self) -> tuple[str, ...]:
        return rows_of_the_paper(self.version) if self.subject.is_the_papers else ()

    @property
    def settings(self) -> Mapping[str, object]:
        return {**self.subject.settings, "version": self.version}

    def calls(self, cases: Sequence[Case]) -> int:
        """Answers at most; and memories that are not there yet, should no update be asked twice."""
        each = MAX_RETRIEVALS + 2 if options(self.version).reasoning else 1
        building: dict[str, int] = {}  # a memory may start from that of an earlier question
        for case in cases:
            try:
                before = told(case)
                if not self.memories.built(before):
                    building.update(zip(before.keys(), _updates(before), strict=True))
            except BadInput:
                continue  # the case will fail, without any call
        return each * len(cases) + sum(building.values())

    @contextmanager
    def about_one(self) -> Iterator[Callable[[Case], Answer]]:
        """`answer` for the cases of one person, whose memory stays open from one to the next."""
        with self.memories.kept() as opened:
            course = lru_cache(1)(_course)
            yield lambda case: self._answer(case, opened, course)

    def answer(self, case: Case) -> Answer:
        """The reply to a case."""
        with self.about_one() as ask:
            return ask(case)

    def _answer(
        self, case: Case, opened: Callable[[Told], Agent], course: Callable[[Agent], Course]
    ) -> Answer:
        closest = self.subject.asking is Asking.CLOSEST
        how = replace(options(self.version), force_retrieval=closest)  # what is found is the answer
        text = question(case) if closest else with_options(case)
        before = told(case)
        agent = opened(before)
        started = time.perf_counter()
        reply = _reply(agent, text, before, how)
        seconds = time.perf_counter() - started
        traced = {
            "seconds": round(seconds, 3),  # without the building of the memory
            "answered by": reply.answered_by,
            "prompts": self.subject.model.engine.prompts.name,
            "retrieved": [id for hit in reply.hits for id in hit.tells],
            "trace": [_step(step) for step in reply.trace],
            "personality": course(agent),
        }
        if closest:
            texts = [text for hit in reply.hits for text in _texts(hit)]
            chosen = self.subject.closest(case, texts)
            detail = {**chosen.detail, "said": reply.text, **traced}
            return Answer(chosen.reply, reply.usage, detail)
        return Answer(reply.text, reply.usage, traced)


def _course(agent: Agent) -> Course:
    """How the Big Five came to be what they are: at most COURSE of their history, the last too."""
    history = agent.personality_history
    count = min(len(history), COURSE)
    last = len(history) - 1
    places = [round(step * last / max(1, count - 1)) for step in range(count)]
    return [
        [history[place].time.isoformat(), [round(v, 4) for v in history[place].vector.values()]]
        for place in places
    ]


def _updates(before: Told) -> Iterator[int]:
    """How many calls each step of it takes, as many steps as it has keys."""
    yield 0  # to begin with the profile
    for place, said in enumerate(before.said):
        ended = place and said.time - before.said[place - 1].time > SESSION_GAP
        yield CALLS_A_TURN + (CALLS_A_SESSION if ended else 0)
    if not before.running:
        yield CALLS_A_SESSION


def _reply(agent: Agent, text: str, before: Told, how: Options) -> Reply:
    *_, reply = agent.respond(text, time=before.asked, options=how)
    assert isinstance(reply, Reply), "respond ends with a Reply or raises"
    return reply


def _texts(hit: Hit) -> Iterator[str]:
    """What a search brought: the memory, and what was said in the turns that came with it."""
    yield hit.text
    for turn in hit.turns:
        yield from filter(None, (turn.text, turn.reply))


def _step(step: TraceStep) -> dict[str, Any]:
    """A step of a trace, for the record of a case."""
    if isinstance(step, Thought):
        return {"thought": step.text, "seconds": round(step.seconds, 3)}
    return {
        "keywords": step.keywords,
        "start": step.start.isoformat() if step.start else None,
        "end": step.end.isoformat() if step.end else None,
        "note": step.note,
        "seconds": round(step.seconds, 3),
        "hits": [
            {
                "id": hit.id,
                "time": hit.time.isoformat(),
                "text": hit.text,
                "why": hit.why,
                "score": round(hit.score, 4),
                "turns": [turn.id for turn in hit.turns],
            }
            for hit in step.hits
        ],
    }
