"""`eval/run.py`: what it writes, refuses, says and goes on with."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest
from eval.made import write_p_soups, write_persona_mme, write_personamem

from eval import compare, run
from eval.journal import CASES, read

KEYS = {"benchmark", "context", "method", "group", "n", "score", "low", "high", "published"}


def rows(out: Path) -> list[dict[str, Any]]:
    summary = json.loads((out / "summary.json").read_text())
    assert summary.keys() == {"rows"}
    assert all(row.keys() == KEYS for row in summary["rows"])
    return list(summary["rows"])


def ran(benchmark: str, data: Path, out: Path, *options: str) -> list[dict[str, Any]]:
    assert (
        run.main(["--benchmark", benchmark, "--data", str(data), "--out", str(out), *options]) == 0
    )
    return rows(out)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def mem(tmp_path: Path) -> Path:
    return write_personamem(tmp_path / "mem", 40)


def test_each_method_is_a_run_of_its_own(mem: Path, out: Path) -> None:
    made = ran("personamem", mem, out)
    folders = sorted(path.name for path in (out / "personamem-32k").iterdir())
    assert folders == ["first", "longest", "random", "shortest"]
    assert {row["method"] for row in made} == set(folders)
    longest = read(out / "personamem-32k" / "longest")
    assert [record.case for record in longest.records] == [f"q{n}" for n in range(40)]
    assert {record.reply for record in longest.records} == {"(a)", "(b)", "(c)", "(d)"}
    [overall] = [r for r in made if (r["method"], r["group"]) == ("longest", "Overall (micro)")]
    right = sum(record.robust.correct for record in longest.records)
    assert (overall["score"], overall["n"]) == (round(100 * right / 40, 2), 40)
    assert overall["low"] <= overall["score"] <= overall["high"]
    assert overall["published"] is None


def test_chance_stands_beside_the_papers(tmp_path: Path, out: Path) -> None:
    made = ran("persona-mme", write_persona_mme(tmp_path / "mme"), out, "--method", "random")
    assert {row["context"] for row in made} == {"32k", "128k"}
    of = {row["group"]: row["published"] for row in made if row["context"] == "128k"}
    assert of["SIR"] == 25
    assert of["Alignment"] == 50
    assert of["Overall with Alignment"] == 32.11
    assert of["Overall without Alignment"] is None, "not in the paper"
    assert all(row["low"] is None for row in made if row["context"] == "128k"), "one person"
    text = (out / "tables.md").read_text()
    assert "What chance gives; not a run." in text
    assert "Not the set that the paper's figures are over" in text


def test_both_orders_cancel_a_liking_for_the_first(tmp_path: Path, out: Path) -> None:
    folder = write_p_soups(tmp_path / "soups")
    made = {r["group"]: r for r in ran("p-soups", folder, out, "--method", "first")}
    assert (made["Expertise"]["score"], made["Expertise"]["n"]) == (50, 6)
    assert (made["Overall"]["score"], made["Overall"]["n"]) == (50, 18)
    assert "No scorer was published" in (out / "tables.md").read_text()


def test_a_summary_is_of_all_runs_of_its_folder(mem: Path, out: Path) -> None:
    ran("personamem", mem, out, "--method", "first")
    made = ran("personamem", mem, out, "--method", "longest")
    assert {row["method"] for row in made} == {"first", "longest"}


def test_a_prediction_that_is_missing_is_wrong_and_failed(
    mem: Path, out: Path, tmp_path: Path
) -> None:
    file = tmp_path / "some.csv"
    gold = [f"q{n},({'abcd'[n % 3]})" for n in range(30)]
    file.write_text("\n".join(["id,reply", *gold]) + "\n")
    options = ("--method", "predictions", "--predictions", str(file))
    made = {row["group"]: row for row in ran("personamem", mem, out, *options)}
    assert (made["Overall (micro)"]["score"], made["Overall (micro)"]["n"]) == (75, 40)
    folder = out / "personamem-32k" / "predictions-some"
    failed = [record for record in read(folder).records if record.failed]
    assert [record.case for record in failed] == [f"q{n}" for n in range(30, 40)]
    assert (
        "10 failed and count as wrong (The file of predictions has none"
        in (out / "tables.md").read_text()
    )
    with (out / "tables.csv").open() as table:
        counts = {row["group"]: row["failed"] for row in csv.DictReader(table)}
    assert counts["Overall (micro)"] == "10"


def test_where_the_scorers_differ_both_are_given(mem: Path, out: Path, tmp_path: Path) -> None:
    file = tmp_path / "wordy.csv"
    lines = [f'q{n},"(d) is wrong, so ({"abcd"[n % 3]})"' for n in range(40)]
    file.write_text("\n".join(["id,reply", *lines]) + "\n")
    options = ("--method", "predictions", "--predictions", str(file))
    made = {row["group"]: row["score"] for row in ran("personamem", mem, out, *options)}
    assert made["Overall (micro)"] == 0, "two letters are named"
    assert made["Overall (micro) (robust scorer)"] == 100


def test_started_again_a_run_stays_as_it_is(mem: Path, out: Path) -> None:
    ran("personamem", mem, out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    ran("personamem", mem, out)
    assert before == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_a_run_that_was_cut_off_is_left_out_until_it_is_complete(
    mem: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran("personamem", mem, out, "--method", "longest")
    path = out / "personamem-32k" / "longest" / CASES
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    done = whole[: len(whole) // 2].count(b"\n")
    made = ran("personamem", mem, out, "--method", "first")
    assert {row["method"] for row in made} == {"first"}
    assert f"longest: not complete, {done} of 40" in (out / "tables.md").read_text()
    assert {row["method"] for row in ran("personamem", mem, out, "--method", "longest")} == {
        "first", "longest"
    }  # fmt: skip
    assert path.read_bytes() == whole


def test_other_settings_or_data_are_refused(
    mem: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--benchmark", "personamem", "--data", str(mem), "--out", str(out)]
    ran("personamem", mem, out, "--method", "random")
    before = (out / "personamem-32k" / "random" / CASES).read_bytes()
    for other in (["--seed", "1"], ["--limit", "3"]):
        assert run.main([*asked, "--method", "random", *other]) == 1
        assert "holds another run" in capsys.readouterr().err
    write_personamem(mem, 41)
    assert run.main([*asked, "--method", "random"]) == 1
    assert "data was" in capsys.readouterr().err
    assert (out / "personamem-32k" / "random" / CASES).read_bytes() == before


def test_a_limit_is_told_wherever_the_figure_is(mem: Path, out: Path) -> None:
    made = {r["group"]: r for r in ran("personamem", mem, out, "--method", "first", "--limit", "8")}
    assert made["Overall (micro)"]["n"] == 8
    cases = [record.case for record in read(out / "personamem-32k" / "first").records]
    assert cases == [f"q{n}" for n in range(0, 40, 5)]
    assert "first: 8 of 40 cases, spread over the files." in (out / "tables.md").read_text()


def test_a_dry_run_writes_nothing(mem: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--benchmark", "personamem", "--data", str(mem), "--out", str(out), "--dry-run"]
    assert run.main(asked) == 0
    printed = capsys.readouterr()
    assert f"{out}/personamem-32k/longest: 40 cases, 0 done, 0 model calls" in printed.out
    assert "Not run" in printed.err
    assert not out.exists()
    ran("personamem", mem, out, "--method", "longest")
    capsys.readouterr()
    assert run.main([*asked, "--method", "longest", "--limit", "9"]) == 0
    assert "refused, it holds another run" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--benchmark", "personamem", "--context", "128k"], "has no questions_128k.csv"),
        (["--benchmark", "p-soups"], "has none of student_phd.json"),
        (["--benchmark", "p-soups", "--context", "32k"], "has no context lengths"),
        (["--benchmark", "persona-mme"], "has no Persona-MME.json"),
        (["--benchmark", "personamem", "--method", "profile"], "reads the profiles of p-soups"),
    ],
)
def test_what_cannot_be_run_is_said_in_a_line(
    mem: Path, out: Path, capsys: pytest.CaptureFixture[str], options: list[str], reason: str
) -> None:
    assert run.main([*options, "--data", str(mem), "--out", str(out)]) == 1
    assert reason in capsys.readouterr().err
    assert not out.exists()


def test_tables_in_latex_and_csv(tmp_path: Path, out: Path) -> None:
    ran("persona-mme", write_persona_mme(tmp_path / "mme"), out, "--method", "random")
    text = (out / "tables.tex").read_text()
    assert text.count(r"\begin{longtable}") == text.count(r"\end{longtable}") > 4
    body = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert any(line.startswith("random & SIR & 1 & 0 & ") for line in body)
    assert r"95\% interval" in text
    with (out / "tables.csv").open() as table:
        listed = list(csv.DictReader(table))
    [cell] = [r for r in listed if (r["context"], r["group"]) == ("128k", "Overall with Alignment")]
    assert float(cell["difference"]) == round(float(cell["score"]) - 32.11, 2)
    assert cell["source"].endswith("Table 4: 128k, Random; Overall")


def test_two_runs_compared(mem: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran("personamem", mem, out)
    one, other = (out / "personamem-32k" / name for name in ("longest", "first"))
    a, b = read(one), read(other)
    mine, yours = compare.paired(a, b)
    found = {d.group: d for d in compare.differences(mine, yours, lambda r: r.robust.correct)}
    overall = found["Overall (micro)"]
    hits_a = {record.case for record in a.records if record.robust.correct}
    hits_b = {record.case for record in b.records if record.robust.correct}
    assert (overall.only_a, overall.only_b) == (len(hits_a - hits_b), len(hits_b - hits_a))
    assert overall.a - overall.b == pytest.approx(100 * (len(hits_a) - len(hits_b)) / 40)
    assert overall.interval is not None
    assert overall.interval[0] <= overall.a - overall.b <= overall.interval[1]
    capsys.readouterr()
    assert compare.main([str(one), str(other)]) == 0
    assert "40 cases that both have (0 only A has, 0 only B)" in capsys.readouterr().out
    same = compare.differences(mine, mine, lambda r: r.robust.correct)
    assert {(d.interval, d.p) for d in same if d.interval} == {((0.0, 0.0), 1.0)}


def test_a_paired_interval_is_narrower_than_two_apart(out: Path, tmp_path: Path) -> None:
    """Two methods that fail on the same people: their difference is certain, their scores not."""
    mem = write_personamem(tmp_path / "many", 200)
    chance = random.Random(1)
    good = [n % 5 in (0, 1) for n in range(200)]  # by person
    better = [right or chance.random() < 0.1 for right in good]
    for name, rights in (("good", good), ("better", better)):
        lines = [f"q{n},({'abcd'[n % 3 if right else 3]})" for n, right in enumerate(rights)]
        file = tmp_path / f"{name}.csv"
        file.write_text("\n".join(["id,reply", *lines]) + "\n")
        ran("personamem", mem, out, "--method", "predictions", "--predictions", str(file))
    runs = [read(out / "personamem-32k" / f"predictions-{name}") for name in ("better", "good")]
    found = compare.differences(*compare.paired(*runs), lambda r: r.robust.correct)
    [overall] = [d for d in found if d.group == "Overall (micro)"]
    assert overall.interval is not None
    assert overall.interval[1] - overall.interval[0] < 20
    assert overall.only_b == 0
    [alone] = [r for r in rows(out) if (r["method"], r["group"])
               == ("predictions good", "Overall (micro)")]  # fmt: skip
    assert alone["high"] - alone["low"] > 60


def test_runs_of_other_questions_are_not_compared(
    mem: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran("personamem", mem, out, "--method", "first")
    ran("personamem", write_personamem(tmp_path / "more", 41), tmp_path / "b", "--method", "first")
    ran("p-soups", write_p_soups(tmp_path / "s"), tmp_path / "c", "--method", "first")
    first = str(out / "personamem-32k" / "first")
    for other in (tmp_path / "b/personamem-32k/first", tmp_path / "c/p-soups/first"):
        assert compare.main([first, str(other)]) == 1
        assert "cannot be paired" in capsys.readouterr().err
    assert compare.main([first, str(tmp_path)]) == 1
    assert "is no run" in capsys.readouterr().err
