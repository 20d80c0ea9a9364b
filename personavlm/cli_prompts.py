"""The command line's `prompts`: the trained wording, recovered from the published training data."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from personavlm.errors import PersonaVLMError
from personavlm.prompts.choose import DATASET

if TYPE_CHECKING:
    from personavlm.prompts.recover import TaskReport

app = typer.Typer(no_args_is_help=True, help="The wording that the weights are asked with.")


@app.callback()
def _group() -> None:
    """The wording that the weights are asked with."""


@app.command()
def recover(
    dataset: Annotated[
        str, typer.Argument(help="a dataset on the Hub, or a file of training conversations")
    ] = DATASET,
    output: Annotated[Path, typer.Option(help="the prompt pack to write")] = Path(
        "trained.prompts.json"
    ),
) -> None:
    """Rebuild the trained prompts from the published training data, and write a prompt pack."""
    from personavlm.prompts import save_pack
    from personavlm.prompts.published import recover_from

    try:
        recovery = recover_from(dataset, lambda line: typer.echo(line, err=True))
        for line in _table(recovery.tasks):
            typer.echo(line)
        if not recovery.pack.trained:
            raise PersonaVLMError(f"No template could be recovered from {dataset}.")
        save_pack(recovery.pack, output)
    except PersonaVLMError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(
        f"{recovery.conversations:,} conversations; {recovery.unknown:,} prompts of no task. "
        f"Wrote {output} ({recovery.pack.line})."
    )


def _table(tasks: Iterable[TaskReport]) -> Iterable[str]:
    yield f"{'task':<12}{'seen':>9}{'compared':>10}{'matched':>9}{'exact':>8}  wording"
    for task in tasks:
        wording = "as trained" if task.found else "our own"
        note = f" ({task.note})" if task.note else ""
        yield (
            f"{task.name:<12}{task.seen:>9,}{task.looked_at:>10,}{task.matched:>9,}"
            f"{task.exact:>8,}  {wording}{note}"
        )
