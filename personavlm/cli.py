"""The command line: chat in a terminal; list, export, import and forget memories."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from personavlm.cli_download import download
from personavlm.cli_prompts import app as prompts
from personavlm.cli_publish import app as publish
from personavlm.errors import PersonaVLMError
from personavlm.records import AnswerDelta, Retrieval
from personavlm.synthesis.command import synthesize
from personavlm.training.command import app as train

if TYPE_CHECKING:
    from personavlm.agent import Agent
    from personavlm.engines.choose import Wanted

app = typer.Typer(no_args_is_help=True, add_completion=False, help="An assistant that knows you.")
memory = typer.Typer(no_args_is_help=True, help="See, export, import or forget a person's memory.")
app.add_typer(memory, name="memory")
app.add_typer(prompts, name="prompts")
app.add_typer(publish, name="publish")
app.add_typer(train, name="train")
app.command()(download)
app.command()(synthesize)

User = Annotated[str, typer.Argument(help="whose memory: the name or id it was opened with")]
DataDir = Annotated[
    Path, typer.Option(envvar="PERSONAVLM_DATA_DIR", help="where memories are kept")
]
HERE = Path("data")


@contextmanager
def _agent(user: str, data_dir: Path) -> Iterator[Agent]:
    """One person's agent, with the engine that loads nothing: their memory is what is wanted."""
    from personavlm.engines.choose import PREVIEW, Wanted
    from personavlm.model import PersonaVLM

    with _told_plainly(), PersonaVLM.prepare(Wanted(PREVIEW), data_dir) as model:
        yield model.agent(user)


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Our errors become one line and exit code 1."""
    try:
        yield
    except PersonaVLMError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@contextmanager
def _loaded(user: str, data_dir: Path, wanted: Wanted) -> Iterator[Agent]:
    """One person's agent with the engine that was asked for; how far it is goes to stderr."""
    from personavlm.model import PersonaVLM

    with _told_plainly(), PersonaVLM.prepare(wanted, data_dir) as model:
        model.load(lambda line: typer.secho(line, dim=True, err=True))
        typer.secho(model.engine_note, dim=True, err=True)
        yield model.agent(user)


@app.command()
def chat(
    user: User,
    data_dir: DataDir = HERE,
    model: Annotated[str | None, typer.Option(help="Hub repository, folder, or name")] = None,
    engine: Annotated[
        str, typer.Option(help="auto, sglang, transformers, openai or preview")
    ] = "auto",
    engine_url: Annotated[str | None, typer.Option(help="a running server")] = None,
) -> None:
    """Chat in this terminal. An empty line or Ctrl-D ends it."""
    from personavlm.engines.choose import Wanted, split_urls

    key = os.environ.get("PERSONAVLM_ENGINE_KEY")
    wanted = Wanted(engine, model, urls=split_urls(engine_url), key=key)
    with _loaded(user, data_dir, wanted) as agent:
        while text := _prompt():
            try:
                for event in agent.respond(text):
                    match event:
                        case Retrieval(keywords=keywords, hits=hits):
                            typer.secho(f"  searched: {keywords} ({len(hits)} found)", dim=True)
                        case AnswerDelta(text=piece):
                            typer.echo(piece, nl=False)
            except PersonaVLMError as error:
                typer.echo(str(error), err=True)
            typer.echo()


def _prompt() -> str:
    try:
        return input("> ").strip()
    except EOFError:
        return ""


@memory.command("list")
def list_(data_dir: DataDir = HERE) -> None:
    """Whose memories there are, and how much is in each."""
    for path in sorted((data_dir / "people").glob("*/memory.sqlite3")):
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            row = connection.execute(
                "SELECT user_id, (SELECT count(*) FROM turns) FROM person"
            ).fetchone()
        except sqlite3.DatabaseError as error:
            typer.echo(f"{path.parent}: cannot be read ({error})")
        else:
            typer.echo(f"{row[0] if row else '(empty)'}: {row[1] if row else 0} messages")
        finally:
            connection.close()


@memory.command("export")
def export(user: User, file: Path, data_dir: DataDir = HERE) -> None:
    """Write everything that is known about a person to one zip."""
    with _agent(user, data_dir) as agent:
        file.write_bytes(agent.memory.export())
        typer.echo(f"Exported to {file}.")


@memory.command("import")
def import_(
    user: User,
    file: Path,
    data_dir: DataDir = HERE,
    take_over: Annotated[bool, typer.Option(help="it was exported under another id")] = False,
) -> None:
    """Replace a person's memory by an exported one."""
    with _agent(user, data_dir) as agent:
        agent.memory.import_(file, take_over=take_over)
        typer.echo(f"Imported {agent.memory.counts()['turns']} messages.")


@memory.command()
def forget(user: User, data_dir: DataDir = HERE) -> None:
    """Remove everything about a person, for good."""
    typer.confirm(f"Remove everything about {user}? This cannot be undone.", abort=True)
    with _agent(user, data_dir) as agent:
        agent.forget()
        typer.echo("Forgotten.")
