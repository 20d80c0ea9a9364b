"""How questions are answered: think, look into memory or not, think again, answer.

A thought quotes nothing but the prompt and what memory returned, as the paper has it, and an answer
has to follow from them (`held`; the filters leave out what does not).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import Literal

from personavlm.memory.hits import Limits
from personavlm.protocol import Answer, Query, ReasonInputs, StepParser, choosing, write_step
from personavlm.records import Hit, MemoryType, Retrieval
from personavlm.records import Turn as Record
from personavlm.synthesis.life import Life, Question
from personavlm.synthesis.recall import AS_THE_PRODUCT, Recall
from personavlm.synthesis.told import images, record

Kind = Literal["choice", "open", "chat"]

LETTERS = "abcd"
SECOND_TRY = 0.1  # of the searches miss, and are made again
HOUR = timedelta(minutes=60)  # of conversation stands in the prompt (paper, section 3.2)

# What a question is about comes first. Where its answer stands follows from that, and the next word
# tells it: a model that writes the likeliest word weighs all thoughts of one kind in it.
_ABOUT = ("This is about {topic}.", "They ask about {topic}.", "What counts is {topic}.")
_SEARCH = (
    "Neither the profile nor the last hour tells it, so I look it up.",
    "Neither of what stands above has it: I need my memory.",
    "Neither here nor in the profile. It has to be searched for.",
)
_AGAIN = (
    "That was not it. I try it with other words.",
    "None of this is about {topic}. Once more, and closer to the matter.",
)
_FOUND = (
    "I found it: {notes} So the answer is {answer}.",
    "Memory tells: {notes} From that follows {answer}.",
    "What counts here: {notes} That means {answer}.",
)
_NOTHING = "Memory only tells: {notes} More was never said. So the answer is {answer}."
_PROFILE = (
    "The profile holds it under {key}: {answer}.",
    "The profile has it, no search needed: {key} says {answer}.",
)
_HERE = (
    'It was said a moment ago, above: "{said}" That means {answer}.',
    'It stands in the conversation above, no search needed: "{said}" From that follows {answer}.',
)
_CHAT = (
    "Nothing here needs the past. I answer at once, in their tone.",
    "They just talk; there is nothing to look up.",
    "I have what I need for that. A short reply that suits them.",
)


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One message with all that follows: `inputs` hold every search made, `text` is the last step.

    kind: "choice", "open" or "chat". evidence: the turns that the answer follows from, which stand
    in the prompt or among the hits (`held`); where core memory has the answer, none need to.
    """

    kind: Kind
    inputs: ReasonInputs
    text: str
    answer: str
    evidence: tuple[int, ...]

    @property
    def searches(self) -> int:
        return len(self.inputs.retrieved)


def with_options(question: Question) -> str:
    """The question with its options, asked as the evaluation asks."""
    return choosing.with_options(question.text, dict(zip(LETTERS, question.options, strict=True)))


def key_of(question: Question) -> str:
    return f"({LETTERS[question.gold]})"


def _weighed(question: Question) -> str:
    """The answer, and the options up to it held against it: a small model that names the letter at
    once has the answer more often than its letter."""
    listed = zip(LETTERS, question.options, strict=True)
    upto = list(listed)[: question.gold + 1]
    *wrong, right = (f"({letter}). {option}" for letter, option in upto)
    return " ".join((f"{question.answer}:", *(f"{each}? No." for each in wrong), f"{right}? Yes"))


def open_answer(question: Question) -> str:
    """The answer in words, in the person's manner where there is such a reply."""
    if question.worked is not None:
        return question.worked.reply
    return question.replies.chosen if question.replies else f"{question.answer}."


def trajectories(life: Life, limits: Limits = AS_THE_PRODUCT) -> Iterator[Trajectory]:
    """For each question a choice and an open answer; then what needs no search."""
    rng = random.Random(f"{life.source} {life.split.value} {life.number} {life.person.name}")
    recall = Recall(life, limits)
    for question in life.questions:
        yield _answered(life, question, "choice", recall, rng)
        yield _answered(life, question, "open", recall, rng)
    yield from _at_once(life, rng)


def first_inputs(life: Life, question: Question, text: str) -> ReasonInputs:
    """What the model is given when a question is asked: the true scores, and no search made yet."""
    *_, profile = life.profiles()
    last = life.turns[-1].number
    return ReasonInputs(profile, life.person.traits_at(last), (), Query(text, question.time))


def problem(trajectory: Trajectory) -> str | None:
    """What is wrong with the last step: it has to be read back as the answer."""
    parser = StepParser(UTC)
    parser.feed(trajectory.text)
    step = parser.finish()[1]
    if step.problem or not isinstance(step.action, Answer):
        return f"it cannot be read: {step.problem or 'it is no answer'}"
    return None if step.action.text == trajectory.answer else "it is read back as another answer"


