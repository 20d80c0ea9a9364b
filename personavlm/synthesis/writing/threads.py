"""What somebody tells over weeks, as the model invents it, and in which turns it is told."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from personavlm.protocol import format_time
from personavlm.synthesis.placing import place
from personavlm.synthesis.writing.photos import Shot
from personavlm.synthesis.writing.plan import FOLLOWING, Frame, Wanted
from personavlm.synthesis.writing.shapes import ThreadsShape

TALK = "everyday talk"  # the topic of turns that tell nothing


@dataclass(frozen=True, slots=True)
class Beat:
    """One message of a thread. tells: what, in the third person."""

    tells: str
    weekday: str | None


@dataclass(frozen=True, slots=True)
class Thread:
    """Beats in their order, each for a session of its own."""

    wanted: Wanted
    topic: str
    keywords: tuple[str, ...]
    beats: tuple[Beat, ...]

    @property
    def id(self) -> str:
        return self.wanted.id


@dataclass(frozen=True, slots=True)
class Cue:
    """What one turn is to be. topic: of the session's, that it belongs to."""

    time: datetime
    topic: str
    asks: str
    tells: str | None = None
    shot: Shot | None = None

    @property
    def line(self) -> str:
        shown = f" With a picture: {self.shot.caption}" if self.shot else ""
        return f"{format_time(self.time)}: {self.asks}{shown}"


def wanted_lines(round_: Sequence[Wanted]) -> str:
    """What is asked for, a line a thread."""
    return "\n".join(
        f"- {w.task}, {w.guide.beats} message{'s' * (w.guide.beats > 1)}"
        + (f", always on a {w.weekday}" if w.weekday else "")
        + f": {w.guide.story}"
        + (f" (a picture comes with the first message: {w.shot.caption})" if w.shot else "")
        for w in round_
    )


def require_threads(found: ThreadsShape, round_: Sequence[Wanted]) -> None:
    """
    Raises:
        ValueError: they are not what the list asked for.
    """
    tasks = [w.task for w in round_]
    if [thread.task for thread in found.threads] != tasks:
        raise ValueError(f"there has to be one thread for each of {', '.join(tasks)}, in order")
    for thread, w in zip(found.threads, round_, strict=True):
        if len(thread.beats) != w.guide.beats:
            raise ValueError(f"{w.task} has {len(thread.beats)} beats, not {w.guide.beats}")


def threads(found: ThreadsShape, round_: Sequence[Wanted]) -> Iterator[Thread]:
    for shape, w in zip(found.threads, round_, strict=True):
        beats = tuple(Beat(tells, w.weekday) for tells in shape.beats)
        yield Thread(w, shape.topic, tuple(shape.keywords), beats)


def agenda(frame: Frame, told: Sequence[Thread], rng: random.Random) -> list[list[Cue]]:
    """For each session, what each of its turns is to be."""
    plan = place(told, frame.slots, rng)
    beats = {
        (session, turn): (thread, beat)
        for session, (slot, here) in enumerate(zip(frame.slots, plan, strict=True))
        for turn, (thread, beat) in zip(
            sorted(rng.sample(range(len(slot.times)), len(here))), here, strict=True
        )
    }
    free = [
        (session, turn)
        for session, slot in enumerate(frame.slots)
        for turn in range(len(slot.times))
        if (session, turn) not in beats
    ]
    shown = dict(zip(rng.sample(free, min(len(free), len(frame.shots))), frame.shots, strict=False))
    cues: list[list[Cue]] = []
    for session, slot in enumerate(frame.slots):
        cues.append([])
        for turn, time in enumerate(slot.times):
            at = session, turn
            before = cues[-1][-1] if turn else None
            if at in beats:
                cues[-1].append(_telling(time, *beats[at]))
            else:
                cues[-1].append(_free(time, before, shown.get(at), rng))
    return cues


def _telling(time: datetime, thread: Thread, number: int) -> Cue:
    beat = thread.beats[number]
    shot = thread.wanted.shot if number == 0 else None
    return Cue(time, thread.id, f"Tells this: {beat.tells}", beat.tells, shot)


def _free(time: datetime, before: Cue | None, shot: Shot | None, rng: random.Random) -> Cue:
    if shot is not None:
        return Cue(time, TALK, "Shows a picture in passing; it need not be kept.", shot=shot)
    if before is not None and rng.random() < FOLLOWING:
        return Cue(time, before.topic, "Stays with what was said right before; nothing new.")
    return Cue(
        time,
        TALK,
        "Something else: a question of the moment or chat about the day. Nothing lasting is told.",
    )
