"""What the API hands out: records as plain JSON values."""

from __future__ import annotations

from dataclasses import asdict, astuple
from typing import Any

from personavlm.memory.memory import Memory
from personavlm.records import (
    Entry,
    Fact,
    Hit,
    Image,
    Object,
    Remembered,
    Reply,
    Retrieval,
    Thought,
    Topic,
    TraceStep,
    Turn,
)


def reply(made: Reply) -> dict[str, Any]:
    return {
        "reply": made.text,
        "trace": [step(one) for one in made.trace],
        "usage": asdict(made.usage),
        "turn": made.turn,
        "answered_by": made.answered_by,
    }


def step(one: TraceStep) -> dict[str, Any]:
    if isinstance(one, Thought):
        return {"kind": "thought", "text": one.text, "seconds": one.seconds}
    return _retrieval(one)


def _retrieval(one: Retrieval) -> dict[str, Any]:
    return {
        "kind": "retrieval",
        "keywords": one.keywords,
        "start": one.start.isoformat() if one.start else None,
        "end": one.end.isoformat() if one.end else None,
        "hits": [hit(found) for found in one.hits],
        "note": one.note,
        "seconds": one.seconds,
    }


def hit(found: Hit) -> dict[str, Any]:
    return {
        "id": found.id,
        "type": found.type.value,
        "time": found.time.isoformat(),
        "text": found.text,
        "why": found.why,
        "score": found.score,
        "keywords": list(found.keywords),
        "images": [image(one) for one in found.images],
        "turns": [turn(one) for one in found.turns],
        "end": found.end.isoformat() if found.end else None,
        "left_out": found.left_out,
        "pictures_left_out": found.pictures_left_out,
        "object": object_(found.object) if found.object else None,
    }


def object_(one: Object) -> dict[str, Any]:
    """`box` is [left, top, right, bottom] in pixels of the source."""
    return {
        "id": f"object:{one.id}",
        "name": one.name,
        "category": one.category,
        "views": [
            {
                "time": view.time.isoformat(),
                "note": view.note,
                "image": image(view.image),
                "source": image(view.source),
                "box": list(astuple(view.box)),
                "turn": view.turn,
                "fact": None if view.fact is None else f"semantic:{view.fact}",
            }
            for view in one.crops
        ],
    }


def image(one: Image) -> dict[str, Any]:
    """Where the file lies is nobody's business."""
    return {"hash": one.hash, "width": one.width, "height": one.height}


def turn(one: Turn) -> dict[str, Any]:
    return {
        "id": one.id,
        "session": one.session,
        "time": one.time.isoformat(),
        "user": one.text,
        "images": [image(picture) for picture in one.images],
        "assistant": one.reply,
        "state": one.state,
    }


def remembered(item: Remembered) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "text": item.text,
        "saved": item.saved,
        "memory_ids": list(item.memory_ids),
    }


def memory(held: Memory) -> dict[str, Any]:
    return {
        "profile": held.profile(),
        "core": [_entry(one) for one in held.core()],
        "semantic": [_fact(one) for one in held.semantic()],
        "episodic": [_topic(one) for one in held.episodic()],
        "procedural": [_entry(one) for one in held.procedural()],
        "objects": [object_(one) for one in held.objects.all()],
        "counts": held.counts(),
    }


def _entry(one: Entry) -> dict[str, Any]:
    return {
        "id": f"{one.type.value}:{one.id}",
        "key": one.key,
        "value": one.value,
        "since": one.time.isoformat(),
    }


def _fact(one: Fact) -> dict[str, Any]:
    return {
        "id": f"semantic:{one.id}",
        "time": one.time.isoformat(),
        "content": one.content,
        "keywords": list(one.keywords),
        "reason": one.reason,
        "turn": one.turn,
        "superseded": one.superseded.isoformat() if one.superseded else None,
    }


def _topic(one: Topic) -> dict[str, Any]:
    return {
        "id": f"episodic:{one.id}",
        "start": one.start.isoformat(),
        "end": one.end.isoformat(),
        "summary": one.summary,
        "keywords": list(one.keywords),
        "turns": list(one.turns),
    }
