"""Both orders of each question put to a judge, and what they come to.

In one order the reply of the system under test is shown first, in the other the opponent's. Where
both orders give the same verdict, that is it; where they do not, the question is a tie, and counted
as swapped: the judge's verdict hung on the order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from eval.case import Case
from eval.open.judge import Model, Outcome, judge, material
from eval.scoring.score import Record
from personavlm.errors import EngineUnavailable, PersonaVLMError

ONE_FAILED = "there is one reply only: not put to the judge"
NO_REPLY = "neither system replied"


class Shown(StrEnum):
    """Whose reply is reply A."""

    OURS = "ours first"
    THEIRS = "theirs first"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One order of one question. outcome: of the system under test; None where there is no verdict,
    and `reason` says why. of: what it was a verdict on (`Pair.digest`). said, served and tokens: as
    `eval.open.judge.Judged` has them.
    """

    case: str
    cluster: str
    of: str
    shown: Shown
    outcome: Outcome | None
    reason: str
    said: tuple[str, ...] = ()
    served: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """One question, and what the two systems replied. person: what the judge is told of them."""

    case: Case
    ours: Record
    theirs: Record
    person: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 of all that a verdict on it depends on."""
        asked = (self.case.question, self.case.gold, self.person)
        replied = ([one.reply, bool(one.failed)] for one in (self.ours, self.theirs))
        return hashlib.sha256(json.dumps([*asked, *replied]).encode()).hexdigest()

    def put(self, shown: Shown, model: Model) -> Verdict:
        """One order of it. A system that failed loses to one that replied.

        Raises:
            EngineUnavailable: the judge cannot be asked any more.
        """
        about = (self.case.id, self.case.cluster, self.digest, shown)
        if self.ours.failed or self.theirs.failed:
            return Verdict(*about, *self._undisputed())
        replies = (self.ours.reply, self.theirs.reply)
        first, second = replies if shown is Shown.OURS else replies[::-1]
        asked = material(self.case.question, self.case.gold, self.person, first, second)
        try:
            said = judge(model, asked)
        except EngineUnavailable:
            raise
        except PersonaVLMError as error:
            return Verdict(*about, None, str(error))
        outcome = said.outcome
        if outcome is not None and shown is Shown.THEIRS:
            outcome = outcome.flipped
        return Verdict(
            *about, outcome, said.reason, said.said, said.served,
            said.prompt_tokens, said.completion_tokens,
        )  # fmt: skip

    def _undisputed(self) -> tuple[Outcome | None, str]:
        if self.ours.failed and self.theirs.failed:
            return None, NO_REPLY
        return (Outcome.LOSES if self.ours.failed else Outcome.WINS), ONE_FAILED


def put_all(
    pairs: Sequence[Pair], done: set[tuple[str, Shown]], model: Model, concurrency: int
) -> Generator[Verdict, None, None]:
    """The verdicts that are not there yet, as they come.

    Raises:
        EngineUnavailable: the judge cannot be asked any more; what has come until then is good.
    """
    left = [(pair, shown) for pair in pairs for shown in Shown if (pair.case.id, shown) not in done]
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="judge")
    try:
        asked = [pool.submit(pair.put, shown, model) for pair, shown in left]
        for one in as_completed(asked):
            yield one.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Decided:
    """What the two orders of a question come to. outcome: None where one of them has no verdict.

    swapped: the orders differ. favoured: the place whose reply was preferred in both orders, `A`
    or `B`, where that is how they differ.
    """

    case: str
    cluster: str
    of: str
    outcome: Outcome | None
    swapped: bool = False
    favoured: str = ""
    reason: str = ""

    @property
    def unopposed(self) -> bool:
        """Whether it was decided without the judge, as one system only replied."""
        return self.outcome is not None and self.reason == ONE_FAILED


def decided(verdicts: Sequence[Verdict]) -> list[Decided]:
    """One a question that has both orders, in the order in which they come."""
    by_case: dict[str, dict[Shown, Verdict]] = {}
    for verdict in verdicts:
        by_case.setdefault(verdict.case, {})[verdict.shown] = verdict
    return [
        _decided(both[Shown.OURS], both[Shown.THEIRS])
        for both in by_case.values()
        if len(both) == len(Shown)
    ]


def _decided(ours: Verdict, theirs: Verdict) -> Decided:
    """ours: the order in which ours was shown first."""
    about = (ours.case, ours.cluster, ours.of)
    if ours.outcome is None or theirs.outcome is None:
        return Decided(*about, None, reason=ours.reason if ours.outcome is None else theirs.reason)
    if ours.outcome is theirs.outcome:
        return Decided(*about, ours.outcome, reason=ours.reason)
    favoured = {(Outcome.WINS, Outcome.LOSES): "A", (Outcome.LOSES, Outcome.WINS): "B"}
    place = favoured.get((ours.outcome, theirs.outcome), "")
    return Decided(*about, Outcome.TIES, swapped=True, favoured=place)
