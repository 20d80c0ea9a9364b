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
from eval.report.written import HOSTILE, example, first, people, right, write_run

from eval.journal import CASES
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
    [run] = [r for r in json.loads(page.scripts["about"])["runs"] if "personavlm" in r["key"]]
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
