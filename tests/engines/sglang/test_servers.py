"""Several servers, and what the engine makes of their failures, with servers that are played back.

The same with real servers is in test_engine.py and test_router.py.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from asking import answer, ask
from played_back import DONE, INFO, MODEL, Answer, PlayedBack, event, played_back

from personavlm.engines.base import silent
from personavlm.engines.sglang import servers as servers_module
from personavlm.engines.sglang.engine import SGLangEngine
from personavlm.engines.sglang.failures import ServerGone
from personavlm.errors import BadInput, EngineUnavailable, TooLong
from personavlm.records import Usage

GOOD = (event("Good "), event("dog"), event("", "stop"), DONE)


@pytest.fixture
def first() -> Iterator[PlayedBack]:
    with played_back() as server:
        server.streams(*GOOD)
        yield server


@pytest.fixture
def second() -> Iterator[PlayedBack]:
    with played_back() as server:
        server.streams(*GOOD)
        yield server


def engine_of(*servers: PlayedBack) -> SGLangEngine:
    return SGLangEngine(None, python=None, urls=[server.url for server in servers], gpu=False)


def chats(server: PlayedBack) -> list[dict[str, object]]:
    return [body for path, body in server.asked if path == "/v1/chat/completions"]


@pytest.mark.parametrize(
    "failure",
    [
        Answer(0),
        Answer(503, (b"",)),
        Answer(200, (event("Good "), event("do"))),
        Answer(200, (event("Go"),), promised=9999),
    ],
)
def test_another_server_goes_on_where_one_broke_off(
    first: PlayedBack, second: PlayedBack, failure: Answer
) -> None:
    first.answer = lambda path: failure
    engine = engine_of(first, second)
    salts = [f"salt {number}" for number in range(8)]
    assert {answer(engine, replace(ask("Hello"), salt=salt))[0] for salt in salts} == {"Good dog"}
    assert len(chats(first)) == 1  # from then on it is left alone for a while
    assert len(chats(second)) == 8


def test_a_server_that_was_gone_is_tried_again(
    first: PlayedBack, second: PlayedBack, monkeypatch: pytest.MonkeyPatch
) -> None:
    first.answer = lambda path: Answer(503, (b"",))
    engine = engine_of(first, second)
    salt = next(salt for salt in map(str, range(99)) if _asks_first(engine, first, salt))
    first.streams(*GOOD)
    answer(engine, replace(ask("Hello"), salt=salt))
    assert len(chats(first)) == 1
    monkeypatch.setattr(servers_module, "AGAIN", 0.0)
    answer(engine, replace(ask("Hello"), salt=salt))
    assert len(chats(first)) == 2


def _asks_first(engine: SGLangEngine, server: PlayedBack, salt: str) -> bool:
    answer(engine, replace(ask("Hello"), salt=salt))
    return bool(chats(server))


def test_a_salt_keeps_to_one_server(first: PlayedBack, second: PlayedBack) -> None:
    engine = engine_of(first, second)
    for salt in [f"salt {number}" for number in range(16)] * 3:
        answer(engine, replace(ask("Hello"), salt=salt))
    used = [{body["cache_salt"] for body in chats(server)} for server in (first, second)]
    assert all(used)
    assert not used[0] & used[1]


def test_a_second_try_that_says_something_else_is_an_error(
    first: PlayedBack, second: PlayedBack
) -> None:
    first.streams(event("Bad "))
    second.streams(event("Worse "))
    with pytest.raises(EngineUnavailable, match="send the message again"):
        answer(engine_of(first, second), ask("Hello"))


def test_all_are_gone(first: PlayedBack, second: PlayedBack) -> None:
    engine = engine_of(first, second)
    engine.load()
    first.answer = second.answer = lambda path: Answer(0)
    with pytest.raises(ServerGone):
        answer(engine, ask("Hello"))
    assert (len(chats(first)), len(chats(second))) == (1, 1)


def test_an_only_server_is_asked_twice(first: PlayedBack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers_module, "PAUSE", 0.0)
    answers = iter((Answer(200, (event("Goo"),)), Answer(200, GOOD), Answer(0), Answer(0)))
    first.answer = lambda path: next(answers)
    engine = engine_of(first)
    assert answer(engine, ask("Hello"))[0] == "Good dog"
    with pytest.raises(ServerGone):
        answer(engine, ask("Hello"))


def test_a_refused_request_is_not_made_again(first: PlayedBack, second: PlayedBack) -> None:
    engine = engine_of(first, second)
    engine.load()
    for server in (first, second):
        server.refuses(400, {"message": "no"})
    with pytest.raises(BadInput):
        answer(engine, ask("Hello"))
    assert len(chats(first)) + len(chats(second)) == 1


def too_long(prompt: int) -> Answer:
    said = f"The context length of 4096 tokens. {prompt} tokens from the input messages"
    return Answer(400, (f'{{"message": "{said}"}}'.encode(),))


def test_fewer_tokens_are_asked_for_where_the_context_has_no_more(first: PlayedBack) -> None:
    answers = iter((too_long(4000), Answer(200, GOOD)))
    first.answer = lambda path: next(answers)
    assert answer(engine_of(first), ask("Hello", max_tokens=500))[0] == "Good dog"
    assert [body["max_tokens"] for body in chats(first)] == [500, 96]


def test_a_prompt_that_fills_the_context_is_refused(first: PlayedBack) -> None:
    first.answer = lambda path: too_long(4096)
    with pytest.raises(TooLong, match="new session"):
        answer(engine_of(first), ask("Hello", max_tokens=500))
    assert len(chats(first)) == 1


def test_a_stop_that_the_server_overlooks(first: PlayedBack) -> None:
    pieces = ("All</ans", "wer> an", "d more")
    counts = ({"prompt_tokens": 9, "completion_tokens": n} for n in (1, 2, 3))
    first.streams(*(event(p, usage=c) for p, c in zip(pieces, counts, strict=True)), None)
    text, usage = answer(engine_of(first), replace(ask("Hello"), stop=("</answer>",)))
    assert text == "All</answer>"
    assert replace(usage, seconds=0) == Usage(9, 2)
    assert first.asked[-1][0] == "/abort_request"


def test_what_the_servers_say_is_known_once_loaded(first: PlayedBack, second: PlayedBack) -> None:
    engine = engine_of(first, second)
    engine.load()
    assert engine.concurrency == 16  # of both together
    assert engine.weights is not None
    assert engine.weights.name == "ClareNie/PersonaVLM@3f9c2b1"
    assert engine.weights.dtype == "bfloat16"


def test_one_that_is_gone_at_first_is_gone_on_without(
    first: PlayedBack, second: PlayedBack
) -> None:
    engine = engine_of(first, second)
    first.info = {}
    with pytest.raises(EngineUnavailable, match="Check the address"):
        engine.load()  # it is there, and no SGLang server
    told: list[str] = []
    engine = SGLangEngine(None, python=None, urls=(nobody(), second.url), gpu=False)
    engine.load(told.append)
    assert any("going on without it" in line for line in told)
    assert answer(engine, ask("Hello"))[0] == "Good dog"


def nobody() -> str:
    with played_back() as server:
        return server.url


def test_none_is_there() -> None:
    engine = SGLangEngine(None, python=None, urls=(nobody(), nobody()), gpu=False)
    with pytest.raises(ServerGone, match="cannot be reached"):
        engine.load(silent)


def test_servers_of_different_models_are_told_apart(first: PlayedBack, second: PlayedBack) -> None:
    second.info = INFO | {"/get_model_info": MODEL | {"served_model_name": "other"}}
    with pytest.raises(EngineUnavailable, match=f"tiny at {first.url}, other at {second.url}"):
        engine_of(first, second).load()


def test_a_closed_engine_says_so(first: PlayedBack) -> None:
    engine = engine_of(first)
    engine.load()
    engine.close()
    engine.close()
    with pytest.raises(EngineUnavailable, match="closed"):
        answer(engine, ask("Hello"))


def test_updates_leave_lanes_to_people(first: PlayedBack) -> None:
    state = {"effective_max_running_requests_per_dp": 2}
    first.info = INFO | {"/get_server_info": {"dtype": "float32", "internal_states": [state]}}
    task = replace(ask("Hello"), background=True)
    engine = engine_of(first)
    waiting = threading.Event()
    first.streams(event("Good"), None)
    running = engine.generate(task)
    next(running)
    first.streams(*GOOD)
    with ThreadPoolExecutor(1) as pool:

        def ask_again() -> str:
            waiting.set()
            return answer(engine, task)[0]

        later = pool.submit(ask_again)
        assert waiting.wait(20)
        assert answer(engine, ask("A person"))[0] == "Good dog"
        assert len(chats(first)) == 2  # the other update is still held back
        running.close()  # type: ignore[attr-defined]
        assert later.result(20) == "Good dog"


def test_a_server_with_priorities_holds_updates_back_itself(first: PlayedBack) -> None:
    info = {"dtype": "float32", "enable_priority_scheduling": True}
    first.info = INFO | {"/get_server_info": info}
    engine = engine_of(first)
    answer(engine, replace(ask("Hello"), background=True))
    answer(engine, ask("Hello"))
    assert [body["priority"] for body in chats(first)] == [-1, 0]
