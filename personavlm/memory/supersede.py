"""Which earlier facts a new one replaces. The paper keeps them all as equals.

Told by words, without a language model, so that it costs nothing and works for all engines: two
facts on the same thing, of which the newer denies the other, leaves what the other names ("sold the
Clio"), speaks of a change, or names another favourite. It would rather miss a contradiction than
call a thing over that still holds. Nothing is lost either way: a replaced fact stays, says until
when it held, and is still found.
"""

from __future__ import annotations

import re
from datetime import datetime

from personavlm.memory.encode import TextEncoder
from personavlm.memory.index import Key, VectorIndex
from personavlm.memory.knowledge import Knowledge, bounds
from personavlm.memory.lexical import terms
from personavlm.records import Window

NEAR = 0.5  # cosine from which two facts can be about the same thing

_LEFT = re.compile(
    r"\b(?:no longer|not? (?:\w+ )?any ?more|(?:switch|chang|swapp?|mov)\w* (?:over |away )?from|"
    r"sold|quit|stopped|gave up|given up|giving up|instead of|rather than|got rid of|"
    r"broke up with|split up with|tired of|went off|gone off)\s+((?:[\w'’-]+\s*){1,4})",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\b(?:no longer|any ?more|instead|switched|changed|swapped|replaced|moved|now|these days|"
    r"rescheduled|postponed|turned out)\b",
    re.IGNORECASE,
)
_DENIES = re.compile(r"\b(?:not|never|no longer|\w+n['’]t|dislikes?|hates?)\b", re.IGNORECASE)
_FAVOURITE = re.compile(
    r"\b(?:favou?rite|preferred)\s+((?:\w+\s+){0,2}?\w+)\s+(?:is|are|was|:)", re.IGNORECASE
)
_LIKING = frozenset(terms("likes dislikes loves hates enjoys prefers user"))


def replaces(newer: str, older: str, cosine: float) -> bool:
    """Whether `older` stopped holding when `newer` was told. cosine: of the two."""
    if cosine < NEAR:
        return False
    mine, theirs = (set(terms(text)) - _LIKING for text in (newer, older))
    if any(theirs & set(terms(left)) for left in _LEFT.findall(newer)):
        return True
    if (name := _FAVOURITE.search(newer)) and (other := _FAVOURITE.search(older)):
        return name[1].casefold() == other[1].casefold() and not mine <= theirs
    if theirs <= mine:  # the same again, unless it is denied
        return bool(theirs) and bool(_DENIES.search(newer)) != bool(_DENIES.search(older))
    return 2 * len(mine & theirs) >= len(theirs) and bool(_CHANGE.search(newer))


def outdated(
    content: str, at: datetime, knowledge: Knowledge, index: VectorIndex, encoder: TextEncoder
) -> list[int]:
    """The facts that still held and that `content`, told at `at`, replaces."""
    key: Key = ("semantic", "content")
    vector = encoder.encode([content])[0]
    found = index.find({key: (vector, frozenset())}, bounds(Window(end=at)))[key]
    near = found.cosines >= NEAR
    cosines = dict(zip(found.ids[near].tolist(), found.cosines[near].tolist(), strict=True))
    return [
        fact.id
        for fact in knowledge.facts(list(cosines))
        if fact.superseded is None and replaces(content, fact.content, cosines[fact.id])
    ]
