"""Which questions of Persona-MME are asked openly, and what a judge is told beside them.

A question is asked as it stands, without its options; the text of the right one is what a judge
holds the replies against. Left out are questions that cannot be understood without their options,
or whose right option speaks of the other ones. Whether a given reply fits the person (Alignment) is
a choice between yes and no, and no question of its own.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eval.benchmarks.files import Absent, json_of, json_rows
from eval.benchmarks.persona_mme import ALIGNMENT, CONTEXTS, Question, files
from eval.benchmarks.replay import told
from eval.benchmarks.source import Source
from eval.case import Benchmark, Case
from personavlm.errors import BadInput

DRAWN = 200  # as many as the paper drew

LISTED = "the question speaks of options that are not shown"
OF_OTHERS = "the right option speaks of the other options"
_LISTED = re.compile(
    r"\b(?:of|from|among) (?:the )?(?:following|options|choices|above|below)\b"
    r"|\b(?:following|listed|given|available) (?:options|choices|answers|statements)\b"
    r"|\b(?:options?|choices?|answers?|statements?) (?:above|below|listed)\b"
    r"|\([a-z]\)",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"\b(?:all|none|both|neither|either|any) of (?:the )?"
    r"(?:above|below|these|those|others?|options)\b"
    r"|\boption \(?[a-z]\b|\([a-z]\)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """The questions that are asked. of: how many can be asked openly; left_out: how many cannot,
    by the reason. cases: without options, each with the right answer's text in `gold`. context: the
    lengths that they are of.
    """

    cases: tuple[Case, ...]
    of: int
    left_out: Mapping[str, int]
    context: str
    source: Source

    @property
    def rows(self) -> list[Question]:
        """All of the file that they are from."""
        [file] = files(self.source.questions(self.context), self.context)
        return json_rows(file, Question)


def draw(source: Source, context: str | None, count: int, seed: int) -> Drawn:
    """So many questions, by chance, of one context length or of all that are there.

    With one seed, fewer questions are always a part of more.

    Raises:
        Absent: there is none. BadInput: a file is malformed, or cannot be had.
    """
    cases, contexts = _read(source, context)
    reasons = [why_not(case) for case in cases]
    fit = [case for case, reason in zip(cases, reasons, strict=True) if reason is None]
    if not fit:
        raise Absent(f"No question of {Benchmark.PERSONA_MME} can be asked openly.")
    places = list(range(len(fit)))
    random.Random(f"{seed} open questions").shuffle(places)
    asked = tuple(openly(fit[place]) for place in sorted(places[:count]))
    left_out = Counter(reason for reason in reasons if reason is not None)
    return Drawn(asked, len(fit), left_out, "-".join(contexts), source)


def _read(source: Source, context: str | None) -> tuple[list[Case], list[str]]:
    """The questions that are not about Alignment, and the context lengths that they are of."""
    cases: list[Case] = []
    contexts = []
    for name in CONTEXTS if context is None else (context,):
        try:
            found = source.cases(name)
        except Absent:
            if context is not None:
                raise
            continue
        cases += [case for case in found if case.group != ALIGNMENT]
        contexts.append(name)
    if not cases:
        raise Absent(f"There is no question of {Benchmark.PERSONA_MME}.")
    return cases, contexts


def why_not(case: Case) -> str | None:
    """Why a question cannot be asked without its options; None if it can."""
    if _LISTED.search(case.question):
        return LISTED
    return OF_OTHERS if _OF_OTHERS.search(case.options[case.gold]) else None


def openly(case: Case) -> Case:
    """The question without its options."""
    return replace(case, options={}, gold=case.options[case.gold])


def known(case: Case, rows: Sequence[Question]) -> dict[str, Any]:
    """What the benchmark itself tells of the person who asks, for the judge (JSON).

    The published prompt judges the fit to a personality that it does not give. Ours gives the
    profile, the persona where the history's file has one, and the two replies to the question that
    annotators found to fit and not to fit. What a system under test inferred is no part of it: that
    would be its own opinion of itself. Empty where the history cannot be read.

    rows: those of the file of questions.
    """
    if case.history is None:
        return {}
    try:
        profile, held = dict(told(case).profile), json_of(case.history.path)
    except BadInput:  # then no system can have replied from it either
        return {}
    pair = rows[int(case.row.rpartition(":")[2]) - 1].alignment
    about = {
        "profile": profile,
        "persona": held.get("persona"),
        "a reply that fits them": pair.chosen if pair else None,
        "a reply that does not fit them": pair.rejected if pair else None,
    }
    return {name: value for name, value in about.items() if value}
