"""`--dry-run`: tokens and time, from finished cases where there are any, and what is assumed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from eval.made import write_personamem
from eval.subjects import BUILDING, memories, person, subject
from openai_server import openai_server

from eval import run
from eval.benchmarks.replay import told
from eval.estimate import FACT, INSTRUCTIONS, LANES, PICTURE, TOPICS, Cost, _updates
from eval.methods.remembering import WHOLE, Remembering


def estimated(given: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert run.main([*given, "--dry-run"]) == 0
    return capsys.readouterr().out.partition("Estimate of what is left:\n")[2]


def test_from_characters_then_from_what_was_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = write_personamem(tmp_path / "data", 40), tmp_path / "out"
    with openai_server() as server:
        server.reply = lambda body: "(b)"
        asked = ["--benchmark", "personamem", "--data", str(data), "--method", "full", "--engine",
                 "openai", "--engine-url", server.url, "--model", "scripted", "--out"]  # fmt: skip
        before = estimated([*asked, str(out)], capsys)
        assert not server.asked, "a dry run asks nobody"
        assert "Tokens of full (openai: scripted): counted in characters." in before
        assert re.search(
            r"Answers: 40 calls, [\d,]+ tokens read, 300 generated; about 1 min", before
        )
        assert before.count("Assumed, not measured:") == 2
        assert "989 TFLOPS" in before
        assert run.main([*asked, str(out / "pilot"), "--limit", "10"]) == 0
        capsys.readouterr()
        after = estimated([*asked, str(out)], capsys)
        done = estimated([*asked, str(out / "pilot"), "--limit", "10"], capsys)
        refused = estimated([*asked, str(out / "pilot"), "--limit", "9"], capsys)
    assert "measured on 10 cases of" in after
    [shown] = re.findall(r"Answers: 40 calls, ([\d,]+) tokens", after)
    [pilot] = (out / "pilot").glob("personamem-32k/*/cases.jsonl")
    used = [json.loads(line)["usage"]["prompt_tokens"] for line in pilot.read_text().splitlines()]
    assert int(shown.replace(",", "")) == pytest.approx(4 * sum(used), abs=50)
    assert "Answers: 0 calls" in done
    assert "Answers: 0 calls" in refused


def test_memories_are_counted_as_the_product_asks(tmp_path: Path) -> None:
    cases = person(tmp_path, 2)
    of = subject(tmp_path)
    method = Remembering(WHOLE, of, memories(tmp_path, of))
    cost = sum(_updates(told(cases[0])), Cost())
    assert cost.calls == BUILDING == method.calls(cases) - 2 * method.calls(()) - 2 * 5
    assert cost.generated == 6 * FACT + 6 * TOPICS
    assert cost.read > BUILDING * INSTRUCTIONS + 2 * PICTURE


def test_time_goes_with_cards_and_people() -> None:
    cost = Cost(100, 3e6, 1e5)
    one = cost.seconds(1, 400)
    assert cost.seconds(8, 400) == pytest.approx(one / 8)
    assert cost.seconds(1, 1) > one, "one at a time generates slowly"
    assert cost.seconds(8, 4) > cost.seconds(8, 8 * LANES) * 4
    assert cost.times(3).seconds(1, 400) == pytest.approx(3 * one)
