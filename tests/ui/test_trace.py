"""A turn as chat messages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import PIL.Image
from gradio import ChatMessage

from personavlm.records import (
    AnswerDelta,
    Crop,
    Hit,
    Image,
    MemoryType,
    Object,
    Remembered,
    Reply,
    Retrieval,
    Thought,
    ThoughtDelta,
    Turn,
    Usage,
)
from personavlm.ui import trace
from personavlm.ui.history import LiveTurn
from personavlm.vision.base import Box

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def hit(**changes: object) -> Hit:
    values: dict[str, object] = {
        "id": "semantic:1",
        "type": MemoryType.SEMANTIC,
        "time": NOON,
        "text": "Has a corgi, <b>Biscuit</b>",
        "why": "by keywords",
        "score": 0.9,
    }
    return Hit(**(values | changes))  # type: ignore[arg-type]


def text(message: ChatMessage) -> str:
    assert isinstance(message.content, str)
    return message.content


def test_a_search_has_its_hits_as_children() -> None:
    search, found = trace.searched("t1-0", Retrieval("corgi", NOON, None, (hit(),)))
    title = "Searched memory: corgi · since Mon 2 Mar 2026 · 1 hit"
    assert search.metadata == {"title": title, "id": "t1-0", "status": "done"}
    assert found.metadata["parent_id"] == "t1-0"
    assert found.metadata["title"] == "Fact · Mon 2 Mar 2026"
    assert "&#60;b&#62;Biscuit" in text(found) and "by keywords" in text(found)


def test_a_search_that_found_nothing_says_so() -> None:
    (search,) = trace.searched("t1-0", Retrieval("corgi", None, None, ()))
    assert "Nothing in memory fits" in text(search)
    (search,) = trace.searched("t1-0", Retrieval("corgi", None, None, (), note="as before"))
    assert text(search) == "As before"


def test_a_topic_brings_its_exchanges_and_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    PIL.Image.new("RGB", (20, 10), "red").save(path)
    turn = Turn(1, 1, NOON, "Where <i>to</i>?", (), "To the lake")
    topic = hit(
        id="episodic:1",
        type=MemoryType.EPISODIC,
        turns=(turn,),
        left_out=2,
        pictures_left_out=1,
        images=(Image("h", 20, 10, path),),
        end=NOON.replace(day=3),
    )
    _, found = trace.searched("x", Retrieval("lake", None, None, (topic,)))
    assert found.metadata["title"] == "Topic · Mon 2 Mar 2026 – Tue 3 Mar 2026"
    assert "<i>" not in text(found) and "To the lake" in text(found)
    assert "2 more exchanges" in text(found) and "1 more picture," in text(found)
    assert 'src="data:image/jpeg;base64,' in text(found)
    assert str(tmp_path) not in text(found)


def test_a_fact_that_was_replaced_held_until_then() -> None:
    later = NOON.replace(month=4)
    _, found = trace.searched("x", Retrieval("home", None, None, (hit(end=later),)))
    assert found.metadata["title"] == "Fact · Mon 2 Mar 2026, until Thu 2 Apr 2026"


def test_an_object_is_shown_with_its_view_and_why(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    PIL.Image.new("RGB", (20, 10), "red").save(path)
    view = Image("h", 20, 10, path)
    crop = Crop(1, view, view, Box(0, 0, 20, 10), NOON, "Hers.")
    known = hit(
        id="object:1",
        text="<Biscuit> (dog): Hers.",
        why="looks like it",
        images=(view,),
        object=Object(1, "<Biscuit>", "dog", (crop,)),
    )
    search, found = trace.searched("x", Retrieval("", None, None, (known,), note="in a picture"))
    assert search.metadata["title"] == "Recognised in your picture: &#60;Biscuit&#62;"
    assert found.metadata["title"] == "Object: &#60;Biscuit&#62; · Mon 2 Mar 2026"
    assert "looks like it" in text(found) and 'src="data:image/jpeg;base64,' in text(found)
    assert "<Biscuit>" not in text(search) + text(found)
    assert "pv-name-it" not in text(found), "it is named already"


def test_something_can_be_named_in_pictures_that_memory_has(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    PIL.Image.new("RGB", (20, 10), "red").save(path)
    stored = text(trace.person_said("Look", [Image("abc", 20, 10, path)]))
    assert '<button type="button" class="pv-name-it" value="abc">' in stored
    assert "button" not in text(trace.person_said("Look", [Image("", 20, 10, path)]))
    assert "button" not in text(trace.person_said("Look", [Image("abc", 1, 1, tmp_path / "no")]))


def test_a_picture_that_is_gone_does_not_break_the_chat(tmp_path: Path) -> None:
    message = trace.person_said("Look", [Image("h", 1, 1, tmp_path / "gone.png")])
    assert "no longer there" in text(message)


def test_a_finished_turn_in_order() -> None:
    steps = (Thought("Hm", 1.234), Retrieval("corgi", None, None, ()))
    turn = Turn(7, 1, NOON, "Hello", (), "Hi **there**")
    reply = Reply("Hi **there**", steps, Usage(10, 5, 0, 2.0), 7, "weights on sglang")
    messages = trace.finished(turn, reply)
    assert [m.role for m in messages] == ["user"] + ["assistant"] * 4
    assert messages[1].metadata["duration"] == 1.2
    assert text(messages[3]) == "Hi **there**"
    assert "10 + 5 tokens · 2.0 s · weights on sglang" in text(messages[4])


def test_the_preview_engines_quotes_stay_literal() -> None:
    assert "**" not in text(trace.answer("You said **that**", "preview"))


def test_what_went_wrong_is_told() -> None:
    reply = Reply("Half", (), Usage(), 7)
    stopped = trace.finished(Turn(7, 1, NOON, "Hello", (), "Half", "stopped"), reply)
    assert "Stopped" in text(stopped[-1])
    failed = Turn(7, 1, NOON, "Hello", (), None, "failed")
    assert "Press Retry" in text(trace.finished(failed, reply)[-1])
    assert "no power" in text(trace.finished(failed, reply, problem="no power")[-1])


def test_what_was_remembered() -> None:
    saved = [
        Remembered("personality", "no clear cue", False, 7),
        Remembered("semantic", "Has a *corgi*", True, 7),
        Remembered("procedural", "Walks at 7", True, None, 1),
    ]
    (message,) = trace.remembered("f", saved, pending=False)
    assert message.metadata["title"] == "Remembered: Has a &#42;corgi&#42; · habit or goal"
    assert "**Personality** (nothing saved): no clear cue" in text(message)
    (nothing,) = trace.remembered("f", saved[:1], pending=False)
    assert nothing.metadata["title"] == "Remembered: nothing new"


def test_remembering_is_shown_while_it_lasts() -> None:
    assert trace.remembered("f", [], pending=False) == []
    (message,) = trace.remembered("f", [], pending=True)
    assert message.metadata["status"] == "pending"


def titles(live: LiveTurn) -> list[tuple[str | None, str | None]]:
    return [(m.metadata.get("title"), m.metadata.get("status")) for m in live.messages()[1:]]


def test_a_reply_on_its_way() -> None:
    live = LiveTurn("Hello", 0, reasoning=True, answered_by="sglang")
    assert titles(live) == [("Thinking", "pending")]
    live.take(ThoughtDelta("I search"))
    assert titles(live) == [("Thinking", "pending")]
    live.take(Thought("I search", 0.5))
    assert titles(live) == [("Thinking", "done"), ("Thinking", "pending")]
    live.take(Retrieval("corgi", None, None, (hit(),)))
    live.take(ThoughtDelta("Found it"))
    live.take(AnswerDelta("Bis"))
    live.take(AnswerDelta("cuit"))
    live.take(Thought("Found it", 0.5))  # a step is complete only after its answer
    assert [title for title, _ in titles(live)] == [
        "Thinking",
        "Searched memory: corgi · any time · 1 hit",
        "Fact · Mon 2 Mar 2026",
        "Thinking",
        None,
    ]
    assert live.messages()[-1].content == "Biscuit"


def test_pictures_are_shown_once_they_were_checked() -> None:
    live = LiveTurn("Look", 2, reasoning=False, answered_by="sglang")
    assert "(2 pictures)" in text(live.messages()[0])
    assert titles(live) == []
