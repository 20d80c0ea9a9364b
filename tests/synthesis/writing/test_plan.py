"""What code decides about a life before any model is asked."""

import random
from pathlib import Path

from personavlm.synthesis.split import Split
from personavlm.synthesis.tasks import TASKS
from personavlm.synthesis.telling import PICTURES
from personavlm.synthesis.timetable import DAYS, SIZES, TURNS
from personavlm.synthesis.writing.photos import Album, Shot
from personavlm.synthesis.writing.plan import Frame, frame, guides
from personavlm.synthesis.writing.shapes import ThreadsShape
from personavlm.synthesis.writing.threads import Cue, Thread, agenda, threads

PICTURED = Album(tuple(Shot(Path(f"{n}.png"), f"card {n}") for n in range(5)), "made")
NONE = Album((), "none")


def frames(split: Split, pictures: Album = PICTURED) -> list[Frame]:
    return [frame(split, number, 3, pictures) for number in range(16)]


def told(found: Frame) -> list[Thread]:
    """Threads with whatever text."""
    whole = []
    for round_ in found.rounds:
        rows = [
            {
                "task": w.task,
                "topic": w.id,
                "keywords": [w.id],
                "beats": [f"{w.id} {n}" for n in range(w.guide.beats)],
            }
            for w in round_
        ]
        whole += threads(ThreadsShape.model_validate({"threads": rows}), round_)
    return whole


def cues(found: Frame) -> list[list[Cue]]:
    return agenda(found, told(found), random.Random(1))


def test_there_is_a_guide_for_each_task() -> None:
    assert guides().keys() == TASKS.keys()


def test_lives_are_as_long_as_the_papers() -> None:
    for split in Split:
        for found in frames(split):
            least, most = TURNS[found.size]
            assert least <= found.turns <= most
            assert found.days <= DAYS[split]
        assert {found.size for found in frames(split)} == set(SIZES[split])
    assert frames(Split.TRAIN) == frames(Split.TRAIN) != frames(Split.TEST)


def test_pictures_are_as_many_as_the_papers() -> None:
    found = frames(Split.TEST)
    shown = sum(cue.shot is not None for one in found for session in cues(one) for cue in session)
    assert abs(shown / sum(one.turns for one in found) - PICTURES) < 0.02


def test_without_pictures_nobody_is_asked_about_one() -> None:
    for found in frames(Split.TRAIN, NONE):
        wanted = [w for round_ in found.rounds for w in round_]
        assert all(w.shot is None and w.task != "VDR" for w in wanted)
        assert all(cue.shot is None for session in cues(found) for cue in session)


def test_each_beat_is_told_once_in_order_and_on_its_day() -> None:
    for found in frames(Split.TEST)[:6]:
        planned = cues(found)
        assert [[cue.time for cue in session] for session in planned] == [
            list(slot.times) for slot in found.slots
        ]
        said = [cue for session in planned for cue in session if cue.tells]
        for thread in told(found):
            mine = [cue for cue in said if cue.topic == thread.id]
            assert [cue.tells for cue in mine] in ([], [beat.tells for beat in thread.beats])
            if thread.wanted.weekday:
                assert {f"{cue.time:%A}" for cue in mine} <= {thread.wanted.weekday}
    weekly = [thread for found in frames(Split.TEST) for thread in told(found)]
    assert any(thread.wanted.weekday for thread in weekly)
