"""`run.py --smoke`: the whole of it, and that it fails where a memory does not work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval import run, smoke
from eval.journal import CASES, read
from eval.scoring.groups import WITH, WITHOUT


def summary(out: Path, ours: float) -> Path:
    scores = {"personavlm (preview)": ours, "random": 25.0, "first": 30.0, "longest": 20.0}
    scores["shortest"] = 40.0
    rows = [
        {"context": "32k", "method": method, "group": group, "score": score}
        for method, score in scores.items()
        for group in (WITHOUT, WITH, "Memory")
    ]
    (out / "summary.json").write_text(json.dumps({"rows": rows}))
    return out


def test_fifteen_points_above_the_best_rule_are_expected(tmp_path: Path) -> None:
    assert smoke.verdict(summary(tmp_path, 55.0)).count("+15.00 against the best rule") == 2
    with pytest.raises(smoke.Failed, match=r"54\.90, \+14\.90 .* at least 15 points"):
        smoke.verdict(summary(tmp_path, 54.9))


def test_it_says_what_it_would_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--smoke", "--dry-run", "--out", str(tmp_path), "--limit", "6"]) == 0
    *lines, estimate = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 * len(smoke.METHODS)
    assert "no language model: no tokens, and no estimate" in estimate
    [ours] = [line for line in lines if "32k/personavlm-preview:" in line]
    assert "6 of 39 cases" not in ours, "rows are counted, and a row may be three cases"
    assert " model calls" in ours
    assert not list(tmp_path.rglob(CASES))


@pytest.mark.slow
def test_a_memory_that_brings_nothing_fails_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("eval.methods.remembering._texts", lambda hit: ())
    asked = ["--smoke", "--out", str(tmp_path), "--concurrency", "2"]
    assert run.main(asked) == 1
    assert "at least 15 points were expected" in capsys.readouterr().err


@pytest.mark.slow
def test_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--smoke", "--out", str(tmp_path), "--concurrency", "2"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("against the best rule") == 4
    assert smoke.NOTE in printed
    assert "personavlm (preview): answered by preview; no language model" in printed
    out = tmp_path / smoke.FOLDER
    whole = read(out / "persona-mme-32k/personavlm-preview")
    assert whole.complete
    assert not any(record.failed for record in whole.records)
    rows = json.loads((out / "summary.json").read_text())["rows"]
    assert not [row for row in rows if row["published"] and row["method"] != "random"]
    files = {path: path.read_bytes() for path in out.rglob("*.jsonl")}
    assert run.main(["--smoke", "--out", str(tmp_path)]) == 0
    assert files == {path: path.read_bytes() for path in out.rglob("*.jsonl")}
