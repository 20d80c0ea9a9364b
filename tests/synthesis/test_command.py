"""`personavlm synthesize` with a model: from personas to files that the evaluation reads.

The model is a scripted server on loopback (`played`); everything else is what really runs.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from openai_server import OpenAIServer
from synthesis.played import album, personas
from typer import Typer
from typer.testing import CliRunner

from eval import run
from personavlm.synthesis.command import synthesize

ROOT = Path(__file__).resolve().parents[2]


def asked_for(server: OpenAIServer, folder: Path, *more: str) -> list[str]:
    if not (folder / "personas.jsonl").exists():
        personas(folder / "personas.jsonl")
        album(folder / "pictures")
    return [
        "--model", "scripted", "--engine-url", server.url, "--seed", "254", "--out",
        str(folder / "out"), "--personas", str(folder / "personas.jsonl"), "--pictures",
        str(folder / "pictures"), *more,
    ]  # fmt: skip


def command(*args: str):
    app = Typer()
    app.command()(synthesize)
    return CliRunner().invoke(app, args)


def test_from_personas_to_files_that_the_evaluation_reads(
    server: OpenAIServer, tmp_path: Path
) -> None:
    more = ("--people", "1", "--check-model", "scripted", "--prices", "2.5", "10")
    done = command(*asked_for(server, tmp_path, *more))
    assert done.exit_code == 0, done.output
    out = tmp_path / "out"
    figures = json.loads((out / "report.json").read_text())
    took = figures["asked"]
    assert took["writer"]["requests"] + took["check"]["requests"] == len(server.asked)
    assert took["writer"]["served"] == ["scripted-2024-08-06"]
    money = (2.5 * took["writer"]["tokens read"] + 10 * took["writer"]["tokens generated"]) / 1e6
    assert f"generated, {money:,.2f} spent" in done.output
    for line in (f"scripted; served: {took['check']['served'][0]}", "plots/fig7-rows.png"):
        assert line in (out / "report.md").read_text()
    assert json.loads((out / "card.json").read_text())["source"] == "scripted"
    rows = json.loads((out / "sft" / "sft.json").read_text())
    assert all((out / "sft" / path).is_file() for row in rows for path in row.get("image", ()))
    assert any(row.get("image") for row in rows)

    options = ["--benchmark", "persona-mme", "--data", str(out), "--method", "longest"]
    assert run.main([*options, "--out", str(tmp_path / "eval")]) == 0
    summary = json.loads((tmp_path / "eval" / "summary.json").read_text())
    [overall] = [row for row in summary["rows"] if row["group"] == "Overall without Alignment"]
    assert overall["n"] == figures["measures"]["questions"]


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ((), "add --simulator"),
        (("--simulator", "--model", "x"), "Who is to write them?"),
        (("--model", "x"), "needs a key. Set it in PERSONAVLM_ENGINE_KEY or OPENAI_API_KEY"),
        (
            ("--simulator", "--check-model", "x"),
            "needs a key. Set it in PERSONAVLM_JUDGE_KEY or OPENAI_API_KEY",
        ),
    ],
)
def test_what_is_missing_is_named(
    args: tuple[str, ...], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PERSONAVLM_ENGINE_KEY", "PERSONAVLM_JUDGE_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    refused = command("--people", "1", "--out", str(tmp_path / "out"), *args)
    assert refused.exit_code == 1
    assert problem in refused.output and "Traceback" not in refused.output


def test_keys_go_where_they_belong(
    server: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERSONAVLM_ENGINE_KEY", "sk-writer")
    monkeypatch.setenv("PERSONAVLM_JUDGE_KEY", "sk-check")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-openai")
    more = ("--people", "1", "--format", "rl", "--check-model", "scripted")
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    done = command(*asked_for(server, tmp_path, *more, "--check-url", elsewhere))
    assert done.exit_code == 0, done.output
    assert set(server.keys) == {"sk-writer", "sk-check"}
    checks = [key for key in server.keys if key == "sk-check"]
    assert len(checks) == 3 * json.loads(
        (tmp_path / "out" / "report.json").read_text()
    )["checked"]["question"]  # fmt: skip


def started(args: list[str]) -> subprocess.Popen[str]:
    code = "import sys; from personavlm.cli import app; app(sys.argv[1:])"
    return subprocess.Popen(
        [sys.executable, "-c", code, "synthesize", *args],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        env=os.environ | {"PERSONAVLM_ENGINE_KEY": "sk-key"},
    )  # fmt: skip


def wait_for(server: OpenAIServer, count: int, process: subprocess.Popen[str]) -> None:
    while len(server.asked) < count and process.poll() is None:
        time.sleep(0.005)


@pytest.mark.slow
def test_killed_and_interrupted_it_goes_on_from_the_pieces(
    server: OpenAIServer, tmp_path: Path
) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "killed").mkdir()
    more = ("--people", "2", "--concurrency", "2", "--format", "sft")
    whole = started(asked_for(server, tmp_path / "whole", *more))
    assert whole.wait() == 0, whole.communicate()[1]
    expected = len(server.asked)
    args = asked_for(server, tmp_path / "killed", *more)
    for sent, code in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)):
        process = started(args)
        wait_for(server, len(server.asked) + expected // 3, process)
        process.send_signal(sent)
        _, errors = process.communicate()
        assert process.returncode == code
        if sent is signal.SIGINT:
            assert errors.splitlines()[-1] == "Interrupted. The same command goes on from here."
            assert "Traceback" not in errors
    last = started(args)
    assert last.wait() == 0, last.communicate()[1]
    assert (
        expected <= len(server.asked) - expected <= expected + 2
    )  # what was in flight at the kill
    for name in ("sft/sft.json", "lives/00000.json", "lives/00001.json", "rejections.jsonl"):
        one, other = (tmp_path / run / "out" / name for run in ("whole", "killed"))
        if name.startswith("lives"):
            text = other.read_text().replace(str(tmp_path / "killed"), str(tmp_path / "whole"))
            assert text == one.read_text()
        else:
            assert other.read_bytes() == one.read_bytes()
