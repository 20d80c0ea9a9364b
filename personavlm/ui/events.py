"""What happens when: arriving, chatting, setting the clock and options, and time going by."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

import gradio as gr

from personavlm.errors import PersonaVLMError
from personavlm.memory.backend import installed
from personavlm.respond import Options
from personavlm.ui import clock, identity
from personavlm.ui.chat import stored
from personavlm.ui.chat_events import wire_chat
from personavlm.ui.draw import (
    FAST,
    PRIVATE,
    SLOW,
    Values,
    chat_parts,
    redraw,
    refresh_panels,
    status,
    status_parts,
    still,
    warn,
)
from personavlm.ui.history import mark
from personavlm.ui.layout import Page
from personavlm.ui.session import Session
from personavlm.ui.style import READY

_ZONE = (
    "(state, browser, zone) => [state, browser, Intl.DateTimeFormat().resolvedOptions().timeZone]"
)
# Before this, Gradio may not listen yet, or not know who it is for: a click would be lost. Until
# then the style sheet lets nobody press anything.
_READY = f"() => {{ document.body.classList.add('{READY}'); }}"


def wire(blocks: gr.Blocks, page: Page) -> None:
    _wire_arrival(blocks, page)
    wire_chat(page)
    _wire_clock(page)
    _wire_options(page)
    _wire_pulse(page)


def _wire_arrival(blocks: gr.Blocks, page: Page) -> None:
    def arrive(session: Session, browser: object, zone: str) -> Values:
        own = identity.valid_id(browser) or identity.new_id()
        session.user_id = f"browser:{own}"
        session.zone = clock.known_zone(zone)
        with contextlib.suppress(PersonaVLMError):  # told by what follows
            clock.catch_up(session)
        return own, *redraw(session), *status(session)

    arrived = blocks.load(
        arrive,
        [page.state, page.browser, page.zone],
        [page.browser, *chat_parts(page), *status_parts(page)],
        js=_ZONE,
        **PRIVATE,
    )
    arrived.then(None, js=_READY)
    refresh_panels(page, arrived)


def _wire_clock(page: Page) -> None:
    part = page.clock
    shown = [*status_parts(page), part.date]

    def setting(change: Callable[..., str], session: Session, *values: str) -> Values:
        problem = change(session, *values)
        if problem:
            warn(problem)
        return *status(session), clock.written(session)

    def wired(event: Callable[..., Any], change: Callable[..., str], *values: Any) -> None:
        done = event(partial(setting, change), [page.state, *values], shown, **PRIVATE)
        refresh_panels(page, done)

    for name, by in clock.JUMPS.items():
        wired(part.jumps[name].click, partial(clock.jump, by=by))
    wired(part.set.click, clock.set_to, part.date)
    wired(part.date.submit, clock.set_to, part.date)
    wired(part.real.click, clock.real_time)
    part.fold.expand(clock.written, [page.state], [part.date], **PRIVATE)


def _wire_options(page: Page) -> None:
    part = page.options
    part.opened.expand(_searching, None, part.searching, **PRIVATE)

    def choose(session: Session, reasoning: bool, force: bool, off: bool) -> Values:
        session.options = Options(
            reasoning=reasoning, force_retrieval=force, recall=not off, remember=not off
        )
        session.editing = None
        if not off:
            session.forget_unsaved()
        return redraw(session)

    boxes = [part.reasoning, part.force, part.off]
    for box in boxes:
        box.input(choose, [page.state, *boxes], chat_parts(page), **PRIVATE)


def _searching() -> str:
    """What searches memory. Not looked up before it is asked for: on a GPU that imports torch."""
    return f'<p class="pv-note">Memory: {installed().description}.</p>'


def _wire_pulse(page: Page) -> None:
    """Look at what goes on behind the page: models that load, memories that are being written.

    The browser sends along what its chat was drawn from. Whichever of several answers reached it
    last, a chat that is out of date is thus noticed here and drawn again.
    """

    def look(session: Session, drawn: str, changed: int) -> Values:
        shown, working = still(2), False
        with contextlib.suppress(PersonaVLMError):  # told by the status
            working = session.agent.updating()
            if not session.busy and mark(session.agent) != drawn:
                update, changed = stored(session), changed + 1
                shown = [update.messages, update.mark]
        waiting = working or session.busy or _loading(session)
        return *shown, changed, gr.Timer(FAST if waiting else SLOW), *status(session)

    inputs = [page.state, page.drawn, page.changed]
    outputs = [page.chat.chatbot, page.drawn, page.changed, page.pulse, *status_parts(page)]
    page.pulse.tick(look, inputs, outputs, queue=False, **PRIVATE)
    for panel in (page.personality, page.memory):
        page.changed.change(panel.refresh, [page.state], panel.outputs, **PRIVATE)
        if panel.changed is not None:
            after = panel.changed.change(redraw, [page.state], chat_parts(page), **PRIVATE)
            refresh_panels(page, after)


def _loading(session: Session) -> bool:
    try:
        return session.model.loading() is not None
    except PersonaVLMError:
        return False
