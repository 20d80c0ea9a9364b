"""The whole command with a model behind OpenAI's protocol, by every method that runs a model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eval.made import SHARED, shared
from eval.subjects import person
from openai_server import (
    KEY,
    MODEL,
    NO_MODEL,
    SERVED,
    TOO_LONG,
    WRONG_KEY,
    Body,
    OpenAIServer,
    openai_server,
    pictures,
    words_of,
)

from eval import run
from eval.journal import MANIFEST, Run, read
from eval.methods.critic import AGAIN, CRITICISE

OPTIONS = "Options:\n(a)."


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    monkeypatch.setenv("PERSONAVLM_ENGINE_KEY", KEY)
    with openai_server() as server:
        server.reply = letter
        yield server


def letter(body: Body) -> str:
    """A model that always finds the first option best, until it has criticised itself."""
    last = body["messages"][-1]["content"]
    if last == CRITICISE:
        return "It overlooks what was said of (b)."
    if isinstance(last, str) and last.startswith(AGAIN):
        return "(b)"
    reasons = "<think>" in words_of(body)
    return "<think>Easy.</think><answer>(a)</answer>" if reasons else "(a)"


def asked(server: OpenAIServer, data: Path, out: Path, *options: str) -> list[str]:
    return [
        *("--data", str(data), "--out", str(out), "--engine", "openai", "--model", MODEL),
        *("--engine-url", server.url, *options),
    ]


def runs(out: Path) -> dict[str, Run]:
    return {
        read(path.parent).manifest.method.removesuffix(f" (openai: {MODEL})"): read(path.parent)
        for path in out.glob(f"*/*/{MANIFEST}")
    }


@shared
def test_each_method_on_published_pairs(server: OpenAIServer, tmp_path: Path) -> None:
    methods = ("no-context", "full", "rag", "self-critic", "few-shot", "personavlm")
    named = [part for name in methods for part in ("--method", name)]
    command = asked(
        server, SHARED / "psoups", tmp_path, "--benchmark", "p-soups", "--limit", "2",
        "--concurrency", "4", *named,
    )  # fmt: skip
    assert run.main(command) == 0
    made = runs(tmp_path)
    assert made.keys() == set(methods)
    for name, one in made.items():
        assert len(one.records) == 4
        for record in one.records:
            assert not record.failed
            assert record.reply == ("(b)" if name == "self-critic" else "(a)")
            assert record.usage is not None
            assert record.usage["prompt_tokens"] > 20
            assert record.detail is not None
            assert (
                record.detail["answered by"]
                == f"{SERVED} on openai (127.0.0.1), own prompts, no grammars"
            )
        assert one.manifest.published == (), "no model of the paper answered"
        assert one.manifest.settings["answered by"].startswith(f"{SERVED} on openai")  # type: ignore[attr-defined]
    assert set(server.keys) == {KEY}
    shown = [words_of(body) for body in server.asked if "what suits me" in words_of(body)]
    assert len(shown) == 4
    assert all(text.count("This reply suits me:") == 1 for text in shown)
    table = (tmp_path / "tables.md").read_text("utf-8")
    assert (
        f"answered by {SERVED} on openai (127.0.0.1), own prompts, no grammars; given the options"
        in table
    )
    assert "criticises its reply and replies again (in prompts of our own)" in table
    for path in filter(Path.is_file, tmp_path.rglob("*")):
        assert KEY.encode() not in path.read_bytes()


def test_a_person_with_a_picture_whose_memory_it_builds(
    server: OpenAIServer, tmp_path: Path
) -> None:
    person(tmp_path / "data", 1)
    methods = ("--method", "personavlm", "--method", "full", "--method", "self-critic")
    command = asked(
        *(server, tmp_path / "data", tmp_path / "out", "--benchmark", "persona-mme", *methods)
    )
    assert run.main(command) == 0
    made = runs(tmp_path / "out")
    assert made.keys() == {"personavlm", "full", "self-critic"}
    records = [record for one in made.values() for record in one.records]
    assert len(records) == 3
    assert not any(record.failed for record in records)
    seen = [body for body in server.asked if OPTIONS in words_of(body) and pictures(body)]
    assert len(seen) == 1 + 3, "the full context, and each call of the critic"
    kinds = {kind for kind in ('"openness"', '"decision"', '"topic_summary"', '"key"')
             for body in server.asked if kind in words_of(body)}  # fmt: skip
    assert len(kinds) == 4, "it was asked for every update"
    before = len(server.asked)
    assert run.main(command) == 0
    assert len(server.asked) == before + 1, "the greeting alone: all is there"


@pytest.mark.parametrize("refusal", [WRONG_KEY, NO_MODEL])
def test_what_cannot_be_asked_is_one_line(
    server: OpenAIServer, tmp_path: Path, refusal: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    person(tmp_path / "data", 1)
    server.refusals = [refusal]
    command = asked(server, tmp_path / "data", tmp_path / "out", "--method", "full")
    assert run.main([*command, "--benchmark", "persona-mme"]) == 1
    told = capsys.readouterr().err
    assert server.url in told
    assert KEY not in told


def test_a_case_that_is_too_long_fails_alone(server: OpenAIServer, tmp_path: Path) -> None:
    person(tmp_path / "data", 2)
    command = asked(server, tmp_path / "data", tmp_path / "out", "--method", "full")

    def reply(body: Body) -> str:
        if "What did I say, 0?" in words_of(body):
            server.refusals = [TOO_LONG] * 2  # for the case after this one, and when it is asked
        return "(a)"  # for less

    server.reply = reply
    assert run.main([*command, "--benchmark", "persona-mme"]) == 0
    [one] = runs(tmp_path / "out").values()
    [first, second] = one.records
    assert not first.failed
    assert "too long for the model: it comes to 90 tokens" in str(second.failed)


def test_other_engines_keep_their_own_words(
    server: OpenAIServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    person(tmp_path / "data", 1)
    data = ("--data", str(tmp_path / "data"), "--out", str(tmp_path / "out"))
    common = ("--benchmark", "persona-mme", "--method", "full", *data)
    assert run.main([*common, "--engine", "openai"]) == 1
    assert "needs the name of a model" in capsys.readouterr().err
    assert run.main([*common, "--engine", "preview", "--engine-url", server.url]) == 1
    assert "the preview engine uses none" in capsys.readouterr().err
    assert run.main([*common, "--engine", "preview", "--method", "self-critic"]) == 1
    assert "talks with a language model" in capsys.readouterr().err


def test_a_dry_run_asks_nobody(
    server: OpenAIServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    person(tmp_path / "data", 1)
    command = asked(server, tmp_path / "data", tmp_path / "out", "--benchmark", "persona-mme")
    assert run.main([*command, "--method", "self-critic", "--dry-run"]) == 0
    assert "1 cases, 0 done, 3 model calls" in capsys.readouterr().out
    assert server.asked == []
    assert not (tmp_path / "out").exists()


def test_the_papers_gpt_4o_stands_beside_gpt_4o(server: OpenAIServer, tmp_path: Path) -> None:
    person(tmp_path / "data", 1)
    server.served = "gpt-4o-2024-08-06"
    command = asked(server, tmp_path / "data", tmp_path / "out", "--benchmark", "persona-mme")
    assert run.main([*command, "--method", "full"]) == 0
    [one] = runs(tmp_path / "out").values()
    assert one.manifest.published == ("GPT-4o (full context)", "GPT-4o")
    rows = json.loads((tmp_path / "out/summary.json").read_text("utf-8"))["rows"]
    of = {row["group"]: row["published"] for row in rows}
    assert of["Overall without Alignment"] == 72.35, "as that model answered"
