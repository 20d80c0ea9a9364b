"""The engine on ZeroGPU, with a stand-in for its decorator: the real one needs a real Space.

The stand-in keeps the rules that matter: a call runs in a forked daemon process, arguments and
results are pickled, and nothing that changes in there comes back.
"""

from __future__ import annotations

import importlib
import multiprocessing
import pickle
import sys
import types
from collections.abc import Callable, Iterator
from inspect import isgeneratorfunction
from pathlib import Path
from typing import Any

import pytest
from asking import answer, ask
from checkpoints import weights_at

from personavlm.engines.transformers.engine import TransformersEngine
from personavlm.errors import TooLong
from personavlm.records import Image

FORK = multiprocessing.get_context("fork")


def lend(task: Callable[..., Any], duration: int) -> Callable[..., Any]:
    """Runs `task` for each call in a process of its own."""

    def work(arguments: bytes, pipe: Any) -> None:
        result = task(*pickle.loads(arguments))
        for item in result if isgeneratorfunction(task) else [result]:
            pipe.send_bytes(pickle.dumps(item))
        pipe.close()

    def items(*arguments: Any) -> Iterator[Any]:
        here, there = FORK.Pipe(duplex=False)
        worker = FORK.Process(target=work, args=(pickle.dumps(arguments), there), daemon=True)
        worker.start()
        there.close()
        try:
            while True:
                yield pickle.loads(here.recv_bytes())
        except EOFError:
            return
        finally:
            worker.kill()
            worker.join()

    if isgeneratorfunction(task):
        return items
    return lambda *arguments: next(items(*arguments))


@pytest.fixture
def zero(monkeypatch: pytest.MonkeyPatch, vision_folder: Path) -> Iterator[TransformersEngine]:
    stand_in = types.ModuleType("spaces")
    stand_in.GPU = lend  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "spaces", stand_in)
    monkeypatch.delitem(sys.modules, "personavlm.engines.transformers.zero", raising=False)
    module = importlib.import_module("personavlm.engines.transformers.zero")
    with module.ZeroGpuEngine(lambda report: weights_at(vision_folder)) as engine:
        engine._device = "cpu"  # there is no GPU here
        engine.load()
        yield engine
    sys.modules.pop("personavlm.engines.transformers.zero")


def test_a_call_says_what_the_engine_says(
    zero: TransformersEngine, vision: TransformersEngine, picture: Callable[..., Image]
) -> None:
    request = ask(picture(1), "Who is it?", salt="zero")
    expected = answer(vision, request)[0]
    for _ in range(2):
        said, usage = answer(zero, request)
        assert said == expected
        assert usage.cached_tokens == 0  # a call leaves nothing behind
    assert len(zero._prefixes) == 0


def test_scores_come_back(zero: TransformersEngine, vision: TransformersEngine) -> None:
    messages = ask("Do you like it?").messages
    expected = vision.logprobs(messages, ["Yes", "No"])
    assert zero.logprobs(messages, ["Yes", "No"]) == pytest.approx(expected)


def test_a_call_needs_no_threads_of_the_process_it_was_forked_from(
    zero: TransformersEngine, picture: Callable[..., Image]
) -> None:
    import torch

    cores = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        torch.rand(1000, 1000).exp().sum()  # starts the second thread, here and not in the call
        assert answer(zero, ask(picture(1), "Who is it?"))[0]
    finally:
        torch.set_num_threads(cores)


def test_our_errors_come_through_with_their_words(zero: TransformersEngine) -> None:
    with pytest.raises(TooLong, match="new session"):
        list(zero.generate(ask("one two three " * 3000)))
    with pytest.raises(TooLong, match="new session"):
        zero.logprobs(ask("Hello").messages, ["far too long " * 4000])


def test_its_eyes_cannot_be_asked_by_themselves(
    zero: TransformersEngine, vision: TransformersEngine
) -> None:
    assert vision.sees and not zero.sees


def test_closing_ends_the_call(zero: TransformersEngine) -> None:
    stream = zero.generate(ask("Hello", max_tokens=4000))
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()
