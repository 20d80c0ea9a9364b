"""Persona-MME's files: questions with their alignment halves, histories with pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from eval.made import FITS, persona_mme_row, write_history, write_persona_mme

from eval.benchmarks.persona_mme import read
from eval.benchmarks.persona_mme_history import history
from personavlm.errors import BadInput


def test_folders_are_contexts_and_alignment_makes_two_more_cases(tmp_path: Path) -> None:
    folder = write_persona_mme(tmp_path)
    short, long = read(folder, "32k"), read(folder, "128k")
    assert [case.id for case in short[-3:]] == [
        "100/7/14",
        "100/7/14/aligned",
        "100/7/14/misaligned",
    ]
    assert [case.id for case in long] == ["500/3/15", "500/3/15/aligned", "500/3/15/misaligned"]
    assert [case.task for case in short[:13]] == [
        *("VDR", "SIR", "EII", "IIR", "LPR", "IEA", "IPR", "BPR", "LGT", "RR", "RDC", "TED", "GNS")
    ]
    asked, aligned, misaligned = long
    assert (asked.gold, asked.group, asked.half) == ("c", "Memory", "")
    assert (aligned.gold, aligned.group, aligned.half) == ("a", "Alignment", "aligned")
    assert (misaligned.gold, misaligned.half) == ("b", "misaligned")
    assert "Go, and tell me!" in aligned.question
    assert "Whatever." in misaligned.question
    assert aligned.options == {"a": "Yes, it aligns well.", "b": "No, it misaligns."}
    assert {case.row for case in long} == {"Persona-MME.json:15"}


def test_a_star_and_a_weekday_are_dropped(tmp_path: Path) -> None:
    cases = read(write_persona_mme(tmp_path), "32k")
    assert (cases[2].task, cases[2].group) == ("EII", "Intent")
    assert cases[3].time == "2024-09-23 20:08"


def test_the_folder_that_the_hub_has(tmp_path: Path) -> None:
    write_persona_mme(tmp_path / "Persona-MME")
    path = write_history(tmp_path / "Persona-MME")
    case = read(tmp_path, "32k")[0]
    assert case.history is not None
    assert case.history.path == path, "found beside the file, whatever root the file writes"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"data_path": "./samples/64/0/user_data.json"}, "row 2: data_path: String should match"),
        ({"type": "Astrology"}, "row 2: type: Value error, 'Astrology' is none of"),
        (
            {"type": "Intent Inference"},
            "row 2: 'Semantic Information Recall' is no task of 'Intent",
        ),
        ({"time": "yesterday"}, "row 2: time: Value error, 'yesterday' is no time"),
        ({"time": "2024-13-09 20:08"}, "row 2: time: Value error"),
        ({"answer": "(e)"}, "row 2: answer: (e) is none of the choices"),
        ({"answer": "c"}, "row 2: answer: String should match"),
        ({"choices": {"(a)": "x", "(c)": "y"}}, "row 2: choices: Value error, expected the keys"),
        ({"choices": ["x"]}, "row 2: choices: Input should be"),
        ({"alignment": {"chosen": "x"}}, "row 2: alignment.rejected: Field required"),
    ],
)
def test_what_is_wrong_with_a_row(tmp_path: Path, changed: dict[str, Any], reason: str) -> None:
    rows = [persona_mme_row(0), persona_mme_row(1, **changed)]
    write_persona_mme(tmp_path, rows)
    with pytest.raises(BadInput, match=r"Persona-MME\.json") as told:
        read(tmp_path, "32k")
    assert reason in str(told.value)


@pytest.mark.parametrize(
    ("text", "reason"), [("{}", "should hold a list"), ("[1]", "row 1: the row"), ("[", "not JSON")]
)
def test_another_kind_of_file(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "Persona-MME.json").write_text(text)
    with pytest.raises(BadInput, match=reason):
        read(tmp_path, "32k")


def test_a_history_with_pictures_in_the_order_of_their_marks(tmp_path: Path) -> None:
    told = history(write_history(tmp_path))
    assert told.profile["name"] == "Ann"
    assert [len(session) for session in told.sessions] == [1, 2], "the empty one is left out"
    shown = told.sessions[1][0]
    assert [path.name for path in shown.images] == ["0.png", "1.png"]
    assert told.sessions[1][1].images == ()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"imgs": []}, "0 pictures for 2 marks"),
        ({"imgs": ["./samples/50/0/0.png", "./samples/50/0/9.png"]}, "9.png is missing"),
        ({"imgs": ["./samples/50/0/0.png", "../../etc/passwd"]}, "lies outside"),
        ({"sessions": [[{"time": "2024-07-01 09:00", "user": "x"}]]}, "sessions.0.0.assistant"),
        (
            {"sessions": [[{"time": "2024-07-32 09:00", "user": "x", "assistant": "y"}]]},
            "sessions.0.0.time: Value error",
        ),
        ({"profile": "Ann"}, "row 1: profile: Input should be a valid dictionary"),
    ],
)
def test_a_damaged_history(tmp_path: Path, changed: dict[str, Any], reason: str) -> None:
    path = write_history(tmp_path, **changed)
    with pytest.raises(BadInput, match=r"user_data\.json") as told:
        history(path)
    assert reason in str(told.value)


def test_a_question_without_alignment_is_one_case(tmp_path: Path) -> None:
    rows = [persona_mme_row(0), persona_mme_row(1, **FITS)]
    assert len(read(write_persona_mme(tmp_path, rows), "32k")) == 1 + 3
