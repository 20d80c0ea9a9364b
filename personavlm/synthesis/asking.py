"""The questions that a made-up life answers, asked once all of it has been told."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from personavlm.synthesis.lexicon import Lexicon
from personavlm.synthesis.life import Person, Question, Replies, Turn
from personavlm.synthesis.placing import Told
from personavlm.synthesis.smalltalk import Manners
from personavlm.synthesis.story import Story

ALIGNED = 0.5  # of the questions whose answers can be put in any tone
TONED = frozenset({"SIR", "IIR", "LPR", "IPR", "BPR"})
DATED = 0.25  # of the questions on what was told once
ONCE = frozenset({"VDR", "SIR", "EII", "IIR"})
IN_PROFILE = frozenset({"LPR", "TED"})  # tasks whose answer is in core memory too
_DATED = (
    "Think back to {date}. {asked}",
    "It was on {date}. {asked}",
    "This is about {date}: {asked}",
)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def questions(
    person: Person,
    sessions: Sequence[Sequence[Turn]],
    plan: Sequence[Sequence[Told]],
    lexicon: Lexicon,
    rng: random.Random,
) -> tuple[Question, ...]:
    """One question for each story that was told, in the order in which the stories begin."""
    last = sessions[-1][-1]
    time = (last.time + timedelta(days=rng.randint(1, 3))).replace(
        hour=10, minute=rng.randrange(60)
    )
    manners = Manners(lexicon, rng)
    return tuple(
        _question(story, evidence, time, person, last.number, manners, rng)
        for story, evidence in _told(sessions, plan)
    )


def _told(
    sessions: Sequence[Sequence[Turn]], plan: Sequence[Sequence[Told]]
) -> Iterator[tuple[Story, list[Turn]]]:
    """Each story with the turns that its answer follows from."""
    evidence: dict[str, tuple[Story, list[Turn]]] = {}
    for turns, told in zip(sessions, plan, strict=True):
        beats: Mapping[str, Told] = {beat.template: (story, beat) for story, beat in told}
        for turn in turns:
            if turn.templates[0] in beats:
                story, beat = beats[turn.templates[0]]
                found = evidence.setdefault(story.id, (story, []))[1]
                if beat.main:
                    found.append(turn)
    yield from evidence.values()


def _question(
    story: Story,
    evidence: Sequence[Turn],
    time: datetime,
    person: Person,
    last: int,
    manners: Manners,
    rng: random.Random,
) -> Question:
    task, asked = story.subject.task, story.asked
    since = until = None
    if task in ONCE and rng.random() < DATED:
        told = evidence[0].time
        date = f"{told.day} {_MONTHS[told.month - 1]}"
        asked = rng.choice(_DATED).format(date=date, asked=asked)
        since, until = told.replace(hour=0, minute=0), told.replace(hour=23, minute=59)
    answer = story.options[story.gold]
    replies = None
    if task in TONED and rng.random() < ALIGNED:
        replies = Replies(*manners.fitting(person.traits_at(last), answer))
    return Question(
        task,
        story.topic,
        story.id,
        asked,
        time,
        story.options,
        story.gold,
        tuple(turn.number for turn in evidence),
        story.keywords,
        story.subject.key if task in IN_PROFILE else None,
        since,
        until,
        replies,
    )
