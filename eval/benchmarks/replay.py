"""What a person told before a case is asked: dated exchanges, whichever benchmark it is from.

Persona-MME dates every turn. PersonaMem does not: its sessions, which begin at a system message,
are put a day apart and their turns a minute, and the question comes a minute after the last of
them, in the running session. P-SOUPS has no history: its profile is what the person told of
themselves, in one message of the day before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from eval.benchmarks.persona_mme_history import MARK, Exchange, history
from eval.benchmarks.personamem import Message, messages
from eval.case import Benchmark, Case, HistoryRef
from personavlm.errors import BadInput

ZONE = "UTC"  # the benchmarks name none
BEGIN = datetime(2024, 1, 1, 9, 0, tzinfo=UTC)  # where a benchmark has no dates
TURN, DAY = timedelta(minutes=1), timedelta(days=1)
ROLES = {"user": "User: ", "assistant": "Assistant: "}  # which PersonaMem has before each message


@dataclass(frozen=True, slots=True)
class Said:
    """One exchange. reply: empty where nothing was answered."""

    time: datetime
    text: str
    reply: str
    images: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """All that comes before a question.

    profile: what is given of the person. asked: when the question is asked. running: whether the
    question falls into the last session; otherwise that has ended.
    """

    profile: Mapping[str, str]
    said: tuple[Said, ...]
    asked: datetime
    running: bool

    def keys(self) -> Iterator[str]:
        """A name for the memory that each beginning of it leaves, the last one for all of it."""
        digest = hashlib.sha256(json.dumps([ZONE, *self.profile.items()]).encode())
        yield digest.hexdigest()[:32]
        for one in self.said:
            digest.update(json.dumps([one.time.isoformat(), one.text, one.reply]).encode())
            for image in one.images:
                digest.update(hashlib.sha256(image.read_bytes()).digest())
            yield digest.hexdigest()[:32]
        if not self.running:
            digest.update(b"the session has ended")
            yield digest.hexdigest()[:32]


def told(case: Case) -> Told:
    """What comes before a case.

    Raises:
        BadInput: its history is missing or malformed.
    """
    if case.benchmark is Benchmark.P_SOUPS:
        said = Said(BEGIN, f"Here is what I am like: {case.profile}.", "")
        return Told({}, (said,), BEGIN + DAY, running=False)
    if case.history is None:
        raise BadInput(f"Case {case.id} has no history.")
    if case.benchmark is Benchmark.PERSONA_MME:
        profile, exchanges = _persona_mme(case.history.path)
        return Told(profile, exchanges, _time(case.time, case.id), running=False)
    return _personamem(case.history)


@lru_cache(maxsize=64)
def _persona_mme(path: Path) -> tuple[dict[str, str], tuple[Said, ...]]:
    found = history(path)
    exchanges = (exchange for session in found.sessions for exchange in session)
    return dict(_flat(found.profile)), tuple(_said(exchange, path) for exchange in exchanges)


def _said(exchange: Exchange, path: Path) -> Said:
    time = _time(exchange.time, str(path))
    text, reply = (t.replace(MARK, " ").strip() for t in (exchange.user, exchange.assistant))
    return Said(time, text, reply, exchange.images)


def _time(text: str, where: str) -> datetime:
    try:  # a weekday in brackets may follow
        return datetime.strptime(text[:16], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadInput(f"{where}: {text!r} is no time.") from error


def _flat(profile: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in profile.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key} ")
        elif isinstance(value, list):
            yield f"{before}{key}", ", ".join(map(str, value))
        else:
            yield f"{before}{key}", str(value)


@lru_cache(maxsize=64)
def _personamem(ref: HistoryRef) -> Told:
    listed = messages(ref)
    persona = next((message.content for message in listed if message.role == "system"), "")
    said = tuple(_exchanges(listed))
    last = said[-1].time if said else BEGIN
    profile = {"persona": persona.removeprefix("Current user persona:").strip()} if persona else {}
    return Told(profile, said, last + TURN, running=True)


def _exchanges(listed: Sequence[Message]) -> Iterator[Said]:
    """A message of the person and what was answered, if anything was, at made-up times."""
    time = BEGIN - DAY
    for place, message in enumerate(listed):
        if message.role == "system":
            time = datetime.combine(time.date() + DAY, BEGIN.timetz())
        elif message.role == "user":
            after = listed[place + 1] if place + 1 < len(listed) else None
            reply = _bare(after) if after is not None and after.role == "assistant" else ""
            time = max(time, BEGIN) + TURN
            yield Said(time, _bare(message), reply)


def _bare(message: Message) -> str:
    return message.content.removeprefix(ROLES[message.role])
