"""`run.py --table`: which runs a table of the paper comes to, for which model; runs are shared."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from eval.made import (
    SHARED,
    shared,
    write_history,
    write_p_soups,
    write_persona_mme,
    write_personamem,
)
from eval.subjects import subject
from openai_server import MODEL, openai_server
from scripted import ScriptedEngine

from eval import run
from eval.benchmarks.load import READERS
from eval.case import Benchmark
from eval.journal import read
from eval.methods.choose import usual
from eval.methods.remembering import NAMES as VERSIONS
from eval.tables import TABLES, Share, beside, shares

MME, MEM, SOUPS = Benchmark


def every(folder: Path) -> Path:
    """The three benchmarks, each in a folder of its name."""
    write_persona_mme(folder / MME)
    for user in ("50/0", "100/7", "500/3"):
        write_history(folder / MME, user)
    write_personamem(folder / MEM, 8)
    write_p_soups(folder / SOUPS)
    return folder


def wanted(folder: Path, table: str | None, model: str, **only: object) -> list[Share]:
    of = subject(folder, ScriptedEngine(), model=model)
    about = {"benchmark": None, "context": None, "methods": (), **only}
    return shares(table, subject=of, **about)  # type: ignore[arg-type]


def own(share: Share) -> set[str]:
    """Without what stands in every table."""
    return set(share.methods) - {*usual(share.benchmark), "no-context"}


OURS, QWEN, ANY = "ClareNie/PersonaVLM", "Qwen/Qwen2.5-VL-7B-Instruct", "org/some-model"


@pytest.mark.parametrize(
    ("table", "model", "methods"),
    [
        ("1", OURS, {"personavlm"}),
        ("1", QWEN, {"full", "rag"}),
        ("1", ANY, {"personavlm", "full", "rag"}),
        ("4", QWEN, {"full"}),
        ("8", OURS, set(VERSIONS) - {"without-pem"}),
        ("8", QWEN, set(VERSIONS) - {"without-pem"}),
        ("9", OURS, {"personavlm", "without-pem"}),
    ],
)
def test_a_model_makes_its_own_rows(
    tmp_path: Path, table: str, model: str, methods: set[str]
) -> None:
    made = wanted(tmp_path, table, model)
    assert {(share.benchmark, share.context) for share in made} == {
        (part.benchmark, context) for part in TABLES[table] for context in part.contexts
    }
    for share in made:
        assert own(share) == methods
        assert {"longest", "no-context"} < set(share.methods), "what is given away is in each"


def test_methods_that_do_not_go_with_a_benchmark_are_left_out(tmp_path: Path) -> None:
    made = {share.benchmark: own(share) for share in wanted(tmp_path, "2", QWEN)}
    assert made == {MME: {"full", "self-critic"}, SOUPS: {"full", "self-critic", "few-shot"}}
    [memory] = wanted(tmp_path, "1", ANY, benchmark=MEM, context="32k", methods=["all"])
    assert "few-shot" not in memory.methods
    assert "profile" not in memory.methods
    assert set(VERSIONS) < set(memory.methods)


def test_all_tables_share_their_runs(tmp_path: Path) -> None:
    made = wanted(tmp_path, "all", ANY)
    about = [(share.benchmark, share.context) for share in made]
    assert len(set(about)) == len(about)
    every_length = {(name, length) for name in Benchmark for length in READERS[name].contexts}
    assert set(about) == every_length
    for share in made:
        assert len(set(share.methods)) == len(share.methods)
        for table in TABLES:
            for one in wanted(tmp_path, table, ANY):
                if (one.benchmark, one.context) == (share.benchmark, share.context):
                    assert set(one.methods) <= set(share.methods)


def test_rows_of_other_models_are_said_to_be_published_only() -> None:
    told = beside("1", ("PersonaVLM-RL (RAG)", "PersonaVLM"))
    here, published = told.split("; published only: ")
    assert here == "Table 1: run here: PersonaVLM-RL (RAG)"
    assert "GPT-4o (full context)" in published
    assert "PersonaVLM-SFT (RAG)" in published
    assert "run here: none of its rows" in beside("9", ())


def test_a_dry_run_of_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = every(tmp_path / "data")
    asked = ["--table", "all", "--data", str(data), "--out", str(tmp_path / "out")]
    assert run.main([*asked, "--engine", "preview", "--dry-run"]) == 0
    printed = capsys.readouterr()
    lines = [line for line in printed.out.splitlines() if " model calls" in line]
    assert len(lines) == len({line.split(":")[0] for line in lines}), "each run once"
    for folder in ("persona-mme-32k", "persona-mme-128k", "personamem-32k", "p-soups"):
        assert any(f"/{folder}/personavlm-preview: " in line for line in lines)
    assert any("/p-soups/without-pem-preview: " in line for line in lines)
    assert "Table 11 counts the tokens of a language model" in printed.err
    assert "Not run: Fig. 5" in printed.err
    assert "has no questions_128k.csv" in printed.err
    assert not (tmp_path / "out").exists()


def test_a_table_of_a_model_at_a_provider(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """GPT-4o by its own name stands beside its row, with its own baselines and no others."""
    data = every(tmp_path / "data")
    with openai_server() as server:
        server.served = "gpt-4o-2024-08-06"
        server.reply = lambda body: "(b)"
        asked = ["--table", "4", "--data", str(data), "--out", str(tmp_path / "out"), "--engine",
                 "openai", "--engine-url", server.url, "--model", "gpt-4o"]  # fmt: skip
        assert run.main(asked) == 0
    printed = capsys.readouterr().out
    assert "Table 4: run here: Random, GPT-4o; published only: GPT-4o-mini, GPT-5" in printed
    made = {path.parent.name: read(path.parent) for path in (tmp_path / "out").glob("*/*/*.json")}
    assert {name.split("-openai")[0] for name in made} == {*usual(MME), "no-context", "full"}
    [full] = [made for name, made in made.items() if name.startswith("full")]
    assert {record.reply for record in full.records} == {"(b)"}
    rows = json.loads((tmp_path / "out/summary.json").read_text())["rows"]
    [ours] = [row for row in rows if row["method"] == full.manifest.method
              and row["group"] == "Overall with Alignment"]  # fmt: skip
    assert ours["published"] == 71.9
    assert MODEL not in printed


@shared
def test_table_1_on_the_published_questions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The real questions; what they give away stands in the table as it is known."""
    (tmp_path / "data").mkdir()
    shutil.copytree(SHARED / "personamem", tmp_path / "data" / MEM)
    asked = ["--table", "1", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "out"),
             "--method", "longest", "--method", "random"]  # fmt: skip
    assert run.main(asked) == 0
    printed = capsys.readouterr()
    assert "persona-mme" in printed.err.lower() or "Persona-MME.json" in printed.err
    rows = json.loads((tmp_path / "out/summary.json").read_text())["rows"]
    [micro] = [row["score"] for row in rows if row["method"] == "longest"
               and row["group"] == "Overall (micro)"]  # fmt: skip
    assert round(micro, 1) == 51.6
    assert "Table 1: run here: none of its rows" in printed.out


@pytest.mark.slow
def test_the_open_comparison_is_a_table_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = every(tmp_path / "data")
    with openai_server() as server:
        server.reply = lambda body: "Ties"
        asked = ["--table", "open", "--data", str(data), "--out", str(tmp_path / "out"), "--limit",
                 "4", "--engine", "preview", "--judge-model", "scripted", "--judge-url",
                 server.url]  # fmt: skip
        assert run.main([*asked, "--dry-run"]) == 0
        assert not server.asked
        assert "4 of 15 questions" in capsys.readouterr().out
        assert run.main(asked) == 0
        assert len(server.asked) >= 8, "both orders"
    assert not (tmp_path / "out/summary.json").exists()
