"""How the evidence for a memory becomes one score, and which of it counts.

Each part is a number between 0 and about 1, and they are added: how near its vector is, which share
of the question's words it has, the same of what was said right before and after it (at half), the
share that its whole session has, and how near it is to a time that the question names. All weights
are one or a half: none was fitted, and eval/bench/retrieval.py has a row without each part. The sum
is divided by the most it could be, so that a fact and a message can be told which fits better.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from personavlm.memory.lexical import Floats, Ints
from personavlm.memory.table import Found
from personavlm.memory.when import Span, nearness

AROUND = 0.5  # what is said around a row, beside what is said in it


@dataclass(frozen=True, slots=True)
class Ranking:
    """Which evidence counts; switched off one by one for ablation.

    dense: cosines. lexical: words in common, also those of a session. context: a turn's neighbours.
    session: the words of its whole session. time: a time that the question names, where the window
    is open. own_words: a topic is also found by its turns. merge: a fact held twice comes once.
    """

    dense: bool = True
    lexical: bool = True
    context: bool = True
    session: bool = True
    time: bool = True
    own_words: bool = True
    merge: bool = True


HYBRID = Ranking()
# The paper's fusion (section 3.2): each view by its cosine, and a memory's better view counts.
PAPER = Ranking(lexical=False, context=False, session=False, time=False, own_words=False,
                merge=False)  # fmt: skip


def fuse(
    found: Found,
    ranking: Ranking,
    near: Span | None,
    *,
    follow: bool = False,
    sessions: bool = False,
) -> Floats:
    """The score of each row of one view: its evidence over the most there could be, at most 1.

    near: the time that the question names, if any. follow: the rows follow one another, as turns
    do. sessions: they belong to sessions.
    """
    scores = np.zeros(len(found.ids), np.float32)
    weight = 0.0
    if ranking.dense:
        scores += found.cosines
        weight += 1
    if ranking.lexical:
        scores += found.covered
        weight += 1
    if follow and ranking.context:
        scores += AROUND * around(scores, found.sessions)
        weight += AROUND * weight
    if sessions and ranking.session:
        scores += found.session_covered
        weight += 1
    if near is not None and ranking.time:
        scores += nearness(found.starts, found.ends, near)
        weight += 1
    return scores / np.float32(weight)


def around(scores: Floats, sessions: Ints) -> Floats:
    """The mean score of the rows right before and after each one in its session.

    A row that is alone in its session gets its own, so that it stands as it is.
    """
    together = (sessions[1:] == sessions[:-1]).astype(np.float32)
    total, count = np.zeros_like(scores), np.zeros_like(scores)
    total[1:] += together * scores[:-1]
    total[:-1] += together * scores[1:]
    count[1:] += together
    count[:-1] += together
    return np.where(count > 0, total / np.maximum(count, 1), scores)
