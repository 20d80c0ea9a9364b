"""What the page shows after an event, as values for its components."""

from __future__ import annotations

from typing import Any

import gradio as gr

from personavlm.errors import PersonaVLMError
from personavlm.ui import chat, clock
from personavlm.ui.chat import Update
from personavlm.ui.layout import INVITATION, INVITATION_OFF, Page, brand
from personavlm.ui.session import Session
from personavlm.ui.text import inert_html

Values = tuple[Any, ...]

PRIVATE: dict[str, Any] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "concurrency_limit": None,
}

CHAT_PARTS, STATUS_PARTS = 9, 3  # how many values `draw` and `status` return

FAST, SLOW = 1.0, 10.0  # seconds between looks at the background, while it works and while not


def chat_parts(page: Page) -> list[Any]:
    """The components that `draw` returns values for, in its order."""
    part = page.chat
    buttons = [part.retry, part.edit, part.undo, part.earlier]
    return [part.chatbot, page.drawn, part.box, part.editing, *buttons, page.pulse]


def draw(session: Session, update: Update) -> Values:
    if update.warning:
        warn(update.warning)
    messages = gr.skip() if update.messages is None else update.messages
    if update.frame:
        return messages, *still(CHAT_PARTS - 1)
    box: dict[str, Any] = {
        "submit_btn": not update.running,
        "stop_btn": update.running,
        "placeholder": INVITATION if session.options.remember else INVITATION_OFF,
    }
    if update.box is not None:
        box["value"] = update.box
    button = gr.Button(interactive=not update.running and _has_turn(session))
    return (
        messages,
        gr.skip() if update.messages is None else update.mark,
        gr.MultimodalTextbox(**box),
        gr.Row(visible=session.editing is not None),
        *[button] * 3,
        gr.Button(visible=_has_more(session)),
        gr.Timer(FAST),
    )


def still(parts: int) -> list[Any]:
    """So many components stay as they are."""
    return [gr.skip()] * parts


def redraw(session: Session) -> Values:
    """The chat as memory has it; where that cannot be read, what is shown stays."""
    try:
        return draw(session, chat.stored(session))
    except PersonaVLMError as error:
        return draw(session, Update(warning=str(error), running=session.busy))


def _has_turn(session: Session) -> bool:
    try:
        return chat.has_turn(session)
    except PersonaVLMError:
        return False


def _has_more(session: Session) -> bool:
    """Whether the chat is longer than what is shown."""
    try:
        turns = session.agent.memory.counts()["turns"]
    except PersonaVLMError:
        return False
    return session.options.remember and session.first_shown(turns) > 0


def status_parts(page: Page) -> list[Any]:
    """The components that `status` returns values for, in its order."""
    return [page.engine, page.clock.fold, page.chat.alert]


def status(session: Session) -> Values:
    """The engine line, the clock, and what is wrong with memory, if anything is."""
    label, problem, loading = clock.UNKNOWN, "", None
    try:
        loading = session.model.loading()
        label = clock.label(session)
    except PersonaVLMError as error:
        problem = str(error)
    problem = problem or session.damage
    line = brand(inert_html(loading or session.model.engine_note), busy=loading is not None)
    alert = gr.HTML(inert_html(problem), visible=bool(problem))
    return line, gr.Accordion(label=label), alert


def refresh_panels(page: Page, after: Any) -> None:
    """Both panels again, once `after` is done."""
    for panel in (page.personality, page.memory):
        after.then(panel.refresh, [page.state], panel.outputs, **PRIVATE)


def warn(message: str) -> None:
    gr.Warning(inert_html(message))
