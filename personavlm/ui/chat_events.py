"""The chat's buttons, its examples and the sample month, wired."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr

from personavlm.errors import PersonaVLMError
from personavlm.ui import chat
from personavlm.ui.chat import Draft, Update
from personavlm.ui.draw import (
    PRIVATE,
    STATUS_PARTS,
    Values,
    chat_parts,
    draw,
    redraw,
    refresh_panels,
    status,
    status_parts,
    still,
    warn,
)
from personavlm.ui.layout import SAMPLE, Page
from personavlm.ui.sample import Progress, load_sample
from personavlm.ui.session import Session
from personavlm.ui.text import count, inert_html

EARLIER_TURNS = 50  # how many more turns a press on "Show earlier messages" brings


def wire_chat(page: Page) -> None:
    part, state, drawn = page.chat, [page.state], chat_parts(page)
    replying = {**PRIVATE, "concurrency_id": "reply", "concurrency_limit": page.replies}
    with_box = [page.state, part.box]
    refresh_panels(page, part.box.submit(_send, with_box, drawn, **replying))
    refresh_panels(page, part.retry.click(_retry, state, drawn, **replying))
    refresh_panels(page, part.undo.click(_undo, with_box, drawn, **PRIVATE))
    refresh_panels(page, part.new_session.click(_new_session, state, drawn, **PRIVATE))
    part.edit.click(_edit, state, drawn, **PRIVATE)
    part.cancel.click(_cancel_edit, state, drawn, **PRIVATE)
    part.earlier.click(_earlier, state, drawn, **PRIVATE)
    part.box.stop(_stop, state, None, queue=False, **PRIVATE)

    everything = [*drawn, part.progress, *status_parts(page)]
    refresh_panels(page, part.chatbot.example_select(_example, state, everything, **replying))
    refresh_panels(page, page.options.sample.click(_sample, state, everything, **replying))


def _send(session: Session, box: Draft) -> Iterator[Values]:
    for update in chat.send(session, box):
        yield draw(session, update)


def _retry(session: Session) -> Iterator[Values]:
    for update in chat.retry(session):
        yield draw(session, update)


def _undo(session: Session, box: Draft) -> Values:
    return draw(session, chat.undo(session, box))


def _edit(session: Session) -> Values:
    return draw(session, chat.edit(session))


def _cancel_edit(session: Session) -> Values:
    session.editing = None
    return draw(session, Update(box=chat.EMPTY))


def _stop(session: Session) -> None:
    session.stop.set()


def _earlier(session: Session) -> Values:
    session.shown_turns += EARLIER_TURNS
    return redraw(session)


def _new_session(session: Session) -> Values:
    try:
        if not session.options.remember:
            session.forget_unsaved()
        elif session.agent.session_open():
            session.agent.end_session()
            gr.Info("Session closed. What it was about is being remembered.")
        else:
            gr.Info("Your next message begins a new session.")
    except PersonaVLMError as error:
        return draw(session, Update(warning=str(error)))
    return redraw(session)


def _example(session: Session, event: gr.SelectData) -> Iterator[Values]:
    text = event.value["text"]
    if text == SAMPLE:
        yield from _sample(session)
        return
    for update in chat.send(session, Draft(text=text, files=[])):
        yield *draw(session, update), *still(1 + STATUS_PARTS)


def _sample(session: Session) -> Iterator[Values]:
    """Load the sample month; the chat waits meanwhile, and Stop ends it."""
    if session.busy:
        yield *draw(session, chat.STILL_BUSY), *still(1 + STATUS_PARTS)
        return
    session.busy = True
    session.stop.clear()
    try:
        for step in load_sample(session):
            update = Update(running=True, frame=step.done > 0)
            bar = gr.HTML(_progress(step), visible=True)
            yield *draw(session, update), bar, *still(STATUS_PARTS)
        gr.Info("The month is loaded. Ask about anything in it; the clock says when you are.")
    except PersonaVLMError as error:
        warn(str(error))
    finally:
        session.busy = False
    yield *redraw(session), gr.HTML("", visible=False), *status(session)


def _progress(step: Progress) -> str:
    return (
        f"<label>Reading the sample month: {inert_html(step.text)} "
        f"({step.done} of {count(step.total, 'message')})"
        f'<progress value="{step.done}" max="{step.total}"></progress></label>'
    )
