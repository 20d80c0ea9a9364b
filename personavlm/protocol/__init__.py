"""The model's wire format: one grammar, one parser and one writer a task. All of it is pure."""

from personavlm.protocol.entries import merge_entries, parse_entries, write_entries
from personavlm.protocol.grammars import Grammar, grammar_for
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
from personavlm.protocol.step import Answer, Step, StepParser, write_step
from personavlm.protocol.text import inert, plain, quote_field
from personavlm.protocol.times import format_time, parse_time, parse_window
from personavlm.protocol.updates import (
    ImageObject,
    SemanticDecision,
    TopicDraft,
    image_objects,
    parse_semantic,
    parse_topics,
    parse_traits,
    write_semantic,
    write_topics,
    write_traits,
)
from personavlm.protocol.wire import Parsed

__all__ = [
    "Answer",
    "AnswerInputs",
    "Grammar",
    "ImageObject",
    "Inputs",
    "Message",
    "Parsed",
    "Query",
    "ReasonInputs",
    "RetrieveRequest",
    "SemanticDecision",
    "SessionInputs",
    "Step",
    "StepParser",
    "Task",
    "TopicDraft",
    "TurnInputs",
    "format_time",
    "grammar_for",
    "image_objects",
    "inert",
    "merge_entries",
    "parse_entries",
    "parse_semantic",
    "parse_time",
    "parse_topics",
    "parse_traits",
    "parse_window",
    "plain",
    "quote_field",
    "write_entries",
    "write_semantic",
    "write_step",
    "write_topics",
    "write_traits",
]
