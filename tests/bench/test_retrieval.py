"""The retrieval benchmark: a made conversation in LoCoMo's format, figures counted by hand."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scripted import HashEncoder

from eval.bench import retrieval
from eval.bench.locomo import Question, evidence, read
from eval.bench.retrieval import judge, remember

SESSIONS = {
    "session_1": ("1:56 pm on 8 May, 2023", ["I adopted a corgi", "A corgi, how nice"]),
    "session_10": ("9:00 am on 3 January, 2024", ["The walnut cake burned", "Oh no"]),
    "session_2": ("10:00 am on 2 June, 2023", ["I sold my bike", "Jazz tonight"]),
}
QUESTIONS: list[dict[str, Any]] = [
    {"question": "Who adopted a corgi?", "answer": "Ann", "evidence": ["D1:1"], "category": 4},
    {"question": "What burned in January 2024?", "answer": 1, "evidence": ["D10:1"], "category": 2},
    {"question": "corgi and bike?", "answer": "", "evidence": ["D1:1; D2:01"], "category": 1},
    {"question": "Nobody knows", "adversarial_answer": "x", "evidence": [], "category": 5},
    {"question": "Gone", "answer": "x", "evidence": ["D7:7", "D"], "category": 3},
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    talk: dict[str, Any] = {"speaker_a": "Ann", "speaker_b": "Bo"}
    for name, (date, said) in SESSIONS.items():
        number = name.removeprefix("session_")
        talk[f"{name}_date_time"] = date
        talk[name] = [
            {"speaker": ("Ann", "Bo")[place % 2], "dia_id": f"D{number}:{place + 1}", "text": text}
            for place, text in enumerate(said)
        ]
    talk["session_2"][1]["blip_caption"] = "a photo of a trumpet"
    path = tmp_path / "locomo.json"
    path.write_text(json.dumps([{"sample_id": "conv-1", "conversation": talk, "qa": QUESTIONS}]))
    return path


def test_the_file_is_read_in_the_order_of_its_dates(file: Path) -> None:
    [conversation] = read(file)
    assert [said.id for said in conversation.said] == [
        *("D1:1", "D1:2", "D2:1", "D2:2", "D10:1", "D10:2")
    ]
    assert conversation.said[0].time == datetime(2023, 5, 8, 13, 56, tzinfo=UTC)
    assert conversation.said[3].text == 'Bo said, "Jazz tonight" and shared a photo of a trumpet.'
    assert conversation.questions == (
        Question("Who adopted a corgi?", 4, ("D1:1",)),
        Question("What burned in January 2024?", 2, ("D10:1",)),
        Question("corgi and bike?", 1, ("D1:1", "D2:1")),
    )


def test_evidence_as_it_is_written() -> None:
    known = {"D8:6", "D9:17", "D11:26", "D30:5"}
    assert evidence(["D8:6; D9:17"], known) == ("D8:6", "D9:17")
    assert evidence(["D:11:26", "D30:05", "D30:5"], known) == ("D11:26", "D30:5")
    assert evidence(["D", "D99:1"], known) == ()


def test_each_turn_is_one_message_in_its_own_session(file: Path, tmp_path: Path) -> None:
    [conversation] = read(file)
    agent, ids = remember(conversation, tmp_path, HashEncoder())
    turns = agent.turns()
    assert [ids[turn.id] for turn in turns] == [said.id for said in conversation.said]
    assert [turn.text for turn in turns] == [said.text for said in conversation.said]
    assert [turn.session for turn in turns] == [1, 1, 2, 2, 3, 3]
    assert {turn.reply for turn in turns} == {""}
    agent.memory.database.close()


def test_figures_counted_by_hand() -> None:
    found = [f"D1:{n}" for n in range(1, 12)]
    figures = judge(found, ["D1:1", "D1:7", "D1:11", "D2:1"])
    assert figures["frac@5"] == 0.25
    assert figures["frac@10"] == 0.5
    assert (figures["any@5"], figures["all@10"]) == (1, 0)
    ideal = 1 + 0.63093 + 0.5 + 0.43068
    assert figures["ndcg@10"] == pytest.approx((1 + 1 / 3) / ideal, abs=1e-4)
    assert judge(found, ["D1:1"]) == dict.fromkeys(retrieval.NAMES, 1.0)
    assert judge([], ["D1:1"]) == dict.fromkeys(retrieval.NAMES, 0.0)


def test_the_rows_that_are_printed_and_written(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a hash in MiniLM's place, which takes a second to load and is tested elsewhere."""
    out = tmp_path / "out.json"
    monkeypatch.setattr(retrieval, "MiniLM", HashEncoder)
    monkeypatch.setattr(sys, "argv", ["retrieval.py", "--locomo", str(file), "--json", str(out)])
    retrieval.main()
    result = json.loads(out.read_text())
    rows = {(r["method"], r["level"], r["category"]): r for r in result["rows"]}
    levels = [(method, level) for method in retrieval.METHODS for level in ("turn", "session")]
    assert set(rows) == {(*pair, c) for pair in levels
                         for c in ("all", "multi-hop", "temporal", "single-hop")}  # fmt: skip
    whole = rows["hybrid", "turn", "all"]
    assert whole.keys() == {"method", "level", "category", "n", *retrieval.NAMES}
    assert (whole["n"], whole["frac@10"]) == (3, 100.0), "six messages, ten places"
    assert rows["bm25", "session", "single-hop"]["ndcg@10"] == 100.0
    assert [r["n"] for r in result["conversations"]] == [3, 3]
    printed = capsys.readouterr().out
    assert "Published by others" in printed
    assert "LoCoMo paper, table 3 | turn, DRAGON | frac@5 56.7, frac@10 66.2" in printed
    assert "aim 67.0: met" in printed
