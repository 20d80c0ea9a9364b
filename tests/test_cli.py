"""The command line, as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from personavlm.cli import app


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PERSONAVLM_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def run(*words: str, typed: str = "") -> str:
    done = CliRunner().invoke(app, list(words), input=typed)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_chat_is_remembered_listed_moved_and_forgotten(tmp_path: Path) -> None:
    told = run("chat", "maya", typed="I have a cat called Olive\nWhat is my cat called?\n")
    assert "Olive" in told.split("searched", 1)[1]
    assert run("memory", "list") == "maya: 2 messages\n"
    archive = str(tmp_path / "maya.zip")
    run("memory", "export", "maya", archive)
    run("memory", "import", "noa", archive, "--take-over")
    assert "noa: 2 messages" in run("memory", "list")
    run("memory", "forget", "maya", typed="y\n")
    assert "maya: 0 messages" in run("memory", "list")


def test_what_cannot_be_done_is_one_line() -> None:
    done = CliRunner().invoke(app, ["memory", "import", "maya", "/nowhere.zip"])
    assert done.exit_code == 1
    assert "not a zip" in done.output and "Traceback" not in done.output


def test_forgetting_asks_first(data: Path) -> None:
    done = CliRunner().invoke(app, ["memory", "forget", "maya"], input="n\n")
    assert done.exit_code == 1 and not data.exists()
