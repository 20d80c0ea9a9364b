"""Which of the models that the paper has rows of is run here, by what it is called."""

from __future__ import annotations

import re

from eval.methods.subject import Subject
from personavlm.engines.openai.engine import OpenAIEngine

BASELINE = "Qwen2.5-VL-7B"  # of PersonaVLM, and of the rows Self-Critic and Few-Shot (Table 2)
MODELS = (
    *("GPT-4o-mini", "GPT-4o", "GPT-5", "Gemini-2.5-Flash", "Claude-3.7-Sonnet"),
    *(BASELINE, "InternVL3-8B", "InternVL3-38B", "Qwen3-VL-8B", "Qwen3-30B-A3B"),
    "OneVision-1.5-8B",
)
# What may stand around such a name: who publishes it, which release it is, a commit. Nothing else:
# gpt-4o-audio, or weights that somebody tuned further, are other models.
_BEFORE = r"(?:.*/)?(?:llava-)?"
_AFTER = r"(?:-instruct)?(?:-hf)?(?:-\d{4}-\d\d-\d\d|-\d{8})?(?:@(?:main|[0-9a-f]+))?"


def named(name: str) -> str | None:
    """The model of the paper that goes by this name, on the Hub or at a provider; or None."""
    plain = _plain(name)
    for model in MODELS:
        if re.fullmatch(f"{_BEFORE}{re.escape(_plain(model))}{_AFTER}", plain):
            return model
    return None


def run_by(subject: Subject) -> str | None:
    """The model of the paper that answers, known once it is loaded.

    By its weights; for a model at a provider, by what that says it ran, not by what was asked for.
    """
    engine = subject.model.engine
    if engine.weights is not None:
        return named(engine.weights.name)
    served = engine.served if isinstance(engine, OpenAIEngine) else None
    return named(served) if served else None


def _plain(name: str) -> str:
    return name.casefold().replace(".", "-")  # providers write 3-7 for 3.7
