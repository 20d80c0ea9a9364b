"""The personality panel: the Big Five as a radar, over time, in numbers, and in the person's hand.

The slider takes radar and numbers back to any point of the history. It follows the newest one for
as long as it stands there.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import gradio as gr

from personavlm.errors import PersonaVLMError
from personavlm.memory.personality_log import PersonalityRecord
from personavlm.personality import HIGHEST, LOWEST, NEUTRAL, TRAITS
from personavlm.ui.draw import PRIVATE
from personavlm.ui.feedback import tell, warned
from personavlm.ui.latest import Latest
from personavlm.ui.personality_text import (
    STYLE,
    all_vectors,
    description_html,
    moment_at,
    reading_html,
    table_html,
)
from personavlm.ui.radar import STYLE as PLOT_STYLE
from personavlm.ui.radar import radar_figure, timeline_figure
from personavlm.ui.session import Panel, Session

CONTROLS_EXPLAINED = (
    "Frozen traits stay as they are, whatever you say. A correction sets a trait by hand; later "
    "turns go on from there. A reset puts it back to 3, the middle."
)


@dataclass(eq=False)
class Place(Latest):
    """Where one tab of the browser looks: at a step, or (None) at the newest. Shared by events."""

    step: int | None = None

    def among(self, steps: int) -> int:
        """The step that is shown, where there are so many besides the start."""
        return steps if self.step is None else min(self.step, steps)


def build_personality_panel(state: gr.State) -> Panel:
    """Lay the panel out in the current column and wire it up."""
    revision, place = gr.State(0), gr.State(lambda: Place())
    place.load_event_to_attach = None  # made when first used; not once more on load
    gr.HTML(f"<style>{STYLE}{PLOT_STYLE}</style>", elem_classes="pv-off-stage")
    gr.HTML('<h2 class="pv-title">Personality</h2>', elem_classes="pv-flush")
    told = _html("pv-told")
    radar = _plot("Big Five radar", "pv-radar")
    slider = gr.Slider(
        0, 1, 0, step=1, precision=0, visible=False, buttons=[], elem_id="pv-moment",
        label="Look back", info="Step 0 is the start, the last step is now.",
    )  # fmt: skip
    timeline = _plot("Big Five over time", "pv-timeline", visible=False)
    numbers = _html("pv-numbers")
    with gr.Accordion("Freeze, correct or reset a trait", open=False):
        gr.HTML(f'<p class="pv-note">{CONTROLS_EXPLAINED}</p>', elem_classes="pv-flush")
        trait = gr.Dropdown([(t.capitalize(), t) for t in TRAITS], value=TRAITS[0], label="Trait")
        frozen = gr.Checkbox(label="Frozen", elem_id="pv-frozen")
        value = gr.Slider(LOWEST, HIGHEST, NEUTRAL, step=0.1, label="Correct value", buttons=[])
        with gr.Row(elem_classes="pv-buttons"):
            correct = gr.Button("Set this value", size="sm", min_width=90)
            reset = gr.Button("Reset this trait", size="sm", min_width=90)
            reset_all = gr.Button("Reset all five", size="sm", min_width=90)

    point = [told, radar, timeline, numbers]
    whole = [slider, *point, frozen, value]
    revision.change(_draw, [state, trait, place], whole, **PRIVATE)
    slider.input(_look_back, [state, slider, place], point, trigger_mode="always_last", **PRIVATE)
    trait.input(_controls, [state, trait], [frozen, value], **PRIVATE)
    for trigger, action, inputs in (
        (frozen.input, _freeze, [state, trait, frozen, revision]),
        (correct.click, _correct, [state, trait, value, revision]),
        (reset.click, _reset, [state, trait, revision]),
        (reset_all.click, _reset_all, [state, revision]),
    ):
        trigger(action, inputs, revision, **PRIVATE)
    return Panel(lambda session: (time.monotonic_ns(),), [revision])


def _html(name: str) -> gr.HTML:
    return gr.HTML(apply_default_css=False, elem_id=name, elem_classes="pv-flush")


def _plot(label: str, name: str, visible: bool = True) -> gr.Plot:
    return gr.Plot(
        label=label,
        show_label=False,
        container=False,
        visible=visible,
        elem_classes=["pv-plot", name],
        elem_id=name,
    )


# -- drawing -----------------------------------------------------------------------------------


def _draw(session: Session, trait: str, place: Place) -> tuple[Any, ...]:
    """Everything. Before the first turn there is no slider: nothing to look back at."""
    draw = place.start()
    try:
        history = session.agent.personality_history
        frozen, value = _controls(session, trait)
    except PersonaVLMError:
        history, frozen, value = [], False, NEUTRAL  # the memory panel says what is wrong
    steps = len(history)
    number = place.among(steps)
    bounds: dict[str, Any] = {"maximum": max(steps, 1), "visible": steps > 0}
    if not place.is_last(draw):  # the slider was moved meanwhile
        return gr.Slider(**bounds), *[gr.skip()] * 4, frozen, value
    return gr.Slider(**bounds, value=number), *_point(session, history, number), frozen, value


def _look_back(session: Session, number: float, place: Place) -> tuple[Any, ...]:
    with warned():
        history = session.agent.personality_history
        place.step = int(number) if number < len(history) else None
        draw = place.start()  # after the step is set: a refresh that begins later draws it
        point = _point(session, history, int(number))
        if place.is_last(draw):
            return point
    return (gr.skip(),) * 4


def _point(session: Session, history: list[PersonalityRecord], number: int) -> tuple[Any, ...]:
    shown = moment_at(history, number)
    frozen = session.agent.frozen_traits if history else frozenset[str]()
    return (
        description_html(shown.now),
        radar_figure(shown.now, shown.previous, shown.start),
        gr.Plot(timeline_figure(all_vectors(history), shown.number), visible=bool(history)),
        table_html(shown, frozen) + reading_html(shown),
    )


def _controls(session: Session, trait: str) -> tuple[bool, float]:
    agent = session.agent
    return trait in agent.frozen_traits, round(float(getattr(agent.personality, trait)), 1)


# -- the person's hand -------------------------------------------------------------------------


def _freeze(session: Session, trait: str, on: bool, revision: int) -> int:
    with warned():
        session.agent.freeze(trait, on)
        stays = "stays as it is now" if on else "changes with what you say again"
        tell(f"{trait.capitalize()} {stays}.")
        return time.monotonic_ns()
    return revision


def _correct(session: Session, trait: str, value: float, revision: int) -> int:
    with warned():
        session.agent.correct(trait, value)
        tell(f"{trait.capitalize()} is {value:.1f} now.")
        return time.monotonic_ns()
    return revision


def _reset(session: Session, trait: str, revision: int) -> int:
    with warned():
        session.agent.reset(trait)
        tell(f"{trait.capitalize()} is back at 3.")
        return time.monotonic_ns()
    return revision


def _reset_all(session: Session, revision: int) -> int:
    with warned():
        session.agent.reset()
        tell("All five traits are back at 3.")
        return time.monotonic_ns()
    return revision
