"""One step of the response stage: a thought, then a request to search memory or the answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import tzinfo
from enum import Enum, auto

from personavlm.protocol.request import (
    RetrieveRequest,
    looks_like_request,
    parse_request,
    write_request,
)
from personavlm.protocol.text import INERT_LEAD, JOINER, MARKER_NAMES, inert, plain
from personavlm.records import AnswerDelta, ThoughtDelta

__all__ = ["Answer", "Delta", "RetrieveRequest", "Step", "StepParser", "write_step"]

Delta = ThoughtDelta | AnswerDelta

_TAG = re.compile(
    r"<\s{0,3}(?P<slash>/?)\s{0,3}(?P<name>think|answer|retrieve)\s{0,3}>", re.IGNORECASE
)
_BEGUN = re.compile(rf"<{JOINER}?\s{{0,3}}/?\s{{0,3}}(?P<name>[a-z_]*)[\s/]{{0,7}}", re.IGNORECASE)
_LONGEST = 40  # no tag takes more characters, spaces and all


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to the person."""

    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """What one generation said. `problem` tells where it left the format, if it did."""

    thought: str
    action: RetrieveRequest | Answer
    problem: str | None = None


def write_step(thought: str, action: RetrieveRequest | Answer) -> str:
    """The wire text of a step; `StepParser` reads it back (outer white space aside)."""
    head = f"<think>{inert(thought.strip())}</think>"
    if isinstance(action, Answer):
        return f"{head}<answer>{inert(action.text.strip())}</answer>"
    return f"{head}<retrieve>\n{write_request(action)}\n</retrieve>"


class _At(Enum):
    """Where in a step the text read so far has come to."""

    START = auto()  # no tag yet: a thought without its tag, or an answer without any
    THOUGHT = auto()
    BETWEEN = auto()  # after the thought; text here is an answer only if no tag follows
    ANSWER = auto()
    REQUEST = auto()
    DONE = auto()


class _Channel:
    """Text that is passed on as it comes, except for white space at its two ends."""

    def __init__(self) -> None:
        self.text = ""
        self._space = ""

    def push(self, text: str) -> str:
        """Take more text; return what of it, and of space held back, can be passed on."""
        if not self.text:
            text = text.lstrip()
        whole = self._space + text
        ready = whole.rstrip()
        self._space = whole[len(ready) :]
        self.text += ready
        return ready


