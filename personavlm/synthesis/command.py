"""The command line's `synthesize`: made-up people, and the files to train and to test with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from personavlm.errors import BadInput, PersonaVLMError
from personavlm.memory.hits import Limits
from personavlm.prompts import OWN
from personavlm.prompts.pack_file import load_pack
from personavlm.synthesis.formats import Format
from personavlm.synthesis.mix import Mix
from personavlm.synthesis.spent import Prices
from personavlm.synthesis.split import Split
from personavlm.synthesis.timetable import TURNS

USUAL = Limits()
INTERRUPTED = 130  # the exit code of what Ctrl-C ended


def synthesize(
    out: Annotated[Path, typer.Option(help="the folder to write to, or to go on with")],
    people: Annotated[int, typer.Option(min=1, help="how many")],
    simulator: Annotated[
        bool, typer.Option("--simulator", help="write them from templates, without a model")
    ] = False,
    model: Annotated[
        str | None, typer.Option(help="let this model write them, as its server names it")
    ] = None,
    engine_url: Annotated[
        str | None, typer.Option(help="where the model is, up to /v1; default: OpenAI's address")
    ] = None,
    personas: Annotated[
        str, typer.Option(help="for the model: a JSONL file, or a dataset on the Hub (@revision)")
    ] = "proj-persona/PersonaHub",
    pictures: Annotated[
        Path | None, typer.Option(help="for the model: a folder of pictures with captions.jsonl")
    ] = None,
    concurrency: Annotated[
        int, typer.Option(min=1, help="how many people a model writes or checks at a time")
    ] = 8,
    prices: Annotated[
        tuple[float, float] | None,
        typer.Option(help="of a million tokens that the model reads, and that it generates"),
    ] = None,
    check_model: Annotated[
        str | None, typer.Option(help="let this model look at every question once more")
    ] = None,
    check_url: Annotated[
        str | None, typer.Option(help="where that one is; default: where the other one is")
    ] = None,
    seed: Annotated[int, typer.Option(help="the same one gives the same files, to the byte")] = 0,
    split: Annotated[
        Split, typer.Option(help="whom they are for; the two share no names or stories")
    ] = Split.TRAIN,
    size: Annotated[
        int | None,
        typer.Option(help="the simulator's lives: up to 50, 100, 200 or 500 turns; default: mixed"),
    ] = None,
    prompts: Annotated[
        Path | None, typer.Option(help="for training rows: a prompt pack; default: our own wording")
    ] = None,
    semantic: Annotated[
        int, typer.Option(min=1, help="in training rows: facts that a search returns")
    ] = USUAL.semantic,
    episodic: Annotated[
        int, typer.Option(min=1, help="in training rows: topics that a search returns")
    ] = USUAL.episodic,
    turn_tokens: Annotated[
        int, typer.Option(min=1, help="in training rows: of dialogue that its topics bring")
    ] = USUAL.turn_tokens,
    mix: Annotated[
        Mix,
        typer.Option(help="of supervised rows: the paper's shares, or what a small model needs"),
    ] = Mix.PAPER,
    formats: Annotated[
        list[Format] | None, typer.Option("--format", help="may be repeated; default: all")
    ] = None,
) -> None:
    """Write made-up people: their months of talk, and what is to be learnt from it."""
    from personavlm.synthesis.running import Checking, Run, Writing, run

    writing = None
    if model is not None:
        paid = Prices(*prices) if prices else None
        writing = Writing(model, engine_url, personas, pictures, paid)
    checking = Checking(check_model, check_url or engine_url) if check_model else None
    try:
        if simulator == (writing is not None):
            raise BadInput(
                "Who is to write them? Name a --model (and --engine-url, where it is), or add "
                "--simulator."
            )
        if size is not None and (size not in TURNS or not simulator):
            raise BadInput("--size is for the simulator: 50, 100, 200 or 500 turns at most.")
        pack = OWN if prompts is None else load_pack(prompts)
        limits = replace(USUAL, semantic=semantic, episodic=episodic, turn_tokens=turn_tokens)
        kinds = tuple(formats or Format)
        wanted = Run(out, people, seed, split, size, kinds, concurrency, pack, limits, mix)
        figures = run(wanted, writing, checking, _tell)
    except PersonaVLMError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        _tell("Interrupted. The same command goes on from here.")
        raise typer.Exit(INTERRUPTED) from error
    measures = figures["measures"]
    typer.echo(
        f"{measures['people']:,} people, {measures['turns']:,} turns, "
        f"{measures['questions']:,} questions in {out}; see report.md there."
    )
    for who, took in figures["asked"].items():
        typer.echo(f"The {who}'s model took {took['told']}.")


def _tell(line: str) -> None:
    typer.echo(line, err=True)
