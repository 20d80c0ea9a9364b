"""The card of the weights: valid for the Hub, and no figure in it without a source."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import jinja2
import pytest
from huggingface_hub import ModelCard, ModelCardData
from huggingface_hub.utils import validate_repo_id
from pydantic import ValidationError

from model_card.build import (
    FACTS,
    RESULTS,
    TEMPLATE,
    Measurement,
    build,
    load_facts,
    main,
    measured,
)
from personavlm.hub.publish.card import CARDS, MISSING, render
from personavlm.prompts.layout import dialogue
from personavlm.protocol import RetrieveRequest, StepParser, write_step
from personavlm.records import Turn
from personavlm.settings import Settings

FACTS_AS_READ = load_facts()
CARD = str(build(FACTS_AS_READ, RESULTS))
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def test_the_hub_reads_back_the_metadata() -> None:
    read = ModelCard(CARD).data
    assert read.to_dict() == ModelCardData(**FACTS_AS_READ.card).to_dict()
    assert read.pipeline_tag == "image-text-to-text" and read.library_name == "transformers"
    assert read.license == "apache-2.0" and read["base_model_relation"] == "finetune"
    assert re.fullmatch(r"[a-z]{2}", str(read.language))
    for repo in (read.base_model, *read.datasets, FACTS_AS_READ.model["repo"]):
        validate_repo_id(repo)


def test_the_hub_finds_the_paper() -> None:
    assert re.search(r"https://arxiv\.org/abs/\d{4}\.\d{5}\b", CARD)


def test_every_published_cell_stands_below_its_source() -> None:
    [_, section] = CARD.split("### Published by the authors, not measured by us\n")
    texts = section.partition("### Measured by us")[0].split("\n**")[1:]
    assert len(texts) == 4
    for table, text in zip(FACTS_AS_READ.published, texts, strict=True):
        assert text.startswith(f"{table.title}** ({table.source} of the paper)\n\n")
        lines = [line for line in text.splitlines() if line.startswith("|")]
        cells = [line.strip("| ").split(" | ") for line in lines]
        assert [cells[0], *cells[2:]] == [table.columns, *table.rows]


def test_published_figures_are_percentages() -> None:
    figures = [
        (name, cell)
        for table in FACTS_AS_READ.published
        for row in table.rows
        for name, cell in zip(table.columns, row, strict=True)
        if name not in {"context", "model"}
    ]
    assert len(figures) > 40
    assert all(0 < float(cell) <= 100 for _, cell in figures)


@pytest.mark.parametrize("template", [TEMPLATE, *CARDS.iterdir()], ids=lambda path: path.name)
def test_no_number_comes_from_a_template(template: Path) -> None:
    prose = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", template.read_text(), flags=re.DOTALL)
    assert prose and NUMBER.findall(without_code(prose)) == []


def test_every_number_is_a_fact_or_a_result() -> None:
    files = {RESULTS / entry.file for entry in FACTS_AS_READ.measured}
    sources = FACTS.read_text() + "".join(f.read_text() for f in files if f.exists())
    stated = set(NUMBER.findall(without_code(CARD)))
    assert len(stated) > 50
    assert stated - set(NUMBER.findall(sources)) == set()


def test_a_name_in_the_template_without_a_value_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError, match="'measured' is undefined"):
        render(TEMPLATE, ModelCardData(**FACTS_AS_READ.card), facts=FACTS_AS_READ)


def test_what_was_not_measured_is_said_to_be_missing(tmp_path: Path) -> None:
    rows = str(build(FACTS_AS_READ, tmp_path)).partition("### Measured by us")[2].splitlines()
    rows = [row for row in rows if row.startswith("| ")][1:]
    assert len(rows) == len(FACTS_AS_READ.measured)
    assert all(f"| {MISSING} |" in row for row in rows)


def test_what_was_measured_is_shown_with_machine_and_commit(tmp_path: Path) -> None:
    found = {"machine": {"cpu": "X", "load": "9", "commit": "abc"}, "a": {"b": 4.25}}
    (tmp_path / "r.json").write_text(json.dumps(found))
    entry = Measurement(what="speed", setting="cold", file="r.json", values={"p50": "a.b"})
    row = measured(entry, tmp_path)
    assert (row.setting, row.result, row.where) == ("cold", "p50 4.25", "cpu X, commit abc")


@pytest.mark.parametrize(
    ("found", "values", "message"),
    [
        ({"machine": {"commit": "abc"}, "a": 1}, {}, "name the values"),
        ({"machine": {"commit": "abc"}, "a": 1}, {"p50": "a.b"}, "no value at a.b"),
        ({"machine": {"commit": "abc"}, "a": "fast"}, {"p50": "a"}, "no number at a"),
        ({"a": 1}, {"p50": "a"}, "which machine and commit"),
    ],
)
def test_a_result_that_cannot_be_shown_is_an_error(
    tmp_path: Path, found: dict[str, object], values: dict[str, str], message: str
) -> None:
    (tmp_path / "r.json").write_text(json.dumps(found))
    with pytest.raises(ValueError, match=message):
        measured(Measurement(what="speed", file="r.json", values=values), tmp_path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"72.35", "39.20"]', '"72.35"]'),  # a row too short
        ('source = "Table 9"', 'source = "a talk"'),  # no table
        ("[paper]", "[papers]"),  # no such section
    ],
)
def test_facts_of_the_wrong_shape_are_refused(tmp_path: Path, before: str, after: str) -> None:
    text = FACTS.read_text()
    assert text.count(before) == 1
    (tmp_path / "facts.toml").write_text(text.replace(before, after))
    with pytest.raises(ValidationError):
        load_facts(tmp_path / "facts.toml")


def test_two_builds_are_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one.md", "two.md"):
        assert main(["--output", str(tmp_path / name)]) == 0
    one = (tmp_path / "one.md").read_bytes()
    assert one == (tmp_path / "two.md").read_bytes() == f"{CARD}\n".encode()
    assert main([]) == 0
    assert capsys.readouterr().out.encode() == one


def test_a_folder_of_results_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--results", str(tmp_path / "typo")])
    assert "typo is no folder" in capsys.readouterr().err


def test_its_python_compiles_and_imports_what_exists() -> None:
    blocks = re.findall(r"```python\n(.*?)```", CARD, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        compile(block, "card", "exec")
        exec("\n".join(re.findall(r"^from .*$", block, re.MULTILINE)))


def test_the_app_has_the_option_it_names() -> None:
    options = re.findall(r"app\.py --([a-z-]+)", CARD)
    assert options and {name.replace("-", "_") for name in options} <= set(Settings.model_fields)


def test_the_formats_are_the_ones_the_package_speaks() -> None:
    search = FACTS_AS_READ.format["search"].strip()
    parser = StepParser(UTC)
    parser.feed(search)
    _, step = parser.finish()
    assert isinstance(step.action, RetrieveRequest) and step.problem is None
    assert write_step(step.thought, step.action) == search
    turn = Turn(
        id=1,
        session=1,
        time=datetime(2024, 9, 23, 20, 8, tzinfo=UTC),
        text="I adopted a corgi called Biscuit!",
        reply="Congratulations! How is Biscuit settling in?",
    )
    assert "".join(map(str, dialogue([turn]))) == FACTS_AS_READ.format["turn"].strip()
