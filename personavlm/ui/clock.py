"""The clock: what time it is for this person, and a way to set it, to try months in minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import gradio as gr

from personavlm.errors import PersonaVLMError
from personavlm.ui.session import Session
from personavlm.ui.text import moment

JUMPS = {
    "+1 hour": timedelta(hours=1),
    "+1 day": timedelta(days=1),
    "+1 week": timedelta(weeks=1),
    "+30 days": timedelta(days=30),
}
UNKNOWN = "It is now …"  # while memory cannot be opened
_FORMAT = "%Y-%m-%d %H:%M"


@dataclass(frozen=True)
class ClockPart:
    """The components of the clock, for the page to wire."""

    fold: gr.Accordion
    jumps: dict[str, gr.Button]
    date: gr.Textbox
    set: gr.Button
    real: gr.Button


def build_clock() -> ClockPart:
    with gr.Accordion(UNKNOWN, open=False, elem_id="pv-clock") as fold:
        gr.HTML(
            "Move time on, to see what is still known in a week or in a year.",
            elem_classes="pv-hint",
        )
        with gr.Row(elem_classes="pv-buttons"):
            jumps = {name: gr.Button(name, size="sm", min_width=70) for name in JUMPS}
        with gr.Row(elem_classes="pv-buttons"):
            date = gr.Textbox(
                label="Date and time",
                placeholder="2026-10-05 20:08",
                max_lines=1,
                min_width=170,
                scale=4,
                elem_id="pv-clock-date",
            )
            set_ = gr.Button("Set", size="sm", min_width=60, scale=1)
            real = gr.Button("Real time", size="sm", min_width=90, scale=2)
    return ClockPart(fold, jumps, date, set_, real)


def label(session: Session) -> str:
    """`It is now Mon 5 Oct 2026, 20:08`, marked where that is not so."""
    now = session.agent.now()
    drift = abs(now - datetime.now(UTC)) > timedelta(minutes=2)
    return f"It is now {moment(now)}{' · set' if drift else ''}"


def catch_up(session: Session) -> None:
    """Time does not run backwards: where the last message is from the future, as a clock that was
    set and then forgotten by a restart leaves it, go on from there."""
    agent = session.agent
    last = agent.memory.turns.last()
    if last and last.time > agent.now():
        agent.set_clock(last.time + timedelta(minutes=1))


def known_zone(name: str) -> str | None:
    """The browser's time zone, if this machine knows it."""
    return name if name in available_timezones() else None


def jump(session: Session, by: timedelta) -> str:
    """Move the clock; the message is empty where that went well."""
    try:
        return _set(session, session.agent.now() + by)
    except (PersonaVLMError, OverflowError) as error:
        return str(error)


def set_to(session: Session, text: str) -> str:
    try:
        wanted = datetime.strptime(text.strip(), _FORMAT)
    except ValueError:
        return "Write the time like 2026-10-05 20:08."
    return _set(session, wanted)


def real_time(session: Session) -> str:
    return _set(session, None)


def _set(session: Session, now: datetime | None) -> str:
    try:
        session.agent.set_clock(now)
    except (PersonaVLMError, OverflowError) as error:
        return str(error)
    return ""


def written(session: Session) -> str:
    """The clock's time as the field takes it."""
    try:
        return session.agent.now().strftime(_FORMAT)
    except PersonaVLMError:
        return ""
