"""The sample month, its questions and the trait utterances keep their promises."""

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "personavlm" / "samples"
DATA = ROOT / "eval" / "bench" / "data"
MONTH: dict[str, Any] = json.loads((SAMPLES / "month.json").read_text(encoding="utf-8"))
QUESTIONS: list[dict[str, Any]] = json.loads(
    (DATA / "month_questions.json").read_text(encoding="utf-8")
)
TRAITS: list[dict[str, Any]] = json.loads((DATA / "traits.json").read_text(encoding="utf-8"))
TURNS: list[dict[str, Any]] = [turn for session in MONTH["sessions"] for turn in session]
BY_ID = {q["id"]: q for q in QUESTIONS}


def when(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M")


def place(needle: str, text: str) -> int:
    """Where the needle first stands as whole words, or -1."""
    found = re.search(rf"(?<!\w){re.escape(needle)}(?!\w)", text, re.IGNORECASE)
    return found.start() if found else -1


def plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def test_the_month_has_its_shape() -> None:
    assert (MONTH["user"], MONTH["profile"]) == ("maya", {"name": "Maya"})
    assert MONTH["zone"] == "Europe/Lisbon"
    assert len(TURNS) >= 66
    assert len(MONTH["sessions"]) >= 13
    for turn in TURNS:
        assert set(turn) <= {"time", "user", "assistant", "images"}
        assert turn["user"].strip() and turn["assistant"].strip()
        assert len(turn["user"]) <= 420 and len(turn["assistant"]) <= 420
        assert turn.get("images", ["x"])
    assert len({plain(turn["user"]) for turn in TURNS}) == len(TURNS)


def test_times_are_in_order_and_sessions_apart() -> None:
    times = [when(turn["time"]) for turn in TURNS]
    assert all(a < b for a, b in pairwise(times))
    assert times[0].date().isoformat() == "2026-03-01"
    assert times[-1].date().isoformat() == "2026-03-31"
    for session in MONTH["sessions"]:
        stamps = [when(turn["time"]) for turn in session]
        assert all(b - a <= timedelta(minutes=60) for a, b in pairwise(stamps))
    for before, after in pairwise(MONTH["sessions"]):
        assert when(after[0]["time"]) - when(before[-1]["time"]) >= timedelta(hours=2)


def test_the_thursday_habit_is_told_in_several_weeks() -> None:
    told = {
        when(turn["time"]).isocalendar().week
        for turn in TURNS
        if "thursday" in turn["user"].lower() and when(turn["time"]).weekday() == 3
    }
    assert len(told) >= 3


def test_weekdays_named_beside_a_date_are_real() -> None:
    names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    months = {"march": 3, "april": 4}
    seen = 0
    for turn in TURNS:
        pattern = rf"\b({'|'.join(names)}) (\d+) (march|april)\b"
        for name, day, month in re.findall(pattern, turn["user"].lower()):
            assert datetime(2026, months[month], int(day)).weekday() == names.index(name)
            seen += 1
    assert seen >= 2


def test_pictures_exist_and_are_small() -> None:
    shown = [name for turn in TURNS for name in turn.get("images", [])]
    assert sum(1 for turn in TURNS if "images" in turn) >= 9
    for name in shown:
        path = SAMPLES / "images" / name
        assert path.stat().st_size < 20_000
        with Image.open(path) as picture:
            assert picture.format == "PNG"
            assert picture.width <= 384 and picture.height <= 288
    assert set(shown) == {path.name for path in (SAMPLES / "images").glob("*.png")}


def test_question_counts_and_keys() -> None:
    assert len(BY_ID) == len(QUESTIONS) == 60
    assert Counter(q["kind"] for q in QUESTIONS) == {"fact": 40, "latest": 10, "unknown": 10}
    assert len({plain(q["question"]) for q in QUESTIONS}) == 60
    keys = {"id", "kind", "question", "time", "evidence"}
    for q in QUESTIONS:
        more = {"fact": {"answer"}, "latest": {"answer", "not"}, "unknown": set[str]()}[q["kind"]]
        assert keys | more <= set(q) <= keys | more | {"all"}
        assert (q["kind"] == "unknown") == (not q["evidence"])
        assert when("2026-04-01 00:00") <= when(q["time"]) < when("2026-05-01 00:00")
    assert len({q["time"][:10] for q in QUESTIONS}) >= 8


@pytest.mark.parametrize("name", [q["id"] for q in QUESTIONS if q["kind"] != "unknown"])
def test_answers_stand_in_the_evidence(name: str) -> None:
    q = BY_ID[name]
    assert all(0 <= number < len(TURNS) for number in q["evidence"])
    assert len(set(q["evidence"])) == len(q["evidence"])
    texts = [TURNS[number]["user"] for number in q["evidence"]]
    for group in q["answer"]:
        assert group
        assert any(place(word, text) >= 0 for word in group for text in texts)
        assert not any(place(word, q["question"]) >= 0 for word in group)
    if not q.get("all"):
        hits = [all(any(place(w, t) >= 0 for w in g) for g in q["answer"]) for t in texts]
        assert all(hits), "each single evidence turn must hold the whole answer"


@pytest.mark.parametrize("name", [q["id"] for q in QUESTIONS if q["kind"] == "latest"])
def test_the_newer_preference_wins(name: str) -> None:
    q = BY_ID[name]
    newer = min(q["evidence"])
    older = [
        number
        for number, turn in enumerate(TURNS[:newer])
        if any(place(word, turn["user"]) >= 0 for word in q["not"])
    ]
    assert older, "the older preference is told before the newer one"
    for number in q["evidence"]:
        text = TURNS[number]["user"]
        first = min(at for word in q["answer"][0] if (at := place(word, text)) >= 0)
        assert all(place(word, text[:first]) < 0 for word in q["not"])


def test_no_question_is_copied_from_a_turn() -> None:
    said = [plain(turn["user"]) for turn in TURNS]
    for q in QUESTIONS:
        assert not any(plain(q["question"]) in text for text in said)


def test_trait_utterances() -> None:
    assert len(TRAITS) == 90
    assert len({plain(item["text"]) for item in TRAITS}) == 90
    assert all(set(item) == {"text", "trait", "sign"} for item in TRAITS)
    count = Counter((item["trait"], item["sign"]) for item in TRAITS)
    traits = ["openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism"]
    assert count.pop((None, 0)) == 30
    assert count == {(trait, sign): 6 for trait in traits for sign in (1, -1)}
    for item in TRAITS:
        assert not any(trait in item["text"].lower() for trait in traits)
