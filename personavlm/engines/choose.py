"""Which engine runs, and one line that says why."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from personavlm.engines.base import Engine, Report
from personavlm.engines.openai.endpoint import OPENAI, Endpoint
from personavlm.engines.sglang.find import find_python, has_sglang
from personavlm.errors import EngineUnavailable
from personavlm.hub.weights import PUBLISHED, Weights
from personavlm.machine import Gpu, find_gpu, on_zero_gpu
from personavlm.memory.encode import TextEncoder

PREVIEW = "preview"
PACKAGES = ("torch", "transformers", "llguidance")  # of the transformers engine
PROTOCOL = "openai"  # the engine for models behind OpenAI's chat protocol
ENGINES = ("auto", "sglang", "transformers", PROTOCOL, PREVIEW)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for.

    engine: one of ENGINES. model: a Hub repository or a folder; the published weights where an
    engine needs some and none are named; for the openai engine, what its provider calls it.
    revision: a branch, tag or commit of that repository. urls: running SGLang servers, or the
    router before them; for the openai engine, the address that is asked. key: their API key.
    sglang_python: the Python that has SGLang.
    """

    engine: str = "auto"
    model: str | None = None
    revision: str | None = None
    urls: tuple[str, ...] = ()
    key: str | None = None
    sglang_python: str | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is to run an engine with."""

    gpu: Gpu | None
    sglang: bool
    transformers: bool


def split_urls(text: str | None) -> tuple[str, ...]:
    """URLs from a list with commas between them."""
    return tuple(url.strip().rstrip("/") for url in (text or "").split(",") if url.strip())


def look_around(wanted: Wanted) -> Machine:
    """This machine, as far as a choice depends on it.

    Raises:
        EngineUnavailable: the Python that was named as SGLang's has none.
    """
    packages = all(find_spec(name) is not None for name in PACKAGES)
    if wanted.sglang_python is not None:
        find_python(wanted.sglang_python)
    sglang = not on_zero_gpu() and has_sglang(wanted.sglang_python)
    return Machine(find_gpu(), sglang, packages)


def decide(wanted: Wanted, machine: Machine) -> tuple[str, str]:
    """The engine to use, and why that one.

    Raises:
        EngineUnavailable: what was asked for does not exist, cannot run here, or is contradictory.
    """
    if wanted.engine not in ENGINES:
        raise EngineUnavailable(
            f"There is no engine {wanted.engine!r}. Use one of: {', '.join(ENGINES)}."
        )
    if wanted.urls and wanted.engine not in ("auto", "sglang", PROTOCOL):
        raise EngineUnavailable(
            f"A server to connect to was given, but the {wanted.engine} engine uses none. "
            "Leave one of the two out."
        )
    if wanted.engine == "auto":
        return _best(wanted, machine)
    if wanted.engine == PREVIEW and (wanted.model or wanted.revision):
        raise EngineUnavailable(
            f"The preview engine runs no weights, but {wanted.model or wanted.revision} was asked "
            "for. Leave the model out, or choose another engine."
        )
    if wanted.engine == PROTOCOL:
        _require_endpoint(wanted)
    if wanted.engine == "transformers" and not machine.transformers:
        raise EngineUnavailable(
            f"The transformers engine needs these packages: {', '.join(PACKAGES)}. "
            "Install them with: pip install 'personavlm[cpu]' (or [gpu])"
        )
    return wanted.engine, "asked for"


def _require_endpoint(wanted: Wanted) -> None:
    """
    Raises:
        EngineUnavailable: what the openai engine needs was not given, or more than it can use.
    """
    if not wanted.model:
        raise EngineUnavailable(
            "The openai engine needs the name of a model, as its provider calls it: "
            "for example --model gpt-4o."
        )
    if wanted.revision:
        raise EngineUnavailable(
            f"The openai engine asks for models by name alone; revision {wanted.revision} cannot "
            "be had from it. Leave it out, or name an exact version with --model."
        )
    if len(wanted.urls) > 1:
        raise EngineUnavailable(
            "The openai engine asks one address; a list of them was given. Name one."
        )
    if not wanted.urls and not _key(wanted):
        raise EngineUnavailable(
            f"{OPENAI} needs a key. Set it in PERSONAVLM_ENGINE_KEY or OPENAI_API_KEY, or name "
            "another address with --engine-url."
        )


def _key(wanted: Wanted) -> str | None:
    """That of the environment is for OpenAI's own address: no other is sent it."""
    at_openai = wanted.urls in ((), (OPENAI,))
    return wanted.key or (os.environ.get("OPENAI_API_KEY") if at_openai else None)


def _best(wanted: Wanted, machine: Machine) -> tuple[str, str]:
    if wanted.urls:
        return "sglang", "a running server was given"
    if machine.gpu and machine.sglang:
        return "sglang", f"found {machine.gpu.name} and SGLang"
    if machine.gpu and machine.transformers:
        return "transformers", f"found {machine.gpu.name} but no SGLang"
    if wanted.model and machine.transformers:
        return "transformers", "no GPU found: on the CPU, slowly"
    if wanted.model:
        raise EngineUnavailable(
            f"Nothing here can run {wanted.model}: no GPU was found, and not all of these are "
            f"installed: {', '.join(PACKAGES)}. Install them with: pip install 'personavlm[cpu]'"
        )
    return PREVIEW, "no GPU found"


def choose_engine(wanted: Wanted, encoder: TextEncoder) -> tuple[Engine, str]:
    """The engine, not loaded yet, and why that one.

    Raises:
        EngineUnavailable: what was asked for cannot run here; the message says what is missing.
    """
    machine = look_around(wanted)
    name, why = decide(wanted, machine)
    if name == "sglang":
        return _sglang(wanted, machine), why
    if name == PROTOCOL:
        return _openai(wanted), why
    if name == "transformers":
        return _transformers(wanted, machine), why
    from personavlm.engines.preview.engine import PreviewEngine

    return PreviewEngine(encoder), why


def _sglang(wanted: Wanted, machine: Machine) -> Engine:
    from personavlm.engines.sglang.engine import SGLangEngine

    gpu = machine.gpu is not None
    if wanted.urls:
        return SGLangEngine(None, python=None, urls=wanted.urls, key=wanted.key, gpu=gpu)
    python = find_python(wanted.sglang_python)
    return SGLangEngine(_weights(wanted, machine), python=python, gpu=gpu)


def _openai(wanted: Wanted) -> Engine:
    from personavlm.engines.openai.engine import OpenAIEngine

    (url,) = wanted.urls or (OPENAI,)
    return OpenAIEngine(Endpoint(wanted.model or "", url=url, key=_key(wanted)))


def _transformers(wanted: Wanted, machine: Machine) -> Engine:
    if on_zero_gpu():
        from personavlm.engines.transformers.zero import ZeroGpuEngine

        return ZeroGpuEngine(_weights(wanted, machine))
    from personavlm.engines.transformers.engine import TransformersEngine

    return TransformersEngine(_weights(wanted, machine), "cuda" if machine.gpu else "cpu")


def _weights(wanted: Wanted, machine: Machine) -> Callable[[Report], Weights]:
    """What fetches and checks the weights, once an engine loads."""

    def prepare(report: Report) -> Weights:
        from personavlm.hub.fit import require_fit  # these import huggingface_hub
        from personavlm.hub.prepare import prepare_weights

        weights = prepare_weights(
            wanted.model or PUBLISHED, revision=wanted.revision, report=report
        )
        if machine.gpu and machine.gpu.free is not None:
            require_fit(weights, machine.gpu.free, machine.gpu.name)
        return weights

    return prepare
