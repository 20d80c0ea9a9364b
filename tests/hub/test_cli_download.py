"""`personavlm download`, as it is typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkpoints import text_checkpoint
from hub_server import HubServer

from personavlm import cli_download

REPO = "acme/text"
PROGRAM = """
import sys, typer
from personavlm.cli_download import download
app = typer.Typer()
app.command()(download)
app(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubServer]:
    root = tmp_path_factory.mktemp("models")
    text_checkpoint(root / REPO)
    with HubServer(root) as server:
        server.tags = {"v1"}
        yield server


def download(hub: HubServer, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | hub.environment | {"HF_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_download_tells_commit_folder_and_size(hub: HubServer, tmp_path: Path) -> None:
    done = download(hub, tmp_path, REPO, "--revision", "v1")
    assert done.returncode == 0, done.stderr
    commit = hub.commit(REPO)
    folder = tmp_path / "hub" / "models--acme--text" / "snapshots" / commit
    told = dict(line.split(":", 1) for line in done.stdout.splitlines())
    assert told["commit"].strip() == commit
    assert told["folder"].strip() == str(folder)
    assert told["size"].strip() == "0.6 MB (Qwen2ForCausalLM, float32)"
    assert json.loads((folder / "config.json").read_text())["model_type"] == "qwen2"
    assert f"{REPO}@{commit[:7]} is ready" in done.stderr


def test_what_cannot_be_downloaded_is_one_line(hub: HubServer, tmp_path: Path) -> None:
    done = download(hub, tmp_path, "acme/none")
    assert done.returncode == 1 and done.stdout == ""
    assert "no model acme/none" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_terminal_gets_one_line_that_changes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "20")
    line = cli_download._Line()
    for text in ("Looking up acme/text, which is far too long", "1.0 of 2.0 MB"):
        line.show(text)
    line.end()
    assert capsys.readouterr().err == "\rLooking up acme/tex\r1.0 of 2.0 MB      \n"
