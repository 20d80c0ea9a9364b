"""32 conversations at once through one server: each as if it were alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from asking import answer, ask
from engine_requests import drawn_picture, trajectory, turns_of

from personavlm.engines.base import Request
from personavlm.engines.sglang.engine import SGLangEngine
from personavlm.engines.sglang.server import Server

pytestmark = [pytest.mark.sglang, pytest.mark.timeout(600)]

CONVERSATIONS = 32


def conversation(person: int, folder: Path) -> list[Request]:
    """Three requests one after another: a step, a step that goes on from it, a picture."""
    turns = turns_of(2 + person % 12)
    turns = [replace(turn, text=f"{turn.text} ({person})", images=()) for turn in turns]
    seen = ask(drawn_picture(folder, person), f"And this, {person}?")
    steps = [*trajectory(turns[:3], 2), seen]
    return [replace(step, salt=f"person {person}") for step in steps]


def test_many_at_once_get_what_each_gets_alone(server: Server, tmp_path: Path) -> None:
    engine = SGLangEngine(None, python=None, urls=(server.url,), key=server.key, gpu=False)
    conversations = [conversation(person, tmp_path) for person in range(CONVERSATIONS)]

    def talk(requests: list[Request]) -> list[str]:
        return [answer(engine, request)[0] for request in requests]

    with engine:
        engine.load()
        assert engine.concurrency >= CONVERSATIONS
        alone = [talk(requests) for requests in conversations]
        with ThreadPoolExecutor(CONVERSATIONS) as pool:
            together = list(pool.map(talk, conversations))
    assert together == alone
    assert len({tuple(texts) for texts in alone}) == CONVERSATIONS  # none is another's
