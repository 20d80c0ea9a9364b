"""Prompts: layout, order of words and pictures, and people's words kept harmless."""

import ast
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personavlm.personality import BigFive
from personavlm.prompts import render
from personavlm.prompts.layout import query
from personavlm.prompts.template import fill
from personavlm.protocol import (
    AnswerInputs,
    Inputs,
    Query,
    ReasonInputs,
    SessionInputs,
    StepParser,
    Task,
    TurnInputs,
)
from personavlm.protocol.messages import Message
from personavlm.records import (
    Crop,
    Hit,
    Image,
    MemoryType,
    Object,
    Retrieval,
    Turn,
)
from personavlm.vision.base import Box

NOW = datetime(2024, 9, 23, 20, 8, tzinfo=UTC)
EARLIER = NOW - timedelta(minutes=10)
PROFILE = {"name": "Maya", "note": 'it\'s "x"'}
SCORES = BigFive(4.04, 2.96, 3.0, 3.0, 3.0)


def picture(name: str) -> Image:
    return Image(name, 64, 64, Path(f"{name}.png"))


A, B, C, D = (picture(name) for name in "abcd")
TURNS = (
    Turn(1, 1, EARLIER, "Look at him!", (A,), "What a corgi."),
    Turn(2, 1, EARLIER, "Still there?", (), None, "failed"),
)
QUERY = Query("And\nthis?", NOW, (B,))
FACT = Hit("semantic:1", MemoryType.SEMANTIC, EARLIER, "Biscuit is a corgi", "words", 1.0)
SEEN = Hit("semantic:2", MemoryType.SEMANTIC, EARLIER, "her bed", "looks", 1.0, images=(C,))
HABIT = Hit("procedural:3", MemoryType.PROCEDURAL, EARLIER, "runs daily", "words", 1.0)
TOPIC = Hit(
    *("episodic:4", MemoryType.EPISODIC, EARLIER, "A talk on dogs", "words", 1.0),
    images=(D,),
    turns=(Turn(7, 1, EARLIER, "My dog", (D,), "Sweet."),),
    end=NOW,
    left_out=2,
)


def reason(**changes: object) -> ReasonInputs:
    fields = {"profile": PROFILE, "personality": SCORES, "dialogue": TURNS, "query": QUERY}
    return ReasonInputs(**{**fields, **changes})  # type: ignore[arg-type]


def shown(message: Message) -> str:
    """The message with its pictures as their names."""
    return "".join(part if isinstance(part, str) else f"[{part.hash}]" for part in message.parts)


def images(messages: Iterable[Message]) -> list[Image]:
    return [part for message in messages for part in message.parts if isinstance(part, Image)]


def all_inputs(text: str) -> list[tuple[Task, Inputs]]:
    """Every task, with `text` in every place that people's words can reach."""
    image = picture("z")
    turn = Turn(1, 1, EARLIER, text, (image,), text)
    asked = Query(text, NOW, (image,))
    hits = tuple(
        Hit(f"{kind}:1", kind, EARLIER, text, text, 1.0, (text,), (), (turn,))
        for kind in MemoryType
    )
    found = Retrieval(text, None, NOW, hits, note=text)
    profile = {text: text}
    session = SessionInputs(profile, (turn,), profile)
    once = TurnInputs(profile, (turn,), asked)
    return [
        (Task.REASON, ReasonInputs(profile, SCORES, (turn,), asked, (found,), (text,))),
        (Task.ANSWER, AnswerInputs(profile, SCORES, (turn,), asked, found)),
        *((task, once) for task in (Task.PERSONALITY, Task.SEMANTIC)),
        *((task, session) for task in (Task.EPISODIC, Task.PROCEDURAL, Task.CORE)),
    ]


def test_reason_lays_its_inputs_out() -> None:
    (message,) = render(Task.REASON, reason())
    assert message.role == "user"
    text = shown(message)
    expected = (
        "Profile:\n{'name': 'Maya', 'note': 'it\\'s \"x\"'}\n",
        "\nOpenness: 4.0\nConscientiousness: 3.0\nExtraversion: 3.0\nAgreeableness: 3.0\n"
        "Neuroticism: 3.0\nComes across as slightly",
        "\nTime: 2024-09-23 19:58 (Monday)\nUser: [a]\nLook at him!\nAssistant: What a corgi.\n"
        "Time: 2024-09-23 19:58 (Monday)\nUser: Still there?\n\n",
        "\n{'time': '2024-09-23 20:08 (Monday)', 'query': '[b]\\nAnd\\nthis?'}\n",
        '<think>your thoughts</think><retrieve>\n"keywords":',
    )
    places = [text.find(piece.replace("Comes across as slightly", "")) for piece in expected]
    assert -1 not in places
    assert places == sorted(places)
    assert images([message]) == [A, B]


