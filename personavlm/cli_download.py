"""The command that fetches weights ahead of their first use."""

from __future__ import annotations

import shutil
import sys
from typing import Annotated

import typer

from personavlm.errors import PersonaVLMError
from personavlm.hub.weights import PUBLISHED


def download(
    repo: Annotated[
        str, typer.Argument(help="a model on the Hub, owner/name, or a folder to verify")
    ] = PUBLISHED,
    revision: Annotated[
        str | None, typer.Option(help="a branch, a tag or a commit (default: the newest)")
    ] = None,
) -> None:
    """Download and verify weights. What is here already is not fetched again."""
    from personavlm.hub.prepare import prepare_weights
    from personavlm.hub.progress import size

    line = _Line()
    try:
        weights = prepare_weights(repo, revision=revision, report=line.show, chat=False)
    except PersonaVLMError as error:
        line.end()
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    line.end()
    if weights.commit:
        typer.echo(f"commit: {weights.commit}")
    typer.echo(f"folder: {weights.path}")
    typer.echo(f"size:   {size(weights.bytes)} ({weights.architecture}, {weights.dtype})")


class _Line:
    """One line of a terminal, written over again and again; plain lines anywhere else."""

    def __init__(self) -> None:
        self._rewrites = sys.stderr.isatty()
        self._width = 0

    def show(self, text: str) -> None:
        if self._rewrites:
            text = text[: shutil.get_terminal_size().columns - 1]
            typer.echo(f"\r{text.ljust(self._width)}", nl=False, err=True)
            self._width = len(text)
        else:
            typer.echo(text, err=True)

    def end(self) -> None:
        if self._width:
            typer.echo(err=True)
