"""Which engine runs: every choice told, nothing swapped silently."""

import pytest

from personavlm.engines.choose import Machine, Wanted, decide, split_urls
from personavlm.errors import EngineUnavailable
from personavlm.machine import Gpu

H200 = Gpu("NVIDIA H200", 140 << 30)
NOTHING = Machine(gpu=None, sglang=False, transformers=True)
EVERYTHING = Machine(gpu=H200, sglang=True, transformers=True)
NO_SGLANG = Machine(gpu=H200, sglang=False, transformers=True)
BARE = Machine(gpu=None, sglang=False, transformers=False)


@pytest.mark.parametrize(
    ("wanted", "machine", "engine", "why"),
    [
        (Wanted(), EVERYTHING, "sglang", "found NVIDIA H200 and SGLang"),
        (Wanted(), NO_SGLANG, "transformers", "found NVIDIA H200 but no SGLang"),
        (Wanted(), NOTHING, "preview", "no GPU found"),
        (Wanted(), BARE, "preview", "no GPU found"),
        (Wanted(), Machine(None, sglang=True, transformers=True), "preview", "no GPU found"),
        (Wanted(model="me/small"), NOTHING, "transformers", "no GPU found: on the CPU, slowly"),
        (Wanted(model="me/small"), EVERYTHING, "sglang", "found NVIDIA H200 and SGLang"),
        (Wanted(urls=("http://10.0.0.2:30000",)), BARE, "sglang", "a running server was given"),
        (Wanted("preview"), EVERYTHING, "preview", "asked for"),
        (Wanted("transformers"), EVERYTHING, "transformers", "asked for"),
        (Wanted("sglang"), NOTHING, "sglang", "asked for"),
    ],
)
def test_the_choice_and_its_reason(wanted: Wanted, machine: Machine, engine: str, why: str) -> None:
    assert decide(wanted, machine) == (engine, why)


@pytest.mark.parametrize(
    ("wanted", "machine", "said"),
    [
        (Wanted("vllm"), EVERYTHING, "no engine 'vllm'. Use one of: auto, sglang"),
        (Wanted("preview", model="me/small"), NOTHING, "runs no weights, but me/small"),
        (Wanted("preview", revision="v2"), NOTHING, "runs no weights, but v2"),
        (Wanted("transformers"), BARE, "needs these packages: torch, .*. Install"),
        (Wanted(model="me/small"), BARE, "Nothing here can run me/small"),
        (Wanted("transformers", urls=("http://h",)), NOTHING, "transformers engine uses none"),
    ],
)
def test_what_cannot_run_is_an_error_that_says_what_to_do(
    wanted: Wanted, machine: Machine, said: str
) -> None:
    with pytest.raises(EngineUnavailable, match=said):
        decide(wanted, machine)


def test_urls() -> None:
    assert split_urls(None) == split_urls("") == ()
    assert split_urls("http://a:1/, http://b:2") == ("http://a:1", "http://b:2")
