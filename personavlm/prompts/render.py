"""From a task's typed inputs to the messages that a model reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from personavlm.memory.budget import shown_once
from personavlm.prompts import layout, trained_layout
from personavlm.prompts.template import Part, Slots, fill
from personavlm.prompts.trained import TrainedTemplate
from personavlm.protocol.inputs import (
    AnswerInputs,
    Inputs,
    Query,
    ReasonInputs,
    SessionInputs,
    Task,
    TurnInputs,
)
from personavlm.protocol.messages import Message
from personavlm.protocol.request import RetrieveRequest
from personavlm.protocol.step import write_step
from personavlm.records import Retrieval, Turn, Window

_TURN_TASKS = (Task.PERSONALITY, Task.SEMANTIC)
_SESSION_TASKS = (Task.EPISODIC, Task.PROCEDURAL, Task.CORE)

# The thought and the keywords of a search with the message's picture.
LOOKED = "The message has a picture. First I see whether I know what it shows."
SHOWN = "what the picture shows"

Trained = Mapping[str, TrainedTemplate]
_NONE: Trained = MappingProxyType({})


def render(task: Task, inputs: Inputs, trained: Trained = _NONE) -> tuple[Message, ...]:
    """The messages for one generation; the last one is the user's.

    People's words are made inert, and pictures stand as parts where they belong in reading order.

    Args:
        trained: templates, by name, that take the place of our own wording.

    Raises:
        TypeError: `inputs` are not those of `task`.
    """
    if task is Task.REASON and isinstance(inputs, ReasonInputs):
        return _reason(inputs, trained)
    if task is Task.ANSWER and isinstance(inputs, AnswerInputs):
        (once,) = _pictures_once((inputs.retrieved,), inputs.dialogue, inputs.query)
        inputs = replace(inputs, retrieved=once)
        slots = _answer_slots(inputs)
    elif task in _TURN_TASKS and isinstance(inputs, TurnInputs):
        slots = _turn_slots(inputs)
    elif task in _SESSION_TASKS and isinstance(inputs, SessionInputs):
        slots = _session_slots(task, inputs)
    else:
        raise TypeError(f"The {task.value} task does not take {type(inputs).__name__}.")
    template = trained.get(task.value)
    if template is not None:
        return (_user(template.fill(trained_layout.slots_of(inputs))),)
    return (_user(fill(task.value, slots)),)


def _reason(inputs: ReasonInputs, trained: Trained) -> tuple[Message, ...]:
    """The first question, and a request and its findings for each retrieval so far.

    The messages before the last stay word for word the same at the next step, so that an engine can
    go on from what it has read already. In our own wording, the last one tells what the step may
    do; as trained, all steps are alike.
    """
    retrieved = _pictures_once(inputs.retrieved, inputs.dialogue, inputs.query)
    rounds = len(retrieved)
    last = _next_step(inputs.may_retrieve, inputs.must_retrieve)
    messages = [_user(_question(inputs, "step_choose" if rounds else last, trained))]
    for number, retrieval in enumerate(retrieved, start=1):
        thought = inputs.thoughts[number - 1] if number <= len(inputs.thoughts) else ""
        messages.append(Message("assistant", (_request(thought, retrieval),)))
        step = last if number == rounds else "step_choose"
        messages.append(_user(_findings(retrieval, step, trained)))
    return tuple(messages)


def _question(inputs: ReasonInputs, step: str, trained: Trained) -> tuple[Part, ...]:
    if "reason" in trained:
        return trained["reason"].fill(trained_layout.slots_of(inputs))
    slots: Slots = {
        "profile": layout.mapping(inputs.profile),
        "personality": layout.personality(inputs.personality),
        "dialogue": layout.dialogue(inputs.dialogue),
        "query": layout.query(inputs.query),
        "step": fill(step, {}),
    }
    return fill("reason", slots)


def _findings(retrieval: Retrieval, step: str, trained: Trained) -> tuple[Part, ...]:
    if "retrieved" in trained:
        return trained["retrieved"].fill(trained_layout.found_slots(retrieval))
    return fill("retrieved", _found_slots(retrieval, step))


def _next_step(may_retrieve: bool, must_retrieve: bool) -> str:
    """The template that tells what may be written next."""
    if not may_retrieve:
        return "step_answer"
    return "step_search" if must_retrieve else "step_choose"


def _request(thought: str, retrieval: Retrieval) -> str:
    if not retrieval.asked:  # a search with the picture stands as if the model had thought of it
        return write_step(LOOKED, RetrieveRequest(SHOWN, Window()))
    window = Window(retrieval.start, retrieval.end)
    return write_step(thought, RetrieveRequest(retrieval.keywords, window))


def _pictures_once(
    retrieved: Iterable[Retrieval], dialogue: Iterable[Turn], query: Query
) -> tuple[Retrieval, ...]:
    """What was retrieved, without the pictures that stand before it in the prompt, or after it."""
    seen = {image.hash for turn in dialogue for image in turn.images}
    seen |= {image.hash for image in query.images}
    return tuple(replace(each, hits=shown_once(each.hits, seen)) for each in retrieved)


def _found_slots(retrieval: Retrieval, step: str) -> Slots:
    return {
        "outcome": layout.outcome(retrieval),
        "procedural": layout.entries(retrieval.hits),
        "semantic": layout.facts(retrieval.hits),
        "episodic": layout.topics(retrieval.hits),
        "step": fill(step, {}),
    }


def _answer_slots(inputs: AnswerInputs) -> Slots:
    return {
        "profile": layout.mapping(inputs.profile),
        "personality": layout.personality(inputs.personality),
        "dialogue": layout.dialogue(inputs.dialogue),
        "retrieved": layout.findings(inputs.retrieved),
        "query": layout.query(inputs.query),
    }


def _turn_slots(inputs: TurnInputs) -> Slots:
    return {
        "profile": layout.mapping(inputs.profile),
        "dialogue": layout.dialogue(inputs.dialogue),
        "query": layout.query(inputs.query),
    }


def _session_slots(task: Task, inputs: SessionInputs) -> Slots:
    slots: Slots = {
        "profile": layout.mapping(inputs.profile),
        "dialogue": layout.dialogue(inputs.dialogue, numbered=task is Task.EPISODIC),
    }
    if task is Task.PROCEDURAL:
        slots["habits"] = layout.mapping(inputs.habits)
    return slots


def _user(parts: tuple[Part, ...]) -> Message:
    return Message("user", parts)
