"""What the chat does, without a browser: on real agents with a scripted engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from gradio import ChatMessage
from scripted import HashEncoder, ScriptedEngine

from personavlm.engines.base import Request
from personavlm.errors import (
    BadInput,
    EngineUnavailable,
    MemoryCorrupt,
    MemoryUnavailable,
)
from personavlm.model import PersonaVLM
from personavlm.protocol import Task
from personavlm.respond import Options
from personavlm.ui import chat, clock
from personavlm.ui.chat import Draft, Update
from personavlm.ui.draw import status
from personavlm.ui.history import history
from personavlm.ui.page import build_page
from personavlm.ui.sample import load_sample
from personavlm.ui.session import Lobby, Session


@pytest.fixture
def lobby(tmp_path: Path, engine: ScriptedEngine, encoder: HashEncoder) -> Iterator[Lobby]:
    with PersonaVLM(engine, "A scripted engine.", encoder, tmp_path / "data") as model:
        yield Lobby(model)


@pytest.fixture
def session(lobby: Lobby) -> Session:
    return Session(lobby, "browser:maya", "Europe/Lisbon")


def draft(text: str, *files: Path) -> Draft:
    return Draft(text=text, files=[str(file) for file in files])


def say(session: Session, text: str) -> list[Update]:
    return list(chat.send(session, draft(text)))


def texts(messages: list[ChatMessage] | None) -> list[str]:
    """The bubbles and answers, without folds and our own lines."""
    assert messages is not None
    shown = [str(m.content) for m in messages if not m.metadata]
    return [text for text in shown if "pv-" not in text]


def breaking(request: Request) -> str:
    raise EngineUnavailable("The engine stopped. Press Retry.")


def test_a_message_is_answered_and_stored(session: Session) -> None:
    first, *_, last = say(session, "I live in *Lisbon*")
    assert first.running and first.box == chat.EMPTY
    assert not last.running and not last.warning
    assert texts(last.messages) == ["I live in &#42;Lisbon&#42;", "All right."]
    assert [turn.reply for turn in session.agent.turns()] == ["All right."]


def test_bad_input_gives_the_words_back(session: Session) -> None:
    *_, last = say(session, "x" * 100_000)
    assert last.box == draft("x" * 100_000) and "100,000" in last.warning
    assert last.messages == [] and not last.running and not session.busy


def test_a_reply_that_breaks_off_keeps_the_turn_and_can_be_asked_again(
    session: Session, engine: ScriptedEngine
) -> None:
    engine.say(Task.REASON, breaking)
    *_, last = say(session, "Hello")
    assert last.box is None and texts(last.messages) == ["Hello"]
    assert any("Press Retry" in str(m.content) for m in last.messages or ())

    del engine.scripts[Task.REASON]
    *_, last = chat.retry(session)
    assert texts(last.messages) == ["Hello", "All right."]
    assert "Press Retry" not in str(last.messages)
    assert len(session.agent.turns()) == 1


def test_stopping_keeps_what_was_written(session: Session) -> None:
    updates = chat.send(session, draft("Hello"))
    next(updates)
    session.stop.set()
    *_, last = updates
    assert session.agent.turns()[-1].state == "stopped"
    assert any("Stopped" in str(m.content) for m in last.messages or ())


def test_a_tab_that_is_closed_leaves_no_reply_running(session: Session) -> None:
    updates = chat.send(session, draft("Hello"))
    next(updates)
    next(updates)
    assert isinstance(updates, Iterator)
    updates.close()  # type: ignore[attr-defined]
    assert not session.busy
    assert session.agent.turns()[-1].state in ("stopped", "done")


def test_only_one_reply_at_a_time(session: Session) -> None:
    updates = chat.send(session, draft("One"))
    next(updates)
    assert say(session, "Two") == [chat.STILL_BUSY]
    assert chat.undo(session, chat.EMPTY) == chat.STILL_BUSY
    assert chat.edit(session) == chat.STILL_BUSY
    assert [*updates][-1].messages


def test_editing_replaces_the_last_turn(session: Session) -> None:
    say(session, "I live in Lisbon")
    assert chat.edit(session).box == draft("I live in Lisbon")
    *_, last = say(session, "I live in Porto")
    assert texts(last.messages) == ["I live in Porto", "All right."]
    assert session.editing is None
    session.agent.update()
    assert [fact.content for fact in session.agent.memory.semantic()] == ["I live in Porto"]


def test_undoing_takes_everything_back_and_returns_the_words(
    session: Session, tmp_path: Path, picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    upload = tmp_path / "upload.png"
    upload.write_bytes(picture)
    list(chat.send(session, draft("Look", upload)))
    assert not upload.exists(), "memory has its own copy; the upload is not left behind"
    session.agent.update()

    update = chat.undo(session, draft("half a sentence"))
    assert update.messages == [] and update.box is None, "the box was in use"
    assert session.agent.memory.counts()["semantic"] == 0

    say(session, "Again")
    assert chat.undo(session, chat.EMPTY).box == draft("Again")
    assert "no message" in chat.undo(session, chat.EMPTY).warning


def test_pictures_return_to_the_box(
    session: Session, tmp_path: Path, picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    upload = tmp_path / "upload.png"
    upload.write_bytes(picture)
    list(chat.send(session, draft("Look", upload)))
    *_, last = chat.retry(session)
    assert "data:image/jpeg" in str((last.messages or [])[1].content)
    box = chat.undo(session, chat.EMPTY).box
    assert box is not None and Path(box["files"][0]).is_relative_to(tmp_path / "uploads")


def test_memory_off_keeps_nothing_but_the_tabs_own_chat(
    session: Session, tmp_path: Path, picture: bytes
) -> None:
    say(session, "I live in Lisbon")
    session.options = Options(recall=False, remember=False)
    assert history(session) == []
    *_, last = say(session, "My secret")
    assert texts(last.messages) == ["My secret", "All right."]
    *_, last = chat.retry(session)
    assert texts(last.messages) == ["My secret", "All right."]
    assert len(session.unsaved) == 1 and len(session.agent.turns()) == 1
    assert chat.undo(session, chat.EMPTY).box == draft("My secret")
    upload = tmp_path / "upload.png"
    upload.write_bytes(picture)
    *_, last = chat.send(session, draft("Look", upload))
    assert "data:image/jpeg" in str(last.messages)
    session.forget_unsaved()
    assert not upload.exists() and history(session) == []
    session.options = Options()
    assert "My secret" not in texts(history(session))


def test_tabs_of_two_people_share_nothing(lobby: Lobby) -> None:
    one, other = Session(lobby, "browser:one"), Session(lobby, "browser:two")
    say(one, "I live in Lisbon")
    assert history(other) == [] and one.agent is not other.agent
    again = Session(lobby, "browser:one")
    assert texts(history(again)) == ["I live in Lisbon", "All right."]


def test_a_tab_that_has_not_arrived_is_told_to_wait(lobby: Lobby) -> None:
    session = Session(lobby)
    with pytest.raises(MemoryUnavailable):
        _ = session.agent
    *_, last = say(session, "Hello")
    assert last.box == draft("Hello") and "starting" in last.warning


def test_idle_agents_are_closed_and_open_again(lobby: Lobby, session: Session) -> None:
    say(session, "I live in Lisbon")
    agent = session.agent
    agent.update()
    assert lobby.sweep(3600) == 0
    assert lobby.sweep(-1) == 1
    assert agent.closed and not session.agent.closed
    assert texts(history(session)) == ["I live in Lisbon", "All right."]


def test_a_long_chat_shows_its_end_from_a_place_that_seldom_moves(session: Session) -> None:
    session.shown_turns = 2
    began = []
    for number in range(32):
        session.agent.observe(f"Message {number}", "Yes.")
        shown = texts(history(session))
        assert shown[-2:] == [f"Message {number}", "Yes."]
        began.append(shown[0])
    assert began == ["Message 0"] * 11 + ["Message 10"] * 10 + ["Message 20"] * 10 + ["Message 30"]


def test_a_line_stands_where_a_session_began(session: Session) -> None:
    say(session, "Morning")
    session.agent.end_session()
    say(session, "Evening")
    lines = [m for m in history(session) if "pv-session" in str(m.content)]
    assert len(lines) == 2


def test_the_clock_can_be_moved_and_set(session: Session) -> None:
    agent = session.agent
    before = agent.now()
    assert clock.jump(session, timedelta(days=30)) == ""
    assert agent.now() - before >= timedelta(days=30)
    assert clock.label(session).endswith("· set")
    assert clock.set_to(session, "2027-10-05 20:08") == ""
    assert clock.written(session) == "2027-10-05 20:08"
    assert "2026-10-05" in clock.set_to(session, "tomorrow")
    assert clock.jump(session, timedelta(days=3_000_000)) != ""
    assert clock.real_time(session) == ""
    assert not clock.label(session).endswith("· set")


def test_time_does_not_run_backwards_after_a_restart(session: Session) -> None:
    clock.jump(session, timedelta(days=30))
    say(session, "Hello from next month")
    session.agent.set_clock(None)
    clock.catch_up(session)
    *_, last = say(session, "Hello again")
    assert not last.warning and len(session.agent.turns()) == 2


def test_the_sample_month_wants_an_empty_memory(session: Session) -> None:
    steps = load_sample(session)
    assert [next(steps).done for _ in range(2)] == [0, 1]
    session.stop.set()
    assert [*steps][-1].total == 86
    assert len(session.agent.turns()) < 86, "it was stopped after a session"
    with pytest.raises(BadInput, match="memory here already"):
        next(load_sample(session))


def test_only_the_five_named_events_are_public(lobby: Lobby) -> None:
    blocks = build_page(lobby, "secret")
    public = [fn.api_name for fn in blocks.fns.values() if fn.api_visibility == "public"]
    assert sorted(map(str, public)) == ["chat", "end_session", "export", "memory", "personality"]


def test_a_damaged_memory_is_told_and_the_page_lives_on(lobby: Lobby, session: Session) -> None:
    say(session, "I live in Lisbon")
    file = next((lobby.model.data_dir / "people").glob("*/memory.sqlite3"))
    session.agent.close()
    file.write_bytes(b"not a database " * 500)
    tab = Session(lobby, session.user_id)
    with pytest.raises(MemoryCorrupt):
        history(tab)
    assert "damaged" in status(tab)[2].value, "and it stays on the page"
    assert texts(say(tab, "Hello")[-1].messages) == ["Hello", "All right."]
