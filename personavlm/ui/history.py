"""The stored chat as messages, with a line where a session began, and a reply on its way."""

from __future__ import annotations

import time
import zlib

from gradio import ChatMessage

from personavlm.agent import Agent
from personavlm.records import (
    AnswerDelta,
    Event,
    Image,
    Retrieval,
    Thought,
    ThoughtDelta,
)
from personavlm.ui import trace
from personavlm.ui.session import Session


def history(session: Session, without: int | None = None) -> list[ChatMessage]:
    """What the chat shows now; `without` a turn that is about to be replaced."""
    if not session.options.remember:
        return _unsaved(session)
    agent = session.agent
    working = agent.updating()
    messages: list[ChatMessage] = []
    running_session = None
    turns = agent.turns()
    for turn in turns[session.first_shown(len(turns)) :]:
        if turn.id == without:
            continue
        if turn.session != running_session:
            messages.append(trace.session_started(turn))
            running_session = turn.session
        problem = session.problem if turn.id == session.problem_turn else ""
        messages += trace.finished(turn, agent.reply(turn.id), problem)
        saved = agent.remembered(turn.id)
        messages += trace.remembered(f"t{turn.id}-kept", saved, working)
    return messages


def mark(agent: Agent) -> str:
    """What the chat would be drawn from, in short: where this has changed, it is out of date."""
    last = agent.memory.turns.last()
    told = (last.id, last.state, last.text, last.reply) if last else ()
    return f"{tuple(agent.memory.counts().values())} {zlib.crc32(repr(told).encode())}"


def _unsaved(session: Session) -> list[ChatMessage]:
    messages: list[ChatMessage] = []
    for item in session.unsaved:
        messages += trace.finished(item.turn, item.reply)
    return messages


class LiveTurn:
    """A turn on its way: events go in, the messages that show it so far come out."""

    def __init__(self, text: str, pictures: int, reasoning: bool, answered_by: str) -> None:
        waiting = f"\n({pictures} picture{'s'[: pictures != 1]})" if pictures else ""
        self._person = trace.person_said((text + waiting).strip())
        self._text = text
        self._folds: list[ChatMessage] = []
        self._thought = ""
        self._thinks = reasoning
        self._answered_by = answered_by
        self._since = time.monotonic()
        self.answer = ""

    def accepted(self, images: tuple[Image, ...]) -> None:
        """The pictures were checked, so they can be shown."""
        self._person = trace.person_said(self._text, images)

    def take(self, event: Event) -> None:
        if isinstance(event, ThoughtDelta):
            self._thought += event.text
        elif isinstance(event, AnswerDelta):
            self._close_thought(time.monotonic() - self._since)
            self.answer += event.text
        elif isinstance(event, Thought):
            self._close_thought(event.seconds)
        elif isinstance(event, Retrieval):
            self._folds += trace.searched(self._next_fold(), event)
            self._since = time.monotonic()

    def _close_thought(self, seconds: float) -> None:
        """The thought is complete when the answer begins; the step itself is told at its end."""
        if self._thought:
            self._folds.append(trace.thinking(self._next_fold(), self._thought, seconds))
            self._thought = ""

    def messages(self) -> list[ChatMessage]:
        shown = [self._person, *self._folds]
        if self._thought or (self._thinks and not self.answer):
            shown.append(trace.thinking(self._next_fold(), self._thought))
        if self.answer:
            shown.append(trace.answer(self.answer, self._answered_by))
        return shown

    def _next_fold(self) -> str:
        return f"live-{len(self._folds)}"
