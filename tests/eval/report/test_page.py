"""report.html as a file: what it says of the runs, and that nothing in it can run or fetch."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from eval.report.written import (
    HOSTILE,
    MODEL,
    example,
    first,
    people,
    right,
    without_plots,
    write_run,
)

from eval.case import Answer, Case
from eval.journal import CASES, FAILED_BEFORE
from eval.report import write
from eval.report.parts import TOGETHER
from eval.report.questions import QUESTIONS
from eval.report.write import report


class Elements(HTMLParser):
    """Start tags with their attributes, and the text of each script by its id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self._id: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._id = (dict(attrs).get("id") or "code") if tag == "script" else None

    def handle_data(self, data: str) -> None:
        if self._id is not None:
            self.scripts[self._id] = self.scripts.get(self._id, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._id = None

    def part(self, name: str) -> Any:
        return json.loads(gzip.decompress(base64.b64decode(self.scripts[name])))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    example(folder)
    report(folder, f"To be known. {HOSTILE}")
    return folder


@pytest.fixture(scope="module")
def page(out: Path) -> Elements:
    return Elements((out / "report.html").read_text("utf-8"))


def test_nothing_hostile_becomes_an_element(page: Elements) -> None:
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert not [name for _, about in page.tags for name in about if name.startswith("on")]
    assert len([tag for tag, _ in page.tags if tag == "main"]) == 2
    [about] = [run for run in json.loads(page.scripts["about"])["runs"] if "full" in run["key"]]
    assert about["method"] == f"full {HOSTILE}"


def test_only_its_own_script_may_run_and_nothing_is_fetched(page: Elements) -> None:
    [policy] = [about["content"] for tag, about in page.tags if "http-equiv" in about]
    digest = base64.b64encode(hashlib.sha256(page.scripts["code"].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in str(policy)
    assert str(policy).startswith("default-src 'none';")
    addresses = [
        about[name] for tag, about in page.tags for name in ("src", "href") if about.get(name)
    ]
    assert addresses
    assert all(str(address).startswith("#") for address in addresses)


def test_the_parts_hold_every_case_of_every_run(out: Path, page: Elements) -> None:
    for run in json.loads(page.scripts["about"])["runs"]:
        rows = page.part(run["part"])
        lines = (out / run["key"] / CASES).read_text("utf-8").splitlines()
        kept = [json.loads(line) for line in lines]
        assert [row["case"] for row in rows] == [one["case"] for one in kept]
        assert [row["reply"] for row in rows] == [one["reply"] for one in kept]
        for place, one in enumerate(kept):
            detail = page.part(f"{run['part']}-{place // TOGETHER}")[place % TOGETHER]
            assert detail["detail"] == (one["detail"] or {})
            assert detail["usage"] == one["usage"]
        asked = page.part(run["asked"])
        assert set(asked) == {one["case"] for one in kept}


def test_runs_over_the_same_questions_share_them(page: Elements) -> None:
    assert len([name for name in page.scripts if name.startswith("asked-")]) == 1


def test_a_cell_leads_to_exactly_the_cases_it_is_over(out: Path, page: Elements) -> None:
    [run] = [
        r
        for r in json.loads(page.scripts["about"])["runs"]
        if r["key"] == "persona-mme-32k/personavlm"
    ]
    figures = json.loads((out / "summary.json").read_text())["rows"]
    for place, group in enumerate(run["groups"]):
        [row] = [r for r in figures if (r["method"], r["group"]) == (run["method"], group)]
        within = [one for one in page.part(run["part"]) if place in one["in"]]
        assert len(within) == row["n"]
        hits = sum(one["official"]["correct"] for one in within)
        assert round(100 * hits / len(within), 2) == row["score"]


def test_it_says_what_was_run_with_which_model(out: Path) -> None:
    bare = re.sub(r"<[^>]+>", " ", (out / "report.html").read_text("utf-8"))
    text = " ".join(unescape(bare).split())
    assert "Answered by org/model@0123456 Code commit 0123abc, SHA-256 cdcdcdcdcdcd" in text
    assert "Data Persona-MME.json, SHA-256 abababababab" in text
    assert "no model, a rule" in text
    assert "1 failed and count as wrong (The history is damaged" in text
    assert "Not the set that the paper's figures are over" in text
    assert "paper: PersonaVLM-RL (RAG) / PersonaVLM" in text
    assert "paper: GPT-4o (full context)" in text, "a row that was not run"


def table(text: str, name: str) -> list[str]:
    """The rows of a table of the page as plain text, cell after cell."""
    [found] = re.findall(rf'<table class="figures" id="{name}">(.*?)</table>', text, re.DOTALL)
    rows = re.findall(r"<tr[ >].*?</tr>", found, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in rows]


def test_table_11_stands_beside_what_the_paper_prints(out: Path) -> None:
    text = (out / "report.html").read_text("utf-8")
    ours, theirs = table(text, "efficiency-table")[1:]
    assert ours.startswith("personavlm (sglang: org/model) cases: 32k")
    people = [one["persona"] for one in cases(out / "efficiency/persona-mme-32k/personavlm")]
    seconds = sum(1.0 if one == "50/0" else 3.0 for one in people) / len(people)
    assert f" {len(people)} 1,000 250 40 1,040 1,040–1,040 −1,130 {seconds:.2f} 1.00–3.00" in ours
    assert theirs == "paper: PersonaVLM Table 11 100 2,170 10.18 2"
    left = table(text, "efficiency-left")[1:]
    assert left[0] == "paper: Qwen2.5-VL-7B (full context) Table 11 100 43,530 8.4"
    assert "28 from 28 cases of 32k (theirs 1,581: not the same set)" in text


def cases(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / CASES).read_text("utf-8").splitlines()]


def test_figure_5_stands_beside_what_the_paper_prints(out: Path) -> None:
    text = (out / "report.html").read_text("utf-8")
    rows = table(text, "comparison-table")[1:]
    assert len(rows) == 4, "two judges, each above the paper's"
    biased, fair = rows[0], rows[2]
    assert "against full </script>" in fair
    assert "fair http://127.0.0.1:1/v1" in fair
    figures = "6 83.3 66.7–100.0 0.0 0.0–0.0 16.7 0.0–33.3 0.0 0.0–0.0"
    assert fair.endswith(figures), "one failed, which is lost, and the others are right"
    figures = "6 0.0 0.0–0.0 83.3 66.7–100.0 16.7 0.0–33.3 83.3 66.7–100.0"
    assert biased.endswith(figures), "its orders differ, and so those are ties"
    assert rows[1].startswith("paper: PersonaVLM against GPT-4o 3 Figure 5 Gemini-2.5-Pro 200 79.0")
    assert len(table(text, "comparison-left")[1:]) == 2
    assert "its server says that it ran judge-of-the-server" in text


def test_a_compared_question_has_both_replies_and_every_verdict(out: Path, page: Elements) -> None:
    [pair] = json.loads(page.scripts["about"])["pairs"]
    assert [name.split()[0] for name in pair["judges"]] == ["biased", "fair"]
    rows, details = page.part(pair["part"]), page.part(f"{pair['part']}-0")
    failed = rows[5]
    assert [one["outcome"] for one in failed["judges"]] == ["loses", "loses"]
    mine = cases(out / "open/answers/persona-mme-32k/personavlm")
    for row, about, record in zip(rows, details, mine, strict=True):
        [shown] = about["compared"].values()
        assert (shown["ours"], shown["theirs"]) == (record["reply"], "(a)")
        assert about["how"][shown["of"]][0]["detail"] == (record["detail"] or {})
        biased, fair = about["judges"]
        orders = [(one["shown"], one["outcome"]) for one in biased["orders"]]
        if not record["failed"]:
            assert orders == [("ours first", "wins"), ("theirs first", "loses")]
            assert row["judges"][0]["swapped"]
            assert [one["said"] for one in fair["orders"]] != []


def test_replies_that_were_made_anew_are_not_shown_as_judged(tmp_path: Path) -> None:
    """A trace is that of the reply that was compared, or there is none."""
    example(tmp_path)
    path = tmp_path / "open/answers/persona-mme-32k/personavlm" / CASES
    path.write_text(path.read_text("utf-8").replace('"reply":"(', '"reply":"Anew: ('), "utf-8")
    found = Elements(without_plots(tmp_path))
    for about in found.part("pair-0-0")[:5]:
        [shown] = about["compared"].values()
        assert not shown["ours"].startswith("Anew")
        assert about["how"][shown["of"]][0] is None


def test_what_was_not_run_is_shown_as_published_only(tmp_path: Path) -> None:
    write_run(tmp_path, people(tmp_path / "data"), "first", first)
    text = without_plots(tmp_path)
    assert text.count("<p>Not run here.</p>") == 2
    assert len(table(text, "efficiency-left")[1:]) == 3
    assert len(table(text, "comparison-left")[1:]) == 3
    assert json.loads(Elements(text).scripts["about"])["pairs"] == []


def test_another_model_than_the_row_names_is_told_beside_it(tmp_path: Path) -> None:
    cases = people(tmp_path / "data")
    settings = {"engine": "openai", "asked": "given the options", "model": "gpt-4o"}
    by = "tiny-2024 on openai (127.0.0.1)"
    write_run(tmp_path, cases, "full (openai: gpt-4o)", right, **settings, **{"answered by": by})
    row = table(without_plots(tmp_path), "persona-mme-32k-1")[1]
    assert row.startswith(f"full (openai: gpt-4o) answered by {by} ")


def test_a_case_that_was_asked_again_says_so(tmp_path: Path) -> None:
    def again(case: Case) -> Answer:
        return Answer("(a)", detail={FAILED_BEFORE: ["It was away."]})

    write_run(tmp_path, people(tmp_path / "data"), "full (openai: m)", again, **MODEL)
    text = without_plots(tmp_path)
    assert "28 asked again" in text
    assert "28 had failed before and were asked again." in text


def test_a_run_that_is_not_complete_has_no_figures(tmp_path: Path) -> None:
    cases = people(tmp_path / "data")
    write_run(tmp_path, cases, "first", first)
    write_run(tmp_path, cases, "full (sglang: m)", right, cut=3, engine="sglang")
    report(tmp_path)
    found = Elements((tmp_path / "report.html").read_text("utf-8"))
    assert [run["method"] for run in json.loads(found.scripts["about"])["runs"]] == ["first"]
    assert "not complete, left out" in (tmp_path / "report.html").read_text("utf-8")


def test_without_questions_and_without_runs_it_still_comes(tmp_path: Path) -> None:
    report(tmp_path)
    assert "no runs in this folder" in (tmp_path / "report.html").read_text("utf-8")
    folder = write_run(tmp_path, people(tmp_path / "data"), "first", first)
    (folder / QUESTIONS).unlink()
    report(tmp_path)
    found = Elements((tmp_path / "report.html").read_text("utf-8"))
    assert [run["asked"] for run in json.loads(found.scripts["about"])["runs"]] == [None]


def test_the_same_runs_give_the_same_page(tmp_path: Path) -> None:
    write_run(tmp_path, people(tmp_path / "data"), "first", first)
    report(tmp_path)
    before = (tmp_path / "report.html").read_bytes()
    report(tmp_path)
    assert (tmp_path / "report.html").read_bytes() == before


def test_without_the_libraries_the_tables_come_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(tmp_path, people(tmp_path / "data"), "first", first)
    monkeypatch.setattr(write, "LIBRARIES", ("no_such_library",))
    report(tmp_path)
    assert (tmp_path / "tables.md").exists()
    assert not (tmp_path / "report.html").exists()
    assert "'.[eval]'" in capsys.readouterr().err
