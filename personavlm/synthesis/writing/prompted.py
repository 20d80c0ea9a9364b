"""The texts that a model is asked with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.resources import files
from string import Template

_PACKAGE = "personavlm.synthesis.writing"


def prompt(text: str, /, **fields: object) -> str:
    """One of the texts in `prompts`, with its fields filled in."""
    return Template(_text(text)).substitute(fields)


def fingerprint() -> str:
    """Short name of all of them: another one where any has changed."""
    return hashlib.sha256("".join(_texts()).encode()).hexdigest()[:12]


def _text(name: str) -> str:
    return files(_PACKAGE).joinpath("prompts", f"{name}.txt").read_text("utf-8").strip()


def _texts() -> Iterator[str]:
    here = files(_PACKAGE)
    yield here.joinpath("tasks.toml").read_text("utf-8")
    for path in sorted(here.joinpath("prompts").iterdir(), key=lambda path: path.name):
        yield path.read_text("utf-8")
