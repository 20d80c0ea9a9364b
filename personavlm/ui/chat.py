"""What the chat does: send, stop, retry, edit, undo. Each yields what the page shows next.

Nothing that was typed is lost: a message that cannot be used goes back into the box, a message that
was taken back does too, and one whose reply failed stays in the chat and in memory.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from gradio import ChatMessage
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from personavlm.errors import BadInput, PersonaVLMError
from personavlm.records import Event, Image, Reply, Turn
from personavlm.ui.history import LiveTurn, history, mark
from personavlm.ui.session import Session, Unsaved

FRAME_SECONDS = 0.08  # how often a growing reply is drawn


class Draft(TypedDict):
    """What is in the message box; `files` are paths of uploads."""

    text: str
    files: list[str]


EMPTY = Draft(text="", files=[])


@dataclass(frozen=True)
class Update:
    """What the page shows next. None leaves a part as it is."""

    messages: list[ChatMessage] | None = None
    mark: str = ""  # what the messages were drawn from; empty while they are not what is stored
    box: Draft | None = None
    running: bool = False
    frame: bool = False  # one more picture of a growing reply: only the messages are new
    warning: str = ""


STILL_BUSY = Update(running=True, warning="I am still busy here. Stop that, or wait for it to end.")


def stored(session: Session, box: Draft | None = None, warning: str = "") -> Update:
    """The chat as memory has it."""
    seen = mark(session.agent)  # before reading: what changes meanwhile is noticed afterwards
    return Update(history(session), seen, box, running=session.busy, warning=warning)


def send(session: Session, box: Draft) -> Iterator[Update]:
    """A message: new, or in place of the last one while that is being edited."""
    draft = Draft(text=box.get("text") or "", files=list(box.get("files") or []))
    replaces = session.editing
    yield from _answer(session, draft, replaces, taken_from_box=True)


def retry(session: Session) -> Iterator[Update]:
    """Ask for another reply to the last message."""
    try:
        draft, replaces = _last(session)
    except PersonaVLMError as error:
        yield Update(warning=str(error))
        return
    # Copies: the stored pictures may go with the turn that is replaced.
    yield from _answer(session, _in_box(draft), replaces, taken_from_box=False)


def undo(session: Session, box: Draft) -> Update:
    """Take the last turn back, and all that came of it; its words return to an empty box."""
    if session.busy:
        return STILL_BUSY
    try:
        draft, _ = _last(session)
        draft = _in_box(draft)  # before its pictures go
        if session.options.remember:
            session.agent.undo_turn()
        else:
            session.unsaved.pop()
        session.editing = None
        in_use = bool((box.get("text") or "").strip() or box.get("files"))
        return stored(session, box=None if in_use else draft)
    except PersonaVLMError as error:
        return Update(warning=str(error))


def edit(session: Session) -> Update:
    """Put the last message back into the box; sending it replaces the turn."""
    if session.busy:
        return STILL_BUSY
    try:
        draft, turn = _last(session)
        session.editing = turn
        return Update(box=_in_box(draft))
    except PersonaVLMError as error:
        return Update(warning=str(error))


def has_turn(session: Session) -> bool:
    """Whether there is something to retry, edit or undo."""
    if not session.options.remember:
        return bool(session.unsaved)
    return session.agent.memory.counts()["turns"] > 0


def _last(session: Session) -> tuple[Draft, int]:
    """The last turn as a draft, and its id."""
    if not session.options.remember:
        if not session.unsaved:
            raise BadInput("There is no message yet.")
        item = session.unsaved[-1]
        return Draft(text=item.turn.text, files=list(item.files)), item.turn.id
    last = session.agent.memory.turns.last()
    if last is None:
        raise BadInput("There is no message yet.")
    return Draft(text=last.text, files=[str(image.path) for image in last.images]), last.id


def _in_box(draft: Draft) -> Draft:
    """The box shows files from Gradio's cache only, so stored pictures are copied there."""
    paths = [path for path in map(Path, draft["files"]) if path.exists()]
    copies = [save_bytes_to_cache(p.read_bytes(), p.name, get_upload_folder()) for p in paths]
    return Draft(text=draft["text"], files=copies)


