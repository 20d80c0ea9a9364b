"""Self-Critic: three replies in one talk, and the last one counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from eval.subjects import person, subject
from scripted import HashEncoder, ScriptedEngine

from eval.case import Benchmark
from eval.methods.choose import choose
from eval.methods.critic import AGAIN, CRITICISE, Critic
from personavlm.engines.preview.engine import PreviewEngine
from personavlm.errors import BadInput
from personavlm.records import Image, Usage


def test_it_answers_criticises_and_answers_again(tmp_path: Path) -> None:
    [case, _] = person(tmp_path)
    engine = ScriptedEngine(answer=["<answer>(a)</answer>", "You row, though.", "(c)"])
    critic = Critic(subject(tmp_path, engine))
    answer = critic.answer(case)
    assert answer.reply == "(c)"
    assert (answer.detail["first reply"], answer.detail["criticism"]) == ("(a)", "You row, though.")
    assert answer.detail["shown"] == list(range(6))
    assert answer.usage == Usage(30, 5, 0, 0.03), "of all three calls"
    first, second, third = (request.messages for request in engine.requests)
    assert (second[: len(first)], third[: len(second)]) == (first, second)
    assert [message.role for message in third[2:]] == ["assistant", "user", "assistant", "user"]
    assert [message.text for message in third[2:5]] == ["(a)", CRITICISE, "You row, though."]
    assert third[5].text.startswith(AGAIN)
    assert third[5].text.endswith("(a), (b), (c) or (d), and nothing else.")
    assert "I sold the boat." in first[-1].text
    assert any(isinstance(part, Image) for part in third[1].parts), "pictures stay in the talk"
    assert critic.calls([case, case]) == 6


def test_its_prompts_are_told_to_be_ours(tmp_path: Path) -> None:
    settings = Critic(subject(tmp_path)).settings
    assert settings["context"] == "full"
    assert "criticises its reply and replies again (in prompts of our own)" in settings["asked"]  # type: ignore[operator]


def test_the_preview_engine_cannot_be_criticised(tmp_path: Path) -> None:
    of = subject(tmp_path, PreviewEngine(HashEncoder()), model=None)  # type: ignore[arg-type]
    for name in ("self-critic", "few-shot"):
        with pytest.raises(BadInput, match=f"{name} talks with a language model"):
            choose([name], Benchmark.P_SOUPS, 0, None, of)