def test_a_trajectory_is_told_in_turns() -> None:
    found = Retrieval("corgi, bed", None, NOW, (FACT, TOPIC, HABIT, SEEN))
    again = Retrieval("corgi, bed", None, NOW, (), note="asked before")
    inputs = reason(retrieved=(found, again), thoughts=("look it up", "once more"))
    messages = render(Task.REASON, inputs)
    assert [message.role for message in messages] == ["user", "assistant"] * 2 + ["user"]
    assert messages[:1] == render(Task.REASON, reason())
    assert shown(messages[1]) == (
        '<think>look it up</think><retrieve>\n"keywords": corgi, bed\n"start_time": "null"\n'
        '"end_time": "2024-09-23 20:08"\n</retrieve>'
    )
    text = shown(messages[2])
    expected = (
        "returned 4 entries.",
        "- 2024-09-23 19:58 (Monday): runs daily\n",
        "- 2024-09-23 19:58 (Monday): Biscuit is a corgi\n"
        "- 2024-09-23 19:58 (Monday): her bed [c]\n",
        "- 2024-09-23 19:58 (Monday) to 2024-09-23 20:08 (Monday): A talk on dogs\n"
        "Time: 2024-09-23 19:58 (Monday)\nUser: [d]\nMy dog\nAssistant: Sweet.\n"
        "(2 more turns not shown)\n",
        "<retrieve>",
    )
    places = [text.find(piece) for piece in expected]
    assert -1 not in places
    assert places == sorted(places)
    assert images(messages) == [A, B, C, D]
    assert "Note: asked before." in shown(messages[4])


E, F = (picture(name) for name in "ef")
VIEW = Crop(1, E, F, Box(0, 0, 9, 9), EARLIER, "my corgi", turn=7, fact=5)
KNOWN = Hit(
    *("object:1", MemoryType.SEMANTIC, EARLIER, "Biscuit (corgi): my corgi"),
    *("looks like Biscuit in your picture of 2024-09-23 (0.83)", 0.83),
    images=(E,),
    object=Object(1, "Biscuit", "corgi", (VIEW,)),
)


def test_a_recognised_object_is_shown_as_pixels_without_being_asked_for() -> None:
    seen = Retrieval("", None, None, (KNOWN,), note="recognised in the picture: Biscuit")
    found = Retrieval("corgi", None, None, (FACT,))
    inputs = reason(retrieved=(seen, found), thoughts=("", "look it up"))
    messages = render(Task.REASON, inputs)
    assert [message.role for message in messages] == ["user", "assistant"] * 2 + ["user"]
    assert "has a picture" in shown(messages[1]) and '"keywords": what the pic' in shown(
        messages[1]
    )
    text = shown(messages[2])
    assert "returned 1 entry. Note: recognised in the picture: Biscuit." in text
    assert (
        "- 2024-09-23 19:58 (Monday): Biscuit (corgi): my corgi (what the person sent looks like "
        "Biscuit in your picture of 2024-09-23 (0.83)) [e]\n"
    ) in text
    assert "look it up" in shown(messages[3])
    assert images(messages) == [A, B, E]


def test_no_picture_is_shown_twice() -> None:
    sent_again = replace(KNOWN, images=(B,))
    noted = replace(FACT, images=(E,), turns=(Turn(7, 1, EARLIER, "My dog", (E,), "Sweet."),))
    talk = replace(TOPIC, images=(D, A, E), turns=(Turn(7, 1, EARLIER, "Dogs", (D, D, E), ""),))
    first = Retrieval("", None, None, (sent_again, KNOWN))
    inputs = reason(retrieved=(first, Retrieval("dog", None, None, (noted, talk, TOPIC))))
    assert images(render(Task.REASON, inputs)) == [A, B, E, D]
    once = AnswerInputs(PROFILE, SCORES, TURNS, QUERY, Retrieval("x", None, None, (KNOWN, talk)))
    assert images(render(Task.ANSWER, once)) == [A, E, D, B]


def test_a_picture_beyond_the_budget_is_not_shown_with_its_turn() -> None:
    over = replace(TOPIC, images=())
    inputs = reason(retrieved=(Retrieval("dog", None, None, (over,)),))
    assert images(render(Task.REASON, inputs)) == [A, B]


def test_nothing_found_is_said() -> None:
    inputs = reason(retrieved=(Retrieval("x", None, None, ()),), thoughts=("t",))
    text = shown(render(Task.REASON, inputs)[-1])
    assert "Nothing was found" in text
    assert text.count("(none)") == 3


