"""Two systems that have answered, and a server that judges them by the right answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from eval.open.comparing import PEOPLE, by_the_right_answer, compared, words
from openai_server import OpenAIServer, openai_server

from eval.samples.build import write


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server() as running:
        running.reply = by_the_right_answer
        yield running


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with samples, and with the replies and memories of both systems to them."""
    folder = tmp_path_factory.mktemp("open")
    (folder / "data").mkdir()
    write(folder / "data", people=PEOPLE)
    with openai_server() as server:
        compared(*words(folder, server))
    shutil.rmtree(folder / "runs/open/verdicts")
    for name in ("open.json", "open.md"):
        (folder / "runs/open" / name).unlink()
    return folder


@pytest.fixture
def folder(answered: Path, tmp_path: Path) -> Path:
    """Its own copy for each test, of which nothing is judged."""
    return Path(shutil.copytree(answered, tmp_path / "of"))
