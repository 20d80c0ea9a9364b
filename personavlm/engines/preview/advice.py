"""Advice: not made up, but what the person's own words say that it should heed."""

from __future__ import annotations

import re
from datetime import datetime

from personavlm.engines.preview.compose import Told, tell
from personavlm.engines.preview.evidence import Said
from personavlm.engines.preview.keywords import topics_of
from personavlm.engines.preview.questions import Question
from personavlm.engines.preview.ranking import Ranked, rank
from personavlm.engines.preview.tone import Tone
from personavlm.memory.encode import CachedEncoder
from personavlm.memory.times import plain

_MOST = 4
_RELEVANT = 0.3

_MUST = re.compile(
    r"\b(?:allerg\w+|intoleran\w+|vegan|vegetarian|coeliac|celiac|gluten|can't|cannot|mustn't|"
    r"don't (?:eat|drink|like|want)|hate|dislike|avoid|afraid|scared|budget|no longer)\b",
    re.IGNORECASE,
)
_LIKES = re.compile(
    r"\b(?:favou?rite|prefer\w*|love|loved|like|enjoy\w*|into|fan|obsessed|hooked|go-to|want|goal|"
    r"trying|wish|wanted|learning|training|bought|have|adore|keen)\b",
    re.IGNORECASE,
)


def advise(
    question: Question, said: tuple[Said, ...], now: datetime, encoder: CachedEncoder, tone: Tone
) -> tuple[str, str]:
    """The reply and the thought behind it."""
    picked = _relevant(question, said, encoder)
    if not picked:
        return (
            "You haven't told me anything yet that would help to choose. "
            + (
                "" if tone.brief else "Tell me what you like and what you avoid, and I'll go by it."
            ),
            "Nothing in memory bears on this, so I say so.",
        )
    heed = tell([Told(picked)], now)
    return (
        f"I can't make up suggestions, but here is what you've told me to go by. {heed}",
        f"{len(picked)} of the person's own sentences bear on this; limits come first.",
    )


def _relevant(
    question: Question, said: tuple[Said, ...], encoder: CachedEncoder
) -> tuple[Ranked, ...]:
    """What must be heeded first, then what is liked; within each the closest first."""
    if not said:
        return ()
    topics = ", ".join(topics_of(question.text, encoder)) or question.text
    vectors = encoder.encode([topics, *(one.text for one in said)])
    by_topic = dict(
        zip((one.text for one in said), (vectors[1:] @ vectors[0]).tolist(), strict=True)
    )
    scored: list[tuple[int, float, Ranked]] = []
    for one in rank(question, said, encoder):
        near = max(one.dense, by_topic[one.said.text])
        text = plain(one.said.text)
        grade = 0 if _MUST.search(text) else 1 if _LIKES.search(text) else 2
        bonus = 0.12 if grade == 0 else 0.06 if grade == 1 else 0.0
        if near + bonus >= _RELEVANT + 0.06:
            scored.append((grade, near + bonus, one))
    scored.sort(key=lambda item: -item[1])
    best = sorted(scored[:_MOST], key=lambda item: (item[0], -item[1]))
    return tuple(one for _, _, one in best)
