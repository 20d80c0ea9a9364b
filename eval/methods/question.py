"""How a case is put to a model: the question, its options, and how to answer."""

from __future__ import annotations

from eval.case import Benchmark, Case


def question(case: Case) -> str:
    """The question alone."""
    if case.benchmark is Benchmark.P_SOUPS:
        return f"Which reply to this would suit me better?\n{case.question}"
    return case.question


def with_options(case: Case) -> str:
    """The question with its options; the reply should be a letter, as both scorers read it.

    A case without options is asked as it stands.
    """
    if not case.options:
        return question(case)
    listed = "\n".join(f"({letter}). {text}" for letter, text in case.options.items())
    return f"{question(case)}\n\nOptions:\n{listed}\n\n{choosing(case)}"


def choosing(case: Case) -> str:
    """How to answer: by one of the letters. Empty where there are none."""
    if not case.options:
        return ""
    *letters, last = (f"({letter})" for letter in case.options)
    return (
        f"Choose the one option that is right for me. Answer with its letter in brackets, "
        f"{', '.join(letters)} or {last}, and nothing else."
    )
