"""`run.py --table 11`: what an answer costs, counted by a server, beside the published figures."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from eval.made import FITS, persona_mme_row, write_history, write_persona_mme
from openai_server import Body, openai_server, words_of

from eval import run
from eval.benchmarks.persona_mme import ALIGNMENT, read
from eval.efficiency import QUESTIONS, draw
from eval.journal import MANIFEST
from eval.journal import read as run_of
from eval.published.efficiency import row_of
from eval.report.efficiency import FOLDER

PEOPLE = ("50/0", "50/1", "100/7", "500/3")


def people(folder: Path, questions: int = 12) -> Path:
    rows = [persona_mme_row(n, PEOPLE[n % 4], **FITS) for n in range(questions)]
    for user in PEOPLE:
        write_history(folder, user, 0)
    return write_persona_mme(folder, rows)


def trained(body: Body) -> str:
    """What PersonaVLM would say, in words of the product's own prompts; a letter to a question."""
    said = words_of(body)
    if "<think>" in said:
        return "<think>They said so. That is enough.</think><answer>(a)</answer>"
    return "(a)" if "Options:" in said else "nothing to note"


def ran(out: Path, data: Path, url: str, *options: str) -> int:
    return run.main(["--table", "11", "--data", str(data), "--out", str(out), "--engine", "openai",
                     "--engine-url", url, "--model", "scripted", *options])  # fmt: skip


def test_the_same_questions_one_at_a_time_beside_the_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = people(tmp_path / "data"), tmp_path / "out"
    with openai_server() as server:
        server.reply = trained
        assert ran(out, data, server.url, "--limit", "6", "--concurrency", "2") == 0
        asked = len(server.asked)
        printed = capsys.readouterr().out
        assert ran(out, data, server.url, "--limit", "6") == 0
        assert len(server.asked) == asked + 1, "all is done: it is greeted, and no more"
    assert printed.startswith("## Efficiency: our runs")
    runs = [run_of(path.parent) for path in (out / FOLDER).glob(f"*/*/{MANIFEST}")]
    drawn: dict[str, set[str]] = {}
    for made in runs:
        assert made.manifest.settings["requests at a time"] == 1
        assert made.manifest.settings["drawn"] == 6
        method = made.manifest.method.split(" ")[0]
        drawn.setdefault(method, set()).update(record.case for record in made.records)
    assert set(drawn) == {"full", "without-reasoning", "personavlm"}
    assert len({frozenset(cases) for cases in drawn.values()}) == 1
    rows = json.loads((out / "efficiency.json").read_text())["rows"]
    assert [row["n"] for row in rows] == [6, 6, 6]
    for row in rows:
        records = [r for made in runs if made.manifest.method == row["method"]
                   for r in made.records]  # fmt: skip
        counted = sum(r.usage["prompt_tokens"] + r.usage["completion_tokens"]
                      for r in records if r.usage)  # fmt: skip
        assert row["failed"] == 0
        assert row["tokens"] == pytest.approx(counted / 6, abs=0.2)
        assert row["seconds"] > 0
        assert row["published_tokens"] is None, "that is another model"
    with (out / "efficiency.csv").open() as table:
        assert [row["method"] for row in csv.DictReader(table)] == [row["method"] for row in rows]
    for figure in ("43,530", "2,726", "2,170", "8.4", "2.09 [1]", "10.18 [2]", "one request"):
        assert figure in printed
    assert not (out / "tables.md").exists(), "no accuracy was asked for"


def test_other_draws_are_other_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = people(tmp_path / "data"), tmp_path / "out"
    with openai_server() as server:
        server.reply = trained
        assert ran(out, data, server.url, "--limit", "2", "--context", "32k") == 0
        for other in (["--limit", "3"], ["--limit", "2", "--seed", "1"]):
            assert ran(out, data, server.url, *other, "--context", "32k") == 1
            assert "holds another run" in capsys.readouterr().err


def test_what_is_drawn(tmp_path: Path) -> None:
    data = people(tmp_path, 400)
    cases = [case for context in ("32k", "128k") for case in read(data, context)]
    drawn = draw(cases, QUESTIONS, 0)
    assert len(drawn) == len({case.id for case in drawn}) == 100
    assert drawn == draw(cases, QUESTIONS, 0)
    assert drawn != draw(cases, QUESTIONS, 1)
    assert not [case for case in drawn if case.group == ALIGNMENT]
    assert {case.context for case in drawn} == {"32k", "128k"}
    assert len(draw(cases[:9], QUESTIONS, 0)) == 3


def test_the_published_rows() -> None:
    ours = row_of("PersonaVLM-RL (RAG)", "PersonaVLM")
    assert ours is not None
    assert ours.cells == (2170, 10.18)
    assert row_of("GPT-4o") is None
