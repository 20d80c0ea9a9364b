"""Which engine runs: every choice told, nothing swapped silently."""

import pytest
from openai_server import KEY, MODEL, SERVED, openai_server
from scripted import HashEncoder

from personavlm.engines.choose import Machine, Wanted, choose_engine, decide, split_urls
from personavlm.engines.openai.endpoint import OPENAI
from personavlm.engines.openai.engine import OpenAIEngine
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
        (Wanted("openai", "gpt-4o", key="k"), BARE, "openai", "asked for"),
        (Wanted("openai", "mine", urls=("http://h/v1",)), BARE, "openai", "asked for"),
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
        (Wanted("openai"), EVERYTHING, "needs the name of a model.*--model gpt-4o"),
        (Wanted("openai", "gpt-4o", "main", key="k"), BARE, "revision main cannot"),
        (Wanted("openai", "mine", urls=("http://h", "http://i")), BARE, "asks one address"),
        (Wanted("openai", "gpt-4o"), BARE, "needs a key.*OPENAI_API_KEY"),
    ],
)
def test_what_cannot_run_is_an_error_that_says_what_to_do(
    wanted: Wanted, machine: Machine, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(EngineUnavailable, match=said):
        decide(wanted, machine)


def test_urls() -> None:
    assert split_urls(None) == split_urls("") == ()
    assert split_urls("http://a:1/, http://b:2") == ("http://a:1", "http://b:2")


def test_a_model_by_name_whatever_there_is_to_run_others_with() -> None:
    with openai_server() as server:
        wanted = Wanted("openai", MODEL, urls=(server.url,), key=KEY)
        engine, why = choose_engine(wanted, HashEncoder())
        with engine:
            engine.load()
        assert engine.label.startswith(f"{SERVED} on openai")
        assert (why, server.keys) == ("asked for", [KEY])


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        (Wanted("openai", MODEL), "of-the-environment"),
        (Wanted("openai", MODEL, key="given"), "given"),
        (Wanted("openai", MODEL, urls=(OPENAI,)), "of-the-environment"),
        (Wanted("openai", MODEL, urls=("http://127.0.0.1:9/v1",)), "none"),
    ],
)
def test_the_key_of_the_environment_is_for_openai_alone(
    wanted: Wanted, sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "of-the-environment")
    engine, _ = choose_engine(wanted, HashEncoder())
    with engine:
        assert isinstance(engine, OpenAIEngine)
        assert engine._endpoint._client.api_key == sent
