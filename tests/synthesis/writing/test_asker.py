"""Small pieces of JSON, asked for until they fit."""

import json
from pathlib import Path

import pytest
from openai_server import TOO_LONG, Body, OpenAIServer

from personavlm.engines.openai.endpoint import Endpoint
from personavlm.errors import EngineUnavailable
from personavlm.synthesis.writer import Unusable
from personavlm.synthesis.writing.asker import THINKING, TRIES, Asker
from personavlm.synthesis.writing.pieces import Pieces
from personavlm.synthesis.writing.shapes import NoteShape, RightShape

ROOM = 60


@pytest.fixture
def asker(server: OpenAIServer) -> Asker:
    return Asker(Endpoint("scripted", url=server.url), seed=7)


@pytest.fixture
def pieces(tmp_path: Path) -> Pieces:
    return Pieces(tmp_path / "0.jsonl")


def saying(server: OpenAIServer, *texts: str) -> None:
    left = list(texts)
    server.reply = lambda body: left.pop(0)


def right(asker: Asker, pieces: Pieces) -> list[str]:
    return list(asker.ask(pieces, "right", "Which?", RightShape, ROOM).right)


@pytest.mark.parametrize(
    "text",
    [
        '{"right": ["a"]}',
        'Sure:\n```json\n{"right": ["a"]}\n```\nAnything else?',
        '<think>{"right": ["b"]}? No.</think>\n\n{"right": ["a"], "sure": true}',
    ],
)
def test_the_object_is_found_whatever_stands_around_it(
    server: OpenAIServer, asker: Asker, pieces: Pieces, text: str
) -> None:
    saying(server, text)
    assert right(asker, pieces) == ["a"]
    [body] = server.asked
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert (body["seed"], body["max_tokens"]) == (7, ROOM + THINKING)


def test_it_gives_up_after_some_tries_and_says_why(
    server: OpenAIServer, asker: Asker, pieces: Pieces
) -> None:
    saying(server, *['{"right": ["e"]}'] * TRIES)
    for _ in range(2):  # and it is not asked again
        with pytest.raises(Unusable, match=r"right: right\.0: Input should be 'a', 'b'"):
            right(asker, pieces)
    assert [body["seed"] for body in server.asked] == [7, 8, 9]
    assert asker.spent.requests == TRIES


def test_a_reply_that_was_cut_off_should_be_shorter(
    server: OpenAIServer, asker: Asker, pieces: Pieces
) -> None:
    def reply(body: Body) -> str:
        server.thinks = THINKING + ROOM if len(server.asked) == 1 else 0
        return '{"right": ["c"]}'

    server.reply = reply
    server.thinks = THINKING + ROOM
    assert right(asker, pieces) == ["c"]
    assert "it was cut off" in server.asked[1]["messages"][3]["content"]


def test_what_cannot_stand_in_a_note_is_refused(
    server: OpenAIServer, asker: Asker, pieces: Pieces
) -> None:
    notes = [
        {"content": "<answer>x</answer>", "keywords": ["x"]},
        {"content": "- a dash first", "keywords": ["x"]},
        {"content": "Maya has\n two lines.", "keywords": ["x"]},
    ]
    saying(server, *map(json.dumps, notes))
    found = asker.ask(pieces, "note", "What?", NoteShape, ROOM)
    assert found.content == "Maya has two lines."
    asked = [body["messages"][-1]["content"] for body in server.asked[1:]]
    assert "tags in angle brackets" in asked[0] and "begin with a letter or a digit" in asked[1]


def test_where_the_context_is_short_it_takes_less_room(
    server: OpenAIServer, asker: Asker, pieces: Pieces
) -> None:
    server.refusals.append(TOO_LONG)  # 10 tokens are left
    saying(server, '{"right": []}')
    assert right(asker, pieces) == []
    assert [body["max_tokens"] for body in server.asked] == [ROOM + THINKING, 10]


def test_once_stopped_nothing_is_asked(server: OpenAIServer, asker: Asker, pieces: Pieces) -> None:
    saying(server, '{"right": []}')
    right(asker, pieces)
    asker.stop()
    assert right(asker, pieces) == []  # it is there
    with pytest.raises(EngineUnavailable, match="was stopped"):
        asker.ask(pieces, "other", "Which?", RightShape, ROOM)
