"""Stored traces, told again from what memory still holds (see `turns`: hits are kept by id)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from personavlm.errors import BadInput
from personavlm.memory.budget import pictures
from personavlm.memory.objects import alike, told
from personavlm.memory.turns import Turns
from personavlm.records import (
    Entry,
    Fact,
    Hit,
    Image,
    MemoryType,
    Object,
    Retrieval,
    Thought,
    Topic,
    TraceStep,
    Turn,
)

Get = Callable[[str], Fact | Topic | Entry | Turn | Object]
Views = Callable[[Iterable[int]], Mapping[int, tuple[Image, ...]]]  # of the things facts name


def unpack(
    step: Mapping[str, Any], get: Get, turns: Turns, views: Views, zone: ZoneInfo
) -> TraceStep:
    """A step as it was, less the hits whose memories were deleted since."""
    if "thought" in step:
        return Thought(step["thought"], float(step["seconds"]))
    hits = [
        _hit(id, brought, why, score, get, turns, views) for id, brought, why, score in step["hits"]
    ]
    return Retrieval(
        keywords=step["keywords"],
        start=_time(step["start"], zone),
        end=_time(step["end"], zone),
        hits=tuple(hit for hit in hits if hit is not None),
        note=step["note"],
        seconds=float(step["seconds"]),
    )


def _hit(
    id: str, turns_brought: list[int], why: str, score: float, get: Get, turns: Turns, views: Views
) -> Hit | None:
    try:
        memory = get(id)
    except BadInput:
        return None
    brought = tuple(turns.get(turns_brought))
    images = pictures(brought)
    match memory:
        case Fact():
            images = views([memory.id]).get(memory.id, images)
            return Hit(id, MemoryType.SEMANTIC, memory.time, memory.content, why, score,
                       memory.keywords, images, brought, memory.superseded)  # fmt: skip
        case Topic():
            return Hit(id, MemoryType.EPISODIC, memory.start, memory.summary, why, score,
                       memory.keywords, images, brought, memory.end)  # fmt: skip
        case Entry():
            return Hit(id, memory.type, memory.time, f"{memory.key}: {memory.value}", why, score)
        case Turn():
            return Hit(id, MemoryType.EPISODIC, memory.time, memory.text, why, score, (), images,
                       brought)  # fmt: skip
        case Object():
            return _object_hit(memory, why, score)


def _object_hit(known: Object, meant: str, score: float) -> Hit | None:
    """meant: the view, as "crop:3"; an earlier version did not keep it: then it is the first."""
    there = [crop for crop in known.crops if not meant or meant == f"crop:{crop.id}"]
    if not there:
        return None
    view = there[0]
    return Hit(
        id=f"object:{known.id}",
        type=MemoryType.SEMANTIC,
        time=view.time,
        text=told(known, view),
        why=alike(known, view, score),
        score=score,
        images=(view.image,),
        object=replace(known, crops=(view,)),
    )


def _time(text: str | None, zone: ZoneInfo) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(zone) if text else None
