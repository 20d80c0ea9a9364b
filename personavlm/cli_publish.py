"""The command that sends a trained model to the Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from personavlm.errors import PersonaVLMError

app = typer.Typer(no_args_is_help=True, help="Send a trained model to the Hub.")


@app.callback()
def _group() -> None:
    """Send a trained model to the Hub."""


@app.command()
def model(
    folder: Annotated[Path, typer.Argument(help="a trained model or adapter")],
    repo: Annotated[str, typer.Argument(help="where to, owner/name")],
    revision: Annotated[str, typer.Option(help="the branch; created if need be")] = "main",
    private: Annotated[bool, typer.Option(help="it must not be public")] = False,
    results: Annotated[
        Path | None, typer.Option(help="an evaluation's folder, for the card")
    ] = None,
    base: Annotated[
        str | None, typer.Option(help="the base model on the Hub, where the folder has a path")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="send it")] = False,
) -> None:
    """Show what would be sent of a folder, verified and with its card; with --yes, send it."""
    from personavlm.hub.publish.plan import Target, described, make_plan
    from personavlm.hub.publish.send import send

    try:
        plan = make_plan(folder, Target(repo, revision, private), results, base)
        typer.echo(described(plan))
        if not yes:
            typer.echo("\nNothing was sent. Run the same command with --yes to send it.")
            return
        sent = send(plan, lambda line: typer.echo(line, err=True))
    except PersonaVLMError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    done = f"Sent {sent.files} files" if sent.files else "Nothing to send: all of it is there"
    typer.echo(f"\n{done}. commit: {sent.commit}\n{sent.address}")
