"""Which model of the paper a model here is: by its whole name, and by what really answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from eval.subjects import subject
from openai_server import KEY, openai_server
from scripted import ScriptedEngine

from eval.methods import paper
from eval.methods.critic import Critic
from eval.methods.fewshot import FewShot
from eval.methods.prompted import Prompted
from eval.published.lookup import TABLES
from personavlm.engines.openai.endpoint import Endpoint
from personavlm.engines.openai.engine import OpenAIEngine
from personavlm.hub.weights import Weights


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("gpt-4o", "GPT-4o"),
        ("gpt-4o-2024-08-06", "GPT-4o"),
        ("openai/gpt-4o", "GPT-4o"),
        ("gpt-4o-mini-2024-07-18", "GPT-4o-mini"),
        ("claude-3-7-sonnet-20250219", "Claude-3.7-Sonnet"),
        ("google/gemini-2.5-flash", "Gemini-2.5-Flash"),
        ("Qwen/Qwen2.5-VL-7B-Instruct@cc59489", "Qwen2.5-VL-7B"),
        ("OpenGVLab/InternVL3-8B-hf", "InternVL3-8B"),
        ("lmms-lab/LLaVA-OneVision-1.5-8B-Instruct", "OneVision-1.5-8B"),
        ("gpt-4o-audio-preview", None),
        ("chatgpt-4o-latest", None),
        ("gpt-5-mini", None),
        ("Qwen/Qwen2.5-VL-72B-Instruct", None),
        ("me/Qwen2.5-VL-7B-Instruct-tuned", None),
        ("gemini-2.5-flash-lite", None),
        ("scripted", None),
    ],
)
def test_models_by_name(name: str, model: str | None) -> None:
    assert paper.named(name) == model


def test_every_row_of_a_model_can_be_met() -> None:
    rows = {row.model for table in TABLES[:3] for row in table.rows}
    others = {name for name in rows if name.startswith(("PersonaVLM", "w/o"))}
    assert rows - others - {"Random", "Self-Critic", "Few-Shot"} == set(paper.MODELS)


@pytest.mark.parametrize(
    ("served", "published"),
    [
        ("gpt-4o-2024-08-06", ("GPT-4o (full context)", "GPT-4o")),
        ("gpt-4o-mini-2024-07-18", ("GPT-4o-mini (full context)", "GPT-4o-mini")),
        ("some-other-model", ()),
    ],
)
def test_what_answers_counts_and_not_what_was_asked_for(
    tmp_path: Path, served: str, published: tuple[str, ...]
) -> None:
    with openai_server() as server:
        server.served = served
        engine = OpenAIEngine(Endpoint("gpt-4o", url=server.url, key=KEY))
        of = subject(tmp_path, engine, model="gpt-4o")
        assert Prompted("full", of).published == (), "nothing has answered yet"
        engine.load()
        assert Prompted("full", of).published == published
        assert Prompted("no-context", of).published == ()
        assert Critic(of).published == FewShot(of).published == (), "rows of another model"
        assert str(of.settings["answered by"]).startswith(f"{served} on openai")
        assert of.title == "openai: gpt-4o"


def test_rows_of_the_papers_baseline(tmp_path: Path) -> None:
    engine = ScriptedEngine()
    of = subject(tmp_path, engine)
    assert Critic(of).published == ()
    engine.weights = Weights(
        *("Qwen/Qwen2.5-VL-7B-Instruct", "c" * 40, tmp_path),
        *("Qwen2_5_VLForConditionalGeneration", "bfloat16", 1),
    )
    assert Critic(of).published == ("Self-Critic",)
    assert FewShot(of).published == ("Few-Shot",)
    assert Prompted("rag", of).published == ("Qwen2.5-VL-7B (RAG)",)
