"""The scorers that the benchmarks' authors published, kept with their faults.

A published figure can only be compared with a score that was read the same way. Where they go wrong
is said with each, and `robust` is what we would use instead. P-SOUPS has none: nothing was
published on how a reply was read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from eval.case import Benchmark, Case

Scorer = Callable[[Case, str], tuple[str, bool]]  # the letters that were read, and whether right


def persona_mme(case: Case, reply: str) -> tuple[str, bool]:
    """The character before the first `)`, or the last of all, must be the right letter.

    So `Yes, you did` is read as (d), `(a) is wrong, so (d)` as (a), and `The answer is d.` as
    nothing. Theirs fails on a reply that starts with `)`; here it counts as wrong.
    """
    letter = reply.split(")", 1)[0][-1:].lower()
    return (letter if letter in case.options else ""), letter == case.gold


def personamem(case: Case, reply: str) -> tuple[str, bool]:
    """The letters that are named must be the right one alone: after the tag, or else in it all.

    Words of one letter count where none is in brackets, so `It is a guitar` is read as (a). That
    the whole reply gets a second chance can turn a wrong final answer into a right one.
    """
    final = reply.strip()
    if "<final_answer>" in final:
        final = final.split("<final_answer>")[-1].strip()
    final = final.removesuffix("</final_answer>").strip()
    named = [_letters(final), _letters(reply)]
    read = next((letters for letters in named if letters == {case.gold}), named[0])
    return "".join(sorted(read)), read == {case.gold}


def _letters(text: str) -> set[str]:
    text = text.lower()
    return set(re.findall(r"\(([a-d])\)", text) or re.findall(r"\b([a-d])\b", text))


OFFICIAL: Mapping[Benchmark, Scorer] = {
    Benchmark.PERSONA_MME: persona_mme,
    Benchmark.PERSONAMEM: personamem,
}
