"""The personality panel without a browser: which step it shows, and what its controls do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest

from personavlm.agent import Agent
from personavlm.memory.personality_log import PersonalityRecord
from personavlm.ui import personality_panel as panel
from personavlm.ui.personality_panel import Place
from personavlm.ui.session import Lobby, Session


class OneAgent:
    """A model that knows one person."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self.engine = SimpleNamespace(concurrency=1)

    def agent(self, user_id: str, zone: str | None = None) -> Agent:
        return self._agent


@pytest.fixture
def session(agent: Agent) -> Session:
    return Session(Lobby(cast(Any, OneAgent(agent))), "maya")


def drawn(session: Session, place: Place | None = None) -> SimpleNamespace:
    """What a refresh shows."""
    values = panel._draw(session, "openness", place or Place())
    names = ("slider", "told", "radar", "timeline", "numbers", "frozen", "value")
    return SimpleNamespace(**dict(zip(names, values, strict=True)))


def test_before_the_first_turn_there_is_nothing_to_look_back_at(session: Session) -> None:
    shown = drawn(session)
    assert not shown.slider.visible and not shown.timeline.visible
    assert "At the start" in shown.numbers and "No clear leaning yet" in shown.told


def test_it_follows_the_newest_step(session: Session) -> None:
    place = Place()
    session.agent.correct("openness", 5)
    assert drawn(session, place).slider.value == 1
    session.agent.correct("openness", 1)
    shown = drawn(session, place)
    assert (shown.slider.value, shown.slider.maximum) == (2, 2)
    assert "Step 2" in shown.numbers


def test_it_stays_where_somebody_looks_back_until_they_return(session: Session) -> None:
    place = Place()
    session.agent.correct("openness", 5)
    session.agent.correct("openness", 1)
    assert "Step 1" in panel._look_back(session, 1, place)[-1]
    session.agent.correct("openness", 2)
    shown = drawn(session, place)
    assert (shown.slider.value, shown.slider.maximum) == (1, 3)
    assert "Step 1" in shown.numbers
    panel._look_back(session, 3, place)
    session.agent.correct("openness", 4)
    assert drawn(session, place).slider.value == 4


def test_a_refresh_that_was_overtaken_leaves_the_slider_alone(session: Session) -> None:
    class Overtaken(Place):
        def is_last(self, draw: int) -> bool:
            return False

    session.agent.correct("openness", 5)
    shown = drawn(session, Overtaken())
    assert shown.slider.maximum == 1
    assert "value" not in shown.slider._constructor_args[0]
    assert shown.numbers == gr.skip()


def test_a_refresh_while_the_slider_is_moved_shows_the_step_it_was_moved_to(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, refreshed = Place(), []
    session.agent.correct("openness", 5)
    session.agent.correct("openness", 1)
    history = session.agent.personality_history

    def meanwhile(agent: Agent) -> list[PersonalityRecord]:
        monkeypatch.setattr(Agent, "personality_history", property(lambda agent: history))
        refreshed.append(drawn(session, place))
        return history

    monkeypatch.setattr(Agent, "personality_history", property(meanwhile))
    moved = panel._look_back(session, 1, place)
    assert refreshed[0].slider.value == 2, "it began before"
    assert "Step 1" in moved[-1]
    assert drawn(session, place).slider.value == 1


def test_after_everything_was_forgotten_it_is_at_the_start(session: Session) -> None:
    place = Place(step=1)
    session.agent.correct("openness", 5)
    session.agent.forget()
    assert drawn(session, place).slider.value == 0


def test_freezing_is_told_and_shown(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    session.agent.correct("openness", 5)
    assert panel._freeze(session, "openness", True, 7) != 7
    assert "Openness stays as it is now" in capsys.readouterr().out
    shown = drawn(session)
    assert shown.frozen and "pv-frozen" in shown.numbers
    panel._freeze(session, "openness", False, 7)
    assert not drawn(session).frozen


def test_correcting_and_resetting(session: Session) -> None:
    panel._correct(session, "openness", 4.5, 0)
    panel._correct(session, "neuroticism", 1.5, 0)
    assert drawn(session).value == 4.5
    panel._reset(session, "openness", 0)
    assert session.agent.personality.values() == (3, 3, 3, 3, 1.5)
    panel._reset_all(session, 0)
    assert session.agent.personality.values() == (3, 3, 3, 3, 3)


def test_an_impossible_value_is_told_and_changes_nothing(session: Session) -> None:
    with pytest.warns(UserWarning, match="from 1 to 5"):
        assert panel._correct(session, "openness", 9, 7) == 7
    assert session.agent.personality_history == []
