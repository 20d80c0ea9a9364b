"""How an action answers: a short notice, or the error's own words; shown letter by letter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from personavlm.errors import PersonaVLMError
from personavlm.ui.draw import warn
from personavlm.ui.text import inert_html


def tell(message: str) -> None:
    gr.Info(inert_html(message), duration=5)


@contextmanager
def warned() -> Iterator[None]:
    """What fails inside is told, and the rest of the block is skipped."""
    try:
        yield
    except PersonaVLMError as error:
        warn(str(error))
