"""How a case is put to a model: the question, its options, and how to answer."""

from __future__ import annotations

from eval.case import Benchmark, Case
from personavlm.protocol import choosing as layout


def question(case: Case) -> str:
    """The question alone."""
    if case.benchmark is Benchmark.P_SOUPS:
        return f"Which reply to this would suit me better?\n{case.question}"
    return case.question


def with_options(case: Case) -> str:
    """The question with its options; the reply should be a letter, as both scorers read it.

    A case without options is asked as it stands.
    """
    return layout.with_options(question(case), case.options)


def choosing(case: Case) -> str:
    """How to answer: by one of the letters. Empty where there are none."""
    return layout.choosing(case.options)
