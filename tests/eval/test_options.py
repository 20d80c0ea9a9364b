"""The command line: what goes together, and one line on what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval import run
from eval.case import Benchmark
from eval.options import options


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("", "name a --table, a --benchmark, or --smoke"),
        ("--data DIR", "name a --table"),
        ("--html", "unrecognized arguments"),
        ("--table 3", "invalid choice"),
        ("--table 1 --limit 0", "invalid positive value"),
        ("--table 1 --concurrency 0", "invalid positive value"),
        ("--smoke --table 1", "leave --table out"),
        ("--smoke --benchmark p-soups", "leave --benchmark out"),
        ("--smoke --data DIR", "leave --data out"),
        ("--smoke --engine sglang", "leave --engine out"),
        ("--smoke --model org/some", "leave --model out"),
        ("--table 1 --judge-model gpt", "--judge-model is for --table open"),
        ("--table 11 --method full", "has its own methods: leave --method out"),
        ("--table open --benchmark p-soups", "is of persona-mme"),
        ("--table 11 --benchmark personamem", "is of persona-mme"),
        ("--benchmark p-soups --data DIR --data-revision abc", "--data names a folder"),
        ("--table 1 --data-revision abc", "say of which benchmark"),
        ("--table 1 --data-revision beam=abc", "beam is none of persona-mme, personamem, p-soups"),
    ],
)
def test_what_does_not_go_together_is_said_in_a_line(
    given: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run.main(given.split())
    assert ended.value.code == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert line.startswith("run.py: error: ")
    assert reason in line


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("--table 9 --benchmark persona-mme", "Table 9 has no row of persona-mme."),
        ("--table 4 --context 32k", "Table 4 has no row of 32k."),
        ("--table 1 --benchmark personamem --method profile", "reads the profiles of p-soups"),
        ("--benchmark personamem --method few-shot", "shows the comparisons of p-soups"),
        ("--benchmark p-soups --method self-critic", "the preview engine has none"),
        ("--table 11", "the preview engine runs none"),
        ("--table open", "name it with --judge-model"),
        ("--benchmark personamem --method predictions", "--predictions FILE go together"),
    ],
)
def test_what_cannot_be_made_of_it_is_said_in_a_line(
    given: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [*given.split(), "--data", str(tmp_path), "--dry-run", "--out", str(tmp_path / "out")]
    assert run.main([*asked, *([] if "open" in given else ["--engine", "preview"])]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert reason in line
    assert not (tmp_path / "out").exists()


def test_revisions_of_data_go_to_their_benchmarks() -> None:
    several = ["--table", "1", "--data-revision", "personamem=a", "--data-revision",
               "persona-mme=v=1"]  # fmt: skip
    assert options(several, "").data_revision == {"personamem": "a", "persona-mme": "v=1"}
    one = ["--benchmark", "p-soups", "--data-revision", "abc"]
    assert options(one, "").data_revision == {Benchmark.P_SOUPS: "abc"}
    assert options(["--table", "9", "--data-revision", "b"], "").data_revision == {"p-soups": "b"}
    assert options(["--table", "11", "--data-revision", "c"], "").data_revision == {
        "persona-mme": "c"
    }


def test_help_says_what_each_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run.main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert told.startswith("usage: run.py (--table TABLE | --benchmark BENCHMARK | --smoke)")
    for heading in ("what is run:", "its data:", "its model", "how it is run:", "open comparison"):
        assert heading in told