def _answered(
    life: Life, question: Question, kind: Kind, recall: Recall, rng: random.Random
) -> Trajectory:
    """A question put once all has been told."""
    asked = with_options(question) if kind == "choice" else question.text
    inputs = first_inputs(life, question, asked)
    answer = key_of(question) if kind == "choice" else open_answer(question)
    told = _weighed(question) if kind == "choice" else question.answer
    if question.key is not None and question.key in inputs.profile:
        where = rng.choice(_PROFILE).format(key=question.key, answer=told)
        thought = f"{_about(question, rng)} {where}"
    else:
        inputs, hits = _searched(inputs, question, recall, rng)
        notes = " ".join(_quotes(hits, question))
        untold = question.task == "LGT" and len(question.evidence) == 1
        thought = (_NOTHING if untold else rng.choice(_FOUND)).format(notes=notes, answer=told)
    if question.worked is not None:
        thought = question.worked.thought
    step = write_step(thought, Answer(answer))
    return Trajectory(kind, inputs, step, answer, question.evidence)


def _searched(
    inputs: ReasonInputs, question: Question, recall: Recall, rng: random.Random
) -> tuple[ReasonInputs, tuple[Hit, ...]]:
    """The inputs after the search that found the answer, and what it returned."""
    thought = f"{_about(question, rng)} {rng.choice(_SEARCH)}"
    words = ", ".join(dict.fromkeys((*question.keywords, question.topic)))
    if question.worked is not None:
        thought, words = question.worked.search, ", ".join(question.keywords)
    hits = recall.found(question)
    found = Retrieval(words, question.since, question.until, hits)
    if rng.random() >= SECOND_TRY:
        return replace(inputs, retrieved=(found,), thoughts=(thought,)), hits
    near = _words_of(question.text)
    loose = ", ".join(rng.sample(near, min(2, len(near))))
    missed = Retrieval(loose, None, None, recall.missed(question))
    again = rng.choice(_AGAIN).format(topic=question.topic)
    return replace(inputs, retrieved=(missed, found), thoughts=(thought, again)), hits


def _about(question: Question, rng: random.Random) -> str:
    return rng.choice(_ABOUT).format(topic=question.topic)


def _words_of(text: str) -> list[str]:
    """The longer words of a question, from which a search may go wrong."""
    words = dict.fromkeys(word.strip("?.,!:'").casefold() for word in text.split())
    return sorted(words, key=lambda word: (-len(word), word))[:4]


def _quotes(hits: Sequence[Hit], question: Question) -> Iterator[str]:
    """The hits that hold the answer, as a thought quotes them."""
    needed = set(question.evidence)
    noted = set()
    for hit in hits:
        turn = int(hit.id.partition(":")[2])
        if hit.type is MemoryType.SEMANTIC and turn in needed:
            noted.add(turn)
            yield f"on {hit.time:%Y-%m-%d}, {hit.text.rstrip('.')}."
    for hit in hits:
        for told in hit.turns:
            if told.id in needed - noted:
                noted.add(told.id)
                yield f'on {told.time:%Y-%m-%d} they said "{told.text}"'


def _at_once(life: Life, rng: random.Random) -> Iterator[Trajectory]:
    """Messages that need no search: small talk, and questions on what was told this very hour."""
    asked = {question.evidence[-1]: question for question in life.questions if _single(question)}
    for place, (profile, session) in enumerate(zip(life.profiles(), life.sessions, strict=False)):
        records = [record(life, place, turn) for turn in session]
        for number, turn in enumerate(session):
            query = Query(turn.text, turn.time, images(life, turn))
            traits = life.person.traits_at(turn.number)
            inputs = ReasonInputs(profile, traits, _recent(records[:number], query), query)
            step = write_step(rng.choice(_CHAT), Answer(turn.reply))
            yield Trajectory("chat", inputs, step, turn.reply, ())
            question = asked.get(turn.number)
            if question is not None and number + 1 < len(session):
                time = session[number + 1].time + timedelta(minutes=1)
                query = Query(with_options(question), time)
                before = _recent(records[: number + 2], query)
                yield _just_said(question, ReasonInputs(profile, traits, before, query), rng)


def _just_said(question: Question, inputs: ReasonInputs, rng: random.Random) -> Trajectory:
    answer = key_of(question)
    said = " ".join(turn.text for turn in inputs.dialogue if turn.id in question.evidence)
    told = rng.choice(_HERE).format(said=said, answer=_weighed(question))
    step = write_step(f"{_about(question, rng)} {told}", Answer(answer))
    return Trajectory("choice", inputs, step, answer, question.evidence)


def _recent(turns: Sequence[Record], query: Query) -> tuple[Record, ...]:
    return tuple(turn for turn in turns if query.time - turn.time <= HOUR)


def _single(question: Question) -> bool:
    """Whether one message holds the answer, and the question does not call it long ago."""
    return len(question.evidence) == 1 and question.since is None and question.task != "LGT"


def held(trajectory: Trajectory) -> bool:
    """Whether all that the answer follows from stands in the prompt or among the hits."""
    hits = [hit for found in trajectory.inputs.retrieved for hit in found.hits]
    shown = {turn.id for turn in trajectory.inputs.dialogue}
    shown |= {turn.id for hit in hits for turn in hit.turns}
    shown |= {int(hit.id.partition(":")[2]) for hit in hits if hit.type is MemoryType.SEMANTIC}
    return set(trajectory.evidence) <= shown
