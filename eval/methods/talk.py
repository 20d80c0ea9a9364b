"""A talk with a language model about one case: what it was told and said, and what that cost."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from eval.case import Answer, Case
from eval.methods.question import with_options
from eval.methods.subject import ANSWERED_BY, Subject
from personavlm.engines.base import Request
from personavlm.memory.database import EPOCH
from personavlm.personality import BigFive
from personavlm.protocol import AnswerInputs, Query, Task
from personavlm.protocol.messages import Message
from personavlm.records import Retrieval, Usage


class Talk:
    """Begins with messages of which the last is the person's; then replies and what is said next.

    Prompts are the messages alone; the typed inputs of a request say as much as they can.
    """

    def __init__(self, subject: Subject, case: Case, *begun: Message) -> None:
        self._engine = subject.model.engine
        self._messages = begun
        query = Query(with_options(case), EPOCH)
        self._inputs = AnswerInputs({}, BigFive(), (), query, Retrieval("", None, None, ()))
        self._usage: Usage | None = None
        self._seconds = 0.0

    def reply(self) -> str:
        """What the model says next, without the tags that it was trained to write.

        Raises:
            EngineUnavailable: it cannot go on. BadInput: this talk is too long, or refused.
        """
        started = time.perf_counter()
        pieces = []
        for chunk in self._engine.generate(Request(Task.ANSWER, self._inputs, self._messages)):
            pieces.append(chunk.text)
            if chunk.usage is not None:
                self._usage = chunk.usage if self._usage is None else self._usage + chunk.usage
        self._seconds += time.perf_counter() - started
        text = re.sub(r"</?answer>", "", "".join(pieces)).strip()
        self._messages += (Message("assistant", (text,)),)
        return text

    def say(self, text: str) -> None:
        """The person's next message."""
        self._messages += (Message("user", (text,)),)

    def answer(self, reply: str, detail: Mapping[str, object]) -> Answer:
        """A reply of this talk as the answer to its case, with what all of the talk cost."""
        cost = {ANSWERED_BY: self._engine.label, "seconds": round(self._seconds, 3)}
        return Answer(reply, self._usage, {**cost, **detail})
