"""The command line's `synthesize`: made-up people, and the files to train and to test with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from personavlm.errors import PersonaVLMError
from personavlm.synthesis.formats import Format
from personavlm.synthesis.split import Split


def synthesize(
    out: Annotated[Path, typer.Option(help="the folder to write to, or to go on with")],
    people: Annotated[int, typer.Option(min=1, help="how many")],
    simulator: Annotated[
        bool, typer.Option("--simulator", help="write them from templates, without a model")
    ] = False,
    seed: Annotated[int, typer.Option(help="the same one gives the same files, to the byte")] = 0,
    split: Annotated[
        Split, typer.Option(help="whom they are for; the two share no names or stories")
    ] = Split.TRAIN,
    formats: Annotated[
        list[Format] | None, typer.Option("--format", help="may be repeated; default: all")
    ] = None,
) -> None:
    """Write made-up people: their months of talk, and what is to be learnt from it."""
    from tqdm import tqdm  # type: ignore[import-untyped]

    from personavlm.synthesis.produce import produce
    from personavlm.synthesis.simulator import Simulator

    if not simulator:
        typer.echo("The simulator is the only writer there is: add --simulator.", err=True)
        raise typer.Exit(1)
    try:
        with tqdm(total=people, unit="person") as bar:
            writer = Simulator(seed, split)
            figures = produce(writer, people, out, formats or list(Format), lambda _: bar.update())
    except PersonaVLMError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    measures = figures["measures"]
    typer.echo(
        f"{measures['people']:,} people, {measures['turns']:,} turns, "
        f"{measures['questions']:,} questions in {out}; see report.md there."
    )
