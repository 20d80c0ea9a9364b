"""How a question is put together with its options, alike in training data and in the evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def with_options(question: str, options: Mapping[str, str]) -> str:
    """The question with its options, by their letters; the reply should be one of the letters.

    A question without options is asked as it stands.
    """
    if not options:
        return question
    listed = "\n".join(f"({letter}). {text}" for letter, text in options.items())
    return f"{question}\n\nOptions:\n{listed}\n\n{choosing(options)}"


def choosing(letters: Iterable[str]) -> str:
    """How to answer: by one of the letters. Empty where there are none."""
    in_brackets = [f"({letter})" for letter in letters]
    if not in_brackets:
        return ""
    *first, last = in_brackets
    return (
        f"Choose the one option that is right for me. Answer with its letter in brackets, "
        f"{', '.join(first)} or {last}, and nothing else."
    )