def _answer(
    session: Session, draft: Draft, replaces: int | None, taken_from_box: bool
) -> Iterator[Update]:
    if session.busy:
        yield STILL_BUSY
        return
    session.busy, session.problem_turn = True, None
    session.stop.clear()
    try:
        yield from _stream(session, draft, replaces, taken_from_box)
        session.busy = False
        yield stored(session)
    except BadInput as error:  # nothing was stored: the words go back where they came from
        session.busy = False
        yield _refused(session, draft, str(error), taken_from_box)
    except PersonaVLMError as error:
        session.busy = False
        yield _failed(session, draft, str(error), taken_from_box)
    finally:
        session.busy = False


def _stream(
    session: Session, draft: Draft, replaces: int | None, taken_from_box: bool
) -> Iterator[Update]:
    before = history(session, without=replaces)
    label = session.model.engine.label
    live = LiveTurn(draft["text"], len(draft["files"]), session.options.reasoning, label)
    yield Update(before + live.messages(), box=EMPTY if taken_from_box else None, running=True)
    context = [item.turn for item in session.unsaved if item.turn.id != replaces]
    stored = session.options.remember
    events = session.agent.respond(
        draft["text"],
        list(draft["files"]) or None,
        options=session.options,
        replaces=replaces if stored else None,
        context=() if stored else context,
    )
    reply = yield from _watch(session, events, live, before, draft)
    session.editing = None
    if not stored:
        _keep_unsaved(session, draft, reply or Reply(live.answer), replaces)
    else:
        for path in draft["files"]:
            Path(path).unlink(missing_ok=True)  # memory has its own copy


def _watch(
    session: Session,
    events: Iterator[Event],
    live: LiveTurn,
    before: list[ChatMessage],
    draft: Draft,
) -> Generator[Update, None, Reply | None]:
    """Draw the reply as it grows. Stopping closes the agent's generator, which keeps the turn."""
    drawn = 0.0
    accepted = False
    try:
        for event in events:
            if isinstance(event, Reply):
                return event
            if session.stop.is_set():
                return None
            if not accepted:
                accepted = True
                live.accepted(tuple(Image("", 0, 0, Path(path)) for path in draft["files"]))
            live.take(event)
            if time.monotonic() - drawn >= FRAME_SECONDS:
                yield Update(before + live.messages(), running=True, frame=True)
                drawn = time.monotonic()
    finally:
        if isinstance(events, Generator):
            events.close()
    return None


def _keep_unsaved(session: Session, draft: Draft, reply: Reply, replaces: int | None) -> None:
    kept = [item for item in session.unsaved if item.turn.id != replaces]
    number = kept[-1].turn.id - 1 if kept else -1
    images = tuple(Image("", 0, 0, Path(path)) for path in draft["files"])
    turn = Turn(number, 0, session.agent.now(), draft["text"], images, reply.text)
    session.unsaved[:] = [*kept, Unsaved(turn, reply, tuple(draft["files"]))]


def _refused(session: Session, draft: Draft, why: str, taken_from_box: bool) -> Update:
    """Back to the chat as it is; where memory cannot be read, what is shown stays."""
    box = draft if taken_from_box else None
    try:
        return stored(session, box, why)
    except PersonaVLMError:
        return Update(box=box, warning=why)


def _failed(session: Session, draft: Draft, why: str, taken_from_box: bool) -> Update:
    """The reply broke off: the turn stays where it was stored, else the words go back."""
    try:
        last = session.agent.memory.turns.last() if session.options.remember else None
        if last is None or last.state == "done" or last.text != draft["text"]:
            return _refused(session, draft, why, taken_from_box)
        session.editing = None
        session.problem, session.problem_turn = why, last.id
        return stored(session)
    except PersonaVLMError:
        return _refused(session, draft, why, taken_from_box)
