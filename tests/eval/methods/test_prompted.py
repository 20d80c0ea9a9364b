"""Baselines that read the history from their prompt."""

from __future__ import annotations

from pathlib import Path

import pytest
from eval.made import write_personamem
from eval.subjects import person, subject
from scripted import HashEncoder, ScriptedEngine

from eval.benchmarks import personamem
from eval.case import Case
from eval.methods.prompted import TOP, Prompted
from eval.methods.subject import Asking
from personavlm.engines.preview.engine import PreviewEngine
from personavlm.records import Image


def prompted(kind: str, case: Case, folder: Path) -> tuple[str, list[Image], str]:
    """What the model reads as the person's message, its pictures, and the reply."""
    seen: list[Image] = []
    engine = ScriptedEngine(answer="<answer>(c)</answer>")
    answer = Prompted(kind, subject(folder, engine)).answer(case)
    [request] = engine.requests
    system, user = request.messages
    seen += [part for part in user.parts if isinstance(part, Image)]
    return f"{system.text}\n{user.text}", seen, answer.reply


def talk(turns: int) -> list[list[dict[str, str]]]:
    return [
        [
            {
                "time": f"2024-07-{day:02} 09:00",
                "user": f"On day {day} it rained.",
                "assistant": "Oh.",
            }
        ]
        for day in range(1, turns + 1)
    ]


def test_full_context_has_every_message_with_its_time_and_pictures(tmp_path: Path) -> None:
    [case, _] = person(tmp_path)
    text, pictures, reply = prompted("full", case, tmp_path)
    said = ["My cat is Moss.", "Aww.", "I row on Fridays.", "Nice.", "I sold the boat.", "Oh!"]
    assert [text.index(one) for one in said] == sorted(text.index(one) for one in said)
    assert "[2024-07-03 20:00 (Wednesday)] User: I sold the boat." in text
    assert "It is now 2024-09-23 20:08 (Monday)." in text
    assert "name: Ann" in text
    assert "Options:\n(a). Tea." in text
    assert len(pictures) == 1
    assert reply == "(c)", "without the tags"


def test_without_context_there_is_the_question_alone(tmp_path: Path) -> None:
    [case, _] = person(tmp_path)
    text, pictures, _ = prompted("no-context", case, tmp_path)
    assert "What did I say, 0?" in text
    assert "Ann" not in text
    assert "2024" not in text
    assert not pictures


def test_rag_has_the_five_closest_in_the_order_they_were_said(tmp_path: Path) -> None:
    sessions = talk(20)
    for day in (3, 9, 14):
        sessions[day - 1][0]["user"] = f"What did I say 0? I said that on {day}."
    [case, _] = person(tmp_path, sessions=sessions, imgs=[])
    text, _, _ = prompted("rag", case, tmp_path)
    assert text.count("] User:") + text.count("] Assistant:") == TOP
    assert text.index("that on 3.") < text.index("that on 9.") < text.index("that on 14.")


def test_what_is_shown_is_kept_with_the_case(tmp_path: Path) -> None:
    [case, _] = person(tmp_path)
    for kind, places in (("full", list(range(6))), ("no-context", [])):
        answer = Prompted(kind, subject(tmp_path)).answer(case)
        assert answer.detail["shown"] == places
        assert answer.usage is not None


def test_a_message_without_a_reply_is_one_message(tmp_path: Path) -> None:
    write_personamem(tmp_path, 1, end_index_in_shared_context="4")
    [case] = personamem.read(tmp_path, "32k")
    answer = Prompted("full", subject(tmp_path)).answer(case)
    assert answer.detail["shown"] == [0, 1, 2]


@pytest.mark.parametrize(("kind", "letter"), [("full", "c"), ("rag", "c")])
def test_without_a_language_model_the_closest_option_counts(
    tmp_path: Path, kind: str, letter: str
) -> None:
    said = "Water with a slice of lemon, please."
    turn = {"time": "2024-07-01 09:00", "user": said, "assistant": "Here you are."}
    [case, _] = person(tmp_path, sessions=[[turn]], imgs=[])
    of = subject(tmp_path, PreviewEngine(HashEncoder()), model=None)
    asks = Prompted(kind, of)
    assert of.asking is Asking.CLOSEST
    assert asks.settings["asked"] == Asking.CLOSEST.value
    assert asks.calls([case]) == 0
    answer = asks.answer(case)
    assert answer.reply == f"({letter})"
    cosines = answer.detail["cosines"]
    assert max(cosines, key=cosines.get) == letter
    assert asks.name == f"{kind} (preview)"
    assert asks.published == ()
