"""Which engine runs, and one line that says why."""

from __future__ import annotations

from personavlm.engines.base import Engine
from personavlm.errors import EngineUnavailable
from personavlm.memory.encode import TextEncoder

ENGINES = ("auto", "preview")
PREVIEW = (
    "the embedded preview engine: it finds and quotes what you told it, "
    "it does not write like a language model"
)


def choose_engine(name: str, repo: str | None, encoder: TextEncoder) -> tuple[Engine, str]:
    """An engine by name, and the line that tells people what runs and why.

    Raises:
        EngineUnavailable: there is no such engine, or it cannot run here.
    """
    if name not in ENGINES:
        raise EngineUnavailable(
            f"There is no engine {name!r} in this version. Use one of: {', '.join(ENGINES)}."
        )
    if repo is not None:
        raise EngineUnavailable(
            f"This version cannot load weights yet ({repo}): the engines that do are being built. "
            "Leave the model out to use the embedded preview engine."
        )
    from personavlm.engines.preview.engine import PreviewEngine

    why = "asked for" if name == "preview" else "this version has no engine for weights yet"
    return PreviewEngine(encoder), f"Running {PREVIEW} ({why})."
