"""LoCoMo's file format: dated sessions of two friends, and questions with their evidence.

A turn is one utterance of one of the two, and one evidence id. It is told as LoCoMo's own runs
embed it: `X said, "..." and shared <caption>`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and the turns (dia_id) that hold its answer."""

    text: str
    category: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Utterance:
    """One turn of LoCoMo."""

    id: str
    session: int
    time: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """One sample: what two people said, in order, and what is asked about it."""

    name: str
    said: tuple[Utterance, ...]
    questions: tuple[Question, ...]


def read(path: Path) -> list[Conversation]:
    """The conversations of a file in LoCoMo's format."""
    return [_conversation(sample) for sample in json.loads(path.read_text("utf-8"))]


def _conversation(sample: Mapping[str, Any]) -> Conversation:
    talk = sample["conversation"]
    sessions = [int(key[8:]) for key in talk if re.fullmatch(r"session_\d+", key)]
    dated = sorted((_date(talk[f"session_{n}_date_time"]), n) for n in sessions)
    said = tuple(
        Utterance(turn["dia_id"], n, start + timedelta(seconds=20 * place), _told(turn))
        for start, n in dated
        for place, turn in enumerate(talk[f"session_{n}"])
    )
    known = {utterance.id for utterance in said}
    questions = (
        Question(str(asked["question"]), asked["category"], evidence(asked["evidence"], known))
        for asked in sample["qa"]
    )
    return Conversation(sample["sample_id"], said, tuple(q for q in questions if q.evidence))


def _date(text: str) -> datetime:
    return datetime.strptime(text, "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)


def _told(turn: Mapping[str, Any]) -> str:
    shared = f" and shared {turn['blip_caption']}." if turn.get("blip_caption") else ""
    return f'{turn["speaker"]} said, "{turn["text"]}"{shared}'


def evidence(written: Sequence[str], known: set[str]) -> tuple[str, ...]:
    """The ids of turns in what is written as evidence ("D8:6; D9:17", "D:11:26", "D30:05")."""
    found = (match for text in written for match in re.finditer(r"D:?(\d+):(\d+)", text))
    ids = dict.fromkeys(f"D{int(match[1])}:{int(match[2])}" for match in found)
    return tuple(id for id in ids if id in known)