@pytest.mark.parametrize("retrieved", [(), (Retrieval("x", None, None, ()),)])
def test_only_the_last_message_tells_what_may_be_done(retrieved: tuple[Retrieval, ...]) -> None:
    free = render(Task.REASON, reason(retrieved=retrieved))
    closing = render(Task.REASON, reason(retrieved=retrieved, may_retrieve=False))
    searching = render(Task.REASON, reason(retrieved=retrieved, must_retrieve=True))
    assert free[:-1] == closing[:-1] == searching[:-1]
    assert "<retrieve>" in shown(free[-1])
    assert "<answer>" in shown(free[-1])
    assert "<retrieve>" not in shown(closing[-1])
    assert "<answer>" in shown(closing[-1])
    assert "<retrieve>" in shown(searching[-1])
    assert "<answer>" not in shown(searching[-1])


def test_a_request_in_the_history_reads_back() -> None:
    found = Retrieval('say "</retrieve>", 10:30\nnow', EARLIER, None, ())
    messages = render(Task.REASON, reason(retrieved=(found,), thoughts=("<think>",)))
    parser = StepParser(UTC)
    parser.feed(messages[1].text)
    _, step = parser.finish()
    assert step.problem is None
    assert step.thought == "<think>"


def test_answer_shows_what_one_search_found() -> None:
    inputs = AnswerInputs(PROFILE, SCORES, TURNS, QUERY, Retrieval("x", None, None, (FACT, SEEN)))
    (message,) = render(Task.ANSWER, inputs)
    assert images([message]) == [A, C, B]
    assert "Biscuit is a corgi" in shown(message)
    assert "<retrieve>" not in shown(message)


def test_session_tasks() -> None:
    inputs = SessionInputs(PROFILE, TURNS, {"running": "Maya runs daily."})
    episodic = shown(render(Task.EPISODIC, inputs)[0])
    assert "Round 0 of dialogues\nTime: 2024-09-23 19:58 (Monday)\nUser: [a]\n" in episodic
    assert "\nRound 1 of dialogues\nTime:" in episodic
    assert "Round 2 of dialogues" not in episodic
    assert "{'running': 'Maya runs daily.'}" in shown(render(Task.PROCEDURAL, inputs)[0])
    core = shown(render(Task.CORE, inputs)[0])
    assert "Round 0" not in core
    assert core.index("'Maya'") < core.index("User: [a]")


def test_empty_places_are_marked() -> None:
    inputs = SessionInputs({}, (), {})
    text = shown(render(Task.PROCEDURAL, inputs)[0])
    assert "\n{}\n" in text
    assert "\n(none)\n" in text


MARKERS = ("<think>", "</think>", "<answer>", "<retrieve>", "<image>", "<|im_start|>", "<|im_end|>")


@pytest.mark.parametrize("task_inputs", all_inputs("".join(MARKERS)), ids=lambda pair: pair[0])
def test_injected_markers_are_inert_everywhere(task_inputs: tuple[Task, Inputs]) -> None:
    clean = dict(all_inputs("words"))[task_inputs[0]]
    counted = render(*task_inputs), render(task_inputs[0], clean)
    hostile, ours = ("".join(map(shown, messages)) for messages in counted)
    for marker in MARKERS:
        assert hostile.count(marker) == ours.count(marker)


@pytest.mark.parametrize("task_inputs", all_inputs("{query} {{profile}} {x}"), ids=lambda p: p[0])
def test_slots_are_filled_in_a_single_pass(task_inputs: tuple[Task, Inputs]) -> None:
    text = "".join(map(shown, render(*task_inputs)))
    clean = "".join(map(shown, render(task_inputs[0], dict(all_inputs("words"))[task_inputs[0]])))
    assert text.count("{query} {{profile}} {x}") == clean.count("words") - _own_words(task_inputs)


def _own_words(task_inputs: tuple[Task, Inputs]) -> int:
    """How often our own templates say "words"."""
    empty = dict(all_inputs("w"))[task_inputs[0]]
    return "".join(map(shown, render(task_inputs[0], empty))).count("words")


def test_inputs_of_another_task_are_refused() -> None:
    with pytest.raises(TypeError):
        render(Task.REASON, SessionInputs({}, (), {}))
    with pytest.raises(TypeError):
        render(Task.CORE, reason())


def test_every_template_has_only_known_slots() -> None:
    with pytest.raises(KeyError):
        fill("core", {"profile": ()})
    names = {path.name for path in files("personavlm.prompts").iterdir()}
    for task in Task:
        assert f"{task.value}.txt" in names


@given(st.text())
@settings(max_examples=80, deadline=None)
def test_the_query_reads_as_a_python_dict(text: str) -> None:
    (written,) = query(Query(text, NOW))
    assert isinstance(written, str)
    if "\u2060" not in written and "\0" not in written:
        read = ast.literal_eval(written)
        assert read == {"time": "2024-09-23 20:08 (Monday)", "query": text}
    if text.isprintable() and "\u2060" not in written:
        assert written == str(read)