class StepParser:
    """Reads a step while it is being generated.

    `feed` returns pieces of the thought and of the answer as soon as they cannot be part of a tag;
    joined, the pieces are exactly the thought and the answer of the finished step, whose outer
    white space is stripped. How the text is cut into chunks makes no difference. Text that `inert`
    had made harmless comes back plain.
    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._at = _At.START
        self._unread = ""  # begins like a tag, but is not complete
        self._held = ""  # text whose place is not known yet, or the request's
        self._asked = False  # the action is a request
        self._from_thought = False  # it began inside a thought that was not closed
        self._thought = _Channel()
        self._answer = _Channel()
        self._closed = False
        self._deltas: list[Delta] = []

    @property
    def done(self) -> bool:
        """Whether the action is complete; whatever the engine still says will be ignored."""
        return self._at is _At.DONE

    def feed(self, text: str) -> list[Delta]:
        """Read more output; return what became certain."""
        return self._read(text, final=False)

    def finish(self) -> tuple[list[Delta], Step]:
        """Read what is left as it is, and return the step. Call it once, after the last chunk."""
        deltas = self._read("", final=True)
        step = self._conclude()
        return deltas + self._take(), step

    def _read(self, text: str, final: bool) -> list[Delta]:
        buffer, at = self._unread + text, 0
        self._unread = ""
        while at < len(buffer) and not self.done:
            mark = buffer.find("<", at)
            if mark != at:
                self._text(buffer[at:] if mark < 0 else buffer[at:mark])
                at = len(buffer) if mark < 0 else mark
                continue
            if tag := _TAG.match(buffer, at):
                self._tag(tag)
                at = tag.end()
            elif not final and _may_become_tag(buffer, at):
                self._unread = buffer[at:]
                break
            elif lead := INERT_LEAD.match(buffer, at):
                self._text(lead[0])
                at = lead.end()
            else:
                self._text("<")
                at += 1
        return self._take()

    def _text(self, text: str) -> None:
        if self._at is _At.THOUGHT:
            self._think(_unmask(text))
        elif self._at is _At.ANSWER:
            self._say(_unmask(text))
        else:
            self._held += text

    def _tag(self, tag: re.Match[str]) -> None:
        name, closing = tag["name"].lower(), tag["slash"] == "/"
        if self._at is _At.ANSWER:
            self._tag_in_answer(name, closing, tag[0])
        elif self._at is _At.REQUEST:
            self._tag_in_request(name, closing, tag[0])
        elif name == "think":
            self._tag_of_thought(closing)
        elif closing:
            self._close_unopened(name)
        else:
            if self._at is _At.START:
                self._think(plain(self._held))
            self._from_thought = self._at is _At.THOUGHT
            self._held = ""
            self._asked = name == "retrieve"
            self._at = _At.REQUEST if self._asked else _At.ANSWER

    def _tag_of_thought(self, closing: bool) -> None:
        if self._at is _At.START:
            self._think(plain(self._held))
        if not closing and self._thought.text:
            self._think("\n")  # a second thought goes on from the first
        if self._at is _At.START or not closing:
            self._held = ""
        self._at = _At.BETWEEN if closing else _At.THOUGHT

    def _close_unopened(self, name: str) -> None:
        """`</answer>` or `</retrieve>` after text that lacks the opening tag ends that text."""
        if self._at is _At.THOUGHT or not self._held.strip():
            return
        self._asked = name == "retrieve"
        if not self._asked:
            self._say(plain(self._held))
            self._closed = True
        self._at = _At.DONE

    def _tag_in_answer(self, name: str, closing: bool, tag: str) -> None:
        if name == "think":
            self._say(tag)
        elif (name == "answer") == closing:
            self._closed = name == "answer"
            self._at = _At.DONE

    def _tag_in_request(self, name: str, closing: bool, tag: str) -> None:
        if name == "think" and closing and self._from_thought:
            # The thought was only speaking of <retrieve>; it ends here.
            self._think(plain(f"<retrieve>{self._held}"))
            self._held = ""
            self._asked = False
            self._at = _At.BETWEEN
        elif (name == "retrieve" and closing) or (name == "answer" and not closing):
            self._at = _At.DONE
        elif name == "think":
            self._held += tag

    def _think(self, text: str) -> None:
        if ready := self._thought.push(text):
            self._deltas.append(ThoughtDelta(ready))

    def _say(self, text: str) -> None:
        if ready := self._answer.push(text):
            self._deltas.append(AnswerDelta(ready))

    def _take(self) -> list[Delta]:
        """What became certain since the last call, neighbours of one kind joined."""
        deltas: list[Delta] = []
        for delta in self._deltas:
            if deltas and type(deltas[-1]) is type(delta):
                delta = type(delta)(deltas.pop().text + delta.text)
            deltas.append(delta)
        self._deltas = []
        return deltas

    def _conclude(self) -> Step:
        untagged = self._at in (_At.START, _At.BETWEEN) and self._held.strip() != ""
        if self._asked or (untagged and looks_like_request(self._held)):
            request, problem = parse_request(self._held, self._zone)
            return Step(self._thought.text, request, problem)
        if untagged:
            self._say(plain(self._held))
        return Step(self._thought.text, Answer(self._answer.text), self._answer_problem())

    def _answer_problem(self) -> str | None:
        if not self._answer.text:
            if self._at is _At.THOUGHT:
                return "the output ended inside the thought"
            return "the answer was empty" if self._thought.text else "the output was empty"
        if self._at in (_At.START, _At.BETWEEN):
            return "the answer had no tags around it"
        return None if self._closed else "the answer was not closed"


def _may_become_tag(buffer: str, at: int) -> bool:
    """Whether the "<" at `at` and what follows could go on to be a tag, or a marker made inert."""
    if len(buffer) - at > _LONGEST:
        return False
    begun = _BEGUN.fullmatch(buffer, at)
    return begun is not None and any(
        name.startswith(begun["name"].lower()) for name in MARKER_NAMES
    )


def _unmask(text: str) -> str:
    return "<" if text == "<" + JOINER else text
