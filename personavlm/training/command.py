"""The command line's `train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from personavlm.errors import PersonaVLMError

app = typer.Typer(no_args_is_help=True, help="Train a model on synthesised conversations.")


@app.callback()
def _group() -> None:
    """Train a model on synthesised conversations."""


@app.command()
def sft(
    config: Annotated[str, typer.Option(help="a TOML file, or a recipe: sft-paper, sft-nano")],
    data: Annotated[Path | None, typer.Option(help="training conversations")] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="the folder of their pictures; else that of the data")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="a folder for the run and its result")] = None,
    model: Annotated[str | None, typer.Option(help="what to begin with: Hub or folder")] = None,
    prompts: Annotated[
        str | None, typer.Option(help="the pack that the rows were written with, to go along")
    ] = None,
    resume: Annotated[bool, typer.Option(help="go on from the last checkpoint")] = False,
) -> None:
    """Supervised fine-tuning. Options take precedence over the config."""
    from personavlm.training import require_packages

    try:
        require_packages()
        from personavlm.training.config import SFTConfig, load_config
        from personavlm.training.sft import train

        paths = {"data": data, "pictures": pictures, "output": output}
        told = load_config(config, SFTConfig, **paths, model=model, prompts=prompts)
        train(told, resume=resume, report=lambda line: typer.echo(line, err=True))
    except PersonaVLMError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@app.command()
def grpo(
    config: Annotated[str, typer.Option(help="a TOML file, or a recipe: grpo-paper, grpo-nano")],
    data: Annotated[
        Path | None, typer.Option(help="questions: rl.jsonl, beside its people")
    ] = None,
    memories: Annotated[
        Path | None, typer.Option(help="a folder for the people's memories; else beside the data")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="a folder for the run and its result")] = None,
    model: Annotated[
        str | None,
        typer.Option(help="what to begin with, such as the result of sft: Hub or folder"),
    ] = None,
    prompts: Annotated[
        str | None,
        typer.Option(help="own, or a pack's file; else those that the model brings"),
    ] = None,
    resume: Annotated[bool, typer.Option(help="go on from the last checkpoint")] = False,
) -> None:
    """Reinforcement learning from questions to people's memories. Options go before the config."""
    from personavlm.training import require_packages

    try:
        require_packages()
        from personavlm.training.config import GRPOConfig, load_config
        from personavlm.training.grpo import train

        paths = {"data": data, "memories": memories, "output": output}
        told = load_config(config, GRPOConfig, **paths, model=model, prompts=prompts)
        train(told, resume=resume, report=lambda line: typer.echo(line, err=True))
    except PersonaVLMError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":  # for `accelerate launch`
    app()
