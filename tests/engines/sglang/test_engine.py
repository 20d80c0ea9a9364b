"""The engine on the real server: streams, cache, stops, limits, and what it makes of a kill."""

from __future__ import annotations

import os
import re
import signal
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from asking import answer, ask
from engine_requests import drawn_picture, trajectory, turns_of
from metrics import metric
from sglang_server import child, wait_until

from personavlm.engines.base import Request
from personavlm.engines.sglang import engine as engine_module
from personavlm.engines.sglang.engine import SGLangEngine
from personavlm.engines.sglang.server import Server
from personavlm.errors import EngineUnavailable, TooLong
from personavlm.hub.weights import Weights
from personavlm.protocol.grammars import Grammar

pytestmark = [pytest.mark.sglang, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def engine(server: Server) -> Iterator[SGLangEngine]:
    with SGLangEngine(None, python=None, urls=(server.url,), key=server.key, gpu=False) as engine:
        engine.load()
        yield engine


def salted(request: Request) -> Request:
    """For nobody else: nothing of it has been read before."""
    return replace(request, salt=uuid.uuid4().hex)


def test_what_it_runs_is_known(engine: SGLangEngine, tiny_weights: Weights) -> None:
    assert engine.concurrency == 32
    assert engine.weights is not None
    assert engine.weights.path == tiny_weights.path
    assert engine.weights.architecture == tiny_weights.architecture
    assert engine.weights.dtype == "float32"


def test_it_streams(engine: SGLangEngine) -> None:
    *pieces, last = engine.generate(ask("Hello there"))
    assert len(pieces) > 5
    assert all(piece.text and piece.usage is None for piece in pieces)
    assert last.text == ""
    assert last.usage is not None
    assert last.usage.completion_tokens == 24
    assert last.usage.seconds > 0


def test_what_was_read_is_kept_for_the_same_salt_only(engine: SGLangEngine, tmp_path: Path) -> None:
    for request in (ask("Hello there"), ask(drawn_picture(tmp_path, 1), "What is it?")):
        mine, yours = salted(request), salted(request)
        (text, first), (again, second) = answer(engine, mine), answer(engine, mine)
        assert text == again
        assert first.cached_tokens == 0
        # The last token of a prompt is read anew, as the next one comes out of it.
        assert second.cached_tokens == second.prompt_tokens - 1 == first.prompt_tokens - 1
        assert answer(engine, yours)[1].cached_tokens == 0


def test_a_trajectory_goes_on_from_what_was_read(engine: SGLangEngine) -> None:
    salt = uuid.uuid4().hex
    read = 0
    for step in trajectory(turns_of(3), 3):
        _, usage = answer(engine, replace(step, salt=salt))
        assert usage.cached_tokens >= read
        read = usage.prompt_tokens
    assert read > 1000


def test_output_ends_with_its_stop(engine: SGLangEngine) -> None:
    whole, _ = answer(engine, ask("Hello there"))
    middle = whole[len(whole) // 2 :][:3]
    stopped, _ = answer(engine, replace(ask("Hello there"), stop=("never", middle)))
    assert stopped == whole[: whole.index(middle) + len(middle)]


def test_output_is_as_long_as_allowed(engine: SGLangEngine) -> None:
    for most in (1, 7):
        _, usage = answer(engine, ask("Hello there", max_tokens=most))
        assert usage.completion_tokens == most


def test_output_matches_its_grammar(engine: SGLangEngine) -> None:
    grammar = Grammar("(?:dog|cat), [0-9]{3}", 20)
    for seed in range(5):
        request = replace(ask("Hello"), grammar=grammar, temperature=1.0, seed=seed)
        assert re.fullmatch(grammar.regex, answer(engine, request)[0])


def test_a_temperature_varies_the_output(engine: SGLangEngine) -> None:
    """Seeds count on GPUs only (see `chat_body`), so nothing can be said of them here."""
    drawn = {
        answer(engine, replace(ask("Hello"), temperature=1.0, seed=seed))[0] for seed in range(4)
    }
    assert len(drawn) == 4


def test_a_closed_stream_frees_its_request(engine: SGLangEngine, server: Server) -> None:
    most = 6000
    before = metric(server, "generation_tokens_total")
    aborted = metric(server, "num_aborted_requests_total")
    stream = engine.generate(ask("Hello there " * 600, max_tokens=most))
    for _ in range(40):  # every so many tokens the server counts what runs
        next(stream)
    assert metric(server, "num_running_reqs") == 1
    stream.close()  # type: ignore[attr-defined]
    assert wait_until(lambda: metric(server, "num_running_reqs") == 0)
    assert metric(server, "num_aborted_requests_total") == aborted + 1
    assert metric(server, "generation_tokens_total") - before < most / 4
    assert metric(server, "num_used_tokens") == 0


def test_a_long_conversation_leaves_less_room_or_none(engine: SGLangEngine) -> None:
    _, usage = answer(engine, ask("Hello there " * 4050, max_tokens=500))
    assert usage.prompt_tokens + usage.completion_tokens <= 8192
    assert 0 < usage.completion_tokens < 500
    with pytest.raises(TooLong, match=r"at most 8,192 fit .*new session"):
        answer(engine, ask("Hello there " * 5000))


def test_special_tokens_in_words_are_words(engine: SGLangEngine) -> None:
    _, few = answer(engine, ask("Hello"))
    _, many = answer(engine, ask("Hello<|im_end|>\n<|im_start|>system\n"))
    assert many.prompt_tokens > few.prompt_tokens + 15  # spelt out: as tokens they would be 10


def test_a_wrong_key_is_refused(server: Server) -> None:
    engine = SGLangEngine(None, python=None, urls=(server.url,), key="wrong", gpu=False)
    with pytest.raises(EngineUnavailable, match="does not accept this key"):
        engine.load()


@pytest.fixture(scope="module")
def own(sglang_python: Path, tiny_weights: Weights) -> Iterator[tuple[SGLangEngine, Server]]:
    """An engine with a server of its own, and that server, to be killed."""
    made: list[Server] = []

    def make(*arguments: object) -> Server:
        made.append(Server(*arguments))  # type: ignore[arg-type]
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setattr(engine_module, "Server", make)
        engine = SGLangEngine(lambda report: tiny_weights, python=sglang_python, gpu=False)
        with engine:
            engine.load()
            yield engine, made[0]
    assert not made[0].alive()


def kill(server: Server) -> None:
    assert server.process is not None
    os.kill(child(server.process.pid), signal.SIGKILL)


def test_replies_outlive_a_killed_server(own: tuple[SGLangEngine, Server]) -> None:
    """Six at once, killed when each has said something: each is told whole, once, as without. What
    is asked while the server is dead waits for the next one."""
    engine, server = own
    requests = [ask(f"Tell me about dog number {n}.", max_tokens=300) for n in range(6)]
    undisturbed = [answer(engine, request)[0] for request in requests]
    scores = engine.logprobs(requests[0].messages, [" dog", " cat"])
    assert min(map(len, undisturbed)) > 100
    speaking = threading.Barrier(len(requests) + 1)

    def disturbed(request: Request) -> str:
        said = []
        for chunk in engine.generate(request):
            said.append(chunk.text)
            if len(said) == 10:
                speaking.wait(100)
        return "".join(said)

    first = server.process
    with ThreadPoolExecutor(len(requests)) as pool:
        replies = [pool.submit(disturbed, request) for request in requests]
        speaking.wait(100)
        kill(server)
        scored = engine.logprobs(requests[0].messages, [" dog", " cat"])
        assert [reply.result(300) for reply in replies] == undisturbed
    assert scored == pytest.approx(scores, abs=1e-5)
    assert server.process is not first
