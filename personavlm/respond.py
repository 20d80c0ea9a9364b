"""The response stage: think, retrieve as often as needed, answer (paper, section 3.2, Algorithm 1).

Pure with regard to memory: it searches through a function it is given and stores nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC

from personavlm.engines.base import Engine, Request
from personavlm.memory.retrieve import Findings
from personavlm.personality import BigFive
from personavlm.protocol import (
    AnswerInputs,
    Inputs,
    Query,
    ReasonInputs,
    RetrieveRequest,
    Step,
    StepParser,
    Task,
)
from personavlm.records import (
    AnswerDelta,
    Event,
    Hit,
    MemoryType,
    Reply,
    Retrieval,
    Thought,
    ThoughtDelta,
    TraceStep,
    Turn,
    Usage,
    Window,
)

MAX_RETRIEVALS = 3  # as trained (paper, section 4)
STEP_ENDS = ("</answer>", "</retrieve>")  # nothing of a step comes after these
NO_KEYWORDS = "what the picture shows"  # where there is neither a word nor a readable keyword
NO_WORDS = "I could not find words for a reply. Please try again."


@dataclass(frozen=True, slots=True)
class Options:
    """How a turn is answered.

    reasoning: think and search in steps; off, one search with the raw message, then the answer.
    force_retrieval: search at least once. recall: read memory at all. remember: store the turn and
    let the update stage learn from it. without: kinds of memory that the reply is not shown.
    personality: show it the person's Big Five; off, they are neutral.
    """

    reasoning: bool = True
    force_retrieval: bool = False
    recall: bool = True
    remember: bool = True
    without: frozenset[MemoryType] = frozenset()
    personality: bool = True


@dataclass(frozen=True, slots=True)
class Context:
    """What a reply may know besides its searches: the prompt's standing parts.

    salt: keeps what an engine has read of this person apart from all others'.
    """

    profile: Mapping[str, str]
    personality: BigFive
    dialogue: tuple[Turn, ...]
    query: Query
    salt: str = ""


# keywords, the message, window, ids not wanted again, turns the prompt shows already
Search = Callable[[str, Query, Window, frozenset[str], frozenset[int]], Findings]
# the objects that the message's pictures show
Recognise = Callable[[Query], tuple[Hit, ...]]


def respond(
    engine: Engine, search: Search, recognise: Recognise, context: Context, options: Options
) -> Iterator[Event]:
    """Answer one message. Yields the trace as it grows, answer pieces, and last the `Reply`.

    Raises:
        EngineUnavailable: the engine stopped in the middle.
    """
    trajectory = _Trajectory(engine, search, context, options)
    if options.reasoning or not options.recall:
        if options.recall:
            yield from trajectory.look(recognise)
        yield from trajectory.reason()
    else:
        yield from trajectory.answer_from_one_search()
    yield Reply(
        trajectory.answer,
        tuple(trajectory.trace),
        trajectory.usage,
        answered_by=engine.label,
    )


class _Trajectory:
    """One message being answered: the trace so far and what must not be fetched again."""

    def __init__(self, engine: Engine, search: Search, context: Context, options: Options) -> None:
        self._engine = engine
        self._search = search
        self._context = context
        self._options = options
        self.trace: list[TraceStep] = []
        self.usage = Usage()
        self.answer = ""
        self._asked: set[tuple[str, Window]] = set()
        self._step: Step | None = None  # what the latest step came to

    @property
    def _retrievals(self) -> tuple[Retrieval, ...]:
        return tuple(step for step in self.trace if isinstance(step, Retrieval))

    def look(self, recognise: Recognise) -> Iterator[Event]:
        """What the pictures of the message show is found unasked: the model cannot ask for it, as
        it has no words for what it has not seen before (paper, section 3.2)."""
        started = time.perf_counter()
        if hits := recognise(self._context.query):
            note = "recognised in the picture that came with the message"
            seconds = time.perf_counter() - started
            retrieval = Retrieval("", None, None, hits, note, seconds)
            self.trace.append(retrieval)
            yield retrieval

    def reason(self) -> Iterator[Event]:
        """Think step by step; the step after the last allowed search has to answer."""
        exhausted = not self._options.recall
        while True:
            done = [retrieval for retrieval in self._retrievals if retrieval.asked]
            exhausted = exhausted or len(done) == MAX_RETRIEVALS
            must = self._options.force_retrieval and not done and not exhausted
            step = yield from self._think(may_retrieve=not exhausted, must_retrieve=must)
            if isinstance(step.action, RetrieveRequest) and not exhausted:
                request = step.action
            elif must:  # it answered although it had to search first
                request = RetrieveRequest(self._context.query.text, Window())
            else:
                break
            asked = len(self._asked)
            yield self._retrieve(request)
            exhausted = len(self._asked) == asked  # it repeats itself
        if not self.answer.strip():  # it asked for another search, or said nothing
            yield from self._answer_plainly(_merge(self._retrievals))

    def answer_from_one_search(self) -> Iterator[Event]:
        """The mode without reasoning: search with the raw message, then answer."""
        retrieval = self._retrieve(RetrieveRequest(self._context.query.text, Window()))
        yield retrieval
        yield from self._answer_plainly(retrieval)

    def _think(self, may_retrieve: bool, must_retrieve: bool) -> Generator[Event, None, Step]:
        c = self._context
        unasked = [""] * sum(not retrieval.asked for retrieval in self._retrievals)
        inputs = ReasonInputs(
            c.profile,
            c.personality,
            c.dialogue,
            c.query,
            retrieved=self._retrievals,
            thoughts=(*unasked, *(step.text for step in self.trace if isinstance(step, Thought))),
            may_retrieve=may_retrieve,
            must_retrieve=must_retrieve,
        )
        parser = StepParser(c.query.time.tzinfo or UTC)
        started = time.perf_counter()
        thought: list[str] = []
        thinking = True
        for delta in self._read(parser, inputs):
            if isinstance(delta, ThoughtDelta):
                thought.append(delta.text)
            elif must_retrieve:
                continue  # it had to search first: this answer does not count
            else:
                if thinking:
                    thinking = False
                    yield self._thought(thought, started)
                self.answer += delta.text
            yield delta
        if thinking:
            yield self._thought(thought, started)
        assert self._step is not None
        return self._step

    def _read(
        self, parser: StepParser, inputs: ReasonInputs
    ) -> Iterator[ThoughtDelta | AnswerDelta]:
        for text in self._generate(Task.REASON, inputs):
            yield from parser.feed(text)
        rest, self._step = parser.finish()
        yield from rest

    def _thought(self, pieces: Sequence[str], started: float) -> Thought:
        thought = Thought("".join(pieces), time.perf_counter() - started)
        self.trace.append(thought)
        return thought

    def _answer_plainly(self, retrieval: Retrieval) -> Iterator[Event]:
        c = self._context
        inputs = AnswerInputs(c.profile, c.personality, c.dialogue, c.query, retrieval)
        for text in self._untagged(self._generate(Task.ANSWER, inputs)):
            self.answer += text
            yield AnswerDelta(text)
        if not self.answer.strip():
            self.answer = NO_WORDS
            yield AnswerDelta(NO_WORDS)

    def _untagged(self, pieces: Iterator[str]) -> Iterator[str]:
        """A plain answer as it comes; one that has tags all the same is read like a step."""
        start = ""
        while not start.lstrip():
            piece = next(pieces, None)
            if piece is None:
                return
            start += piece
        if not start.lstrip().startswith("<"):
            yield start.lstrip()
            yield from pieces
            return
        parser = StepParser(self._context.query.time.tzinfo or UTC)
        deltas = parser.feed(start)
        for piece in pieces:
            deltas += parser.feed(piece)
        deltas += parser.finish()[0]
        yield from (delta.text for delta in deltas if isinstance(delta, AnswerDelta))

    def _retrieve(self, request: RetrieveRequest) -> Retrieval:
        query = self._context.query
        keywords = request.keywords or query.text.strip() or NO_KEYWORDS
        started = time.perf_counter()
        if (keywords.casefold(), request.window) in self._asked:
            note = "the same search as before: its results are above"
            found = Findings((), request.window, note)
        else:
            self._asked.add((keywords.casefold(), request.window))
            seen = frozenset(id for r in self._retrievals for hit in r.hits for id in hit.tells)
            brought = {turn.id for r in self._retrievals for hit in r.hits for turn in hit.turns}
            shown = brought | {turn.id for turn in self._context.dialogue}
            found = self._search(keywords, query, request.window, seen, frozenset(shown))
        retrieval = Retrieval(
            keywords,
            found.window.start,
            found.window.end,
            found.hits,
            found.note,
            time.perf_counter() - started,
        )
        self.trace.append(retrieval)
        return retrieval

    def _generate(self, task: Task, inputs: Inputs) -> Iterator[str]:
        request = Request(
            task,
            inputs,
            self._engine.prompts.render(task, inputs),
            stop=STEP_ENDS if task is Task.REASON else (),
            salt=self._context.salt,
        )
        stream = self._engine.generate(request)
        try:
            for chunk in stream:
                if chunk.usage is not None:
                    self.usage += chunk.usage
                if chunk.text:
                    yield chunk.text
        finally:
            close = getattr(stream, "close", None)
            if close is not None:
                close()


def _merge(retrievals: Sequence[Retrieval]) -> Retrieval:
    """Everything a trajectory found, as one retrieval."""
    if not retrievals:
        return Retrieval("", None, None, ())
    hits = tuple(hit for retrieval in retrievals for hit in retrieval.hits)
    return replace(retrievals[-1], hits=hits)
