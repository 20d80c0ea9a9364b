"""Plots: there where the runs have something to show, of it, and the same bytes each time."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from eval.report.written import HOSTILE, example, first, people, right, write_run
from PIL import Image

from eval.methods.subject import Asking
from eval.report.comparison import comparison
from eval.report.drawing import OURS, PAPER, RULE
from eval.report.evolution import courses
from eval.report.lines import runs
from eval.report.plots import plots
from eval.report.sections import sections

NAMES = {
    "persona-mme-32k-accuracy",
    "persona-mme-32k-accuracy-finer",
    "persona-mme-32k-tokens",
    "persona-mme-32k-personavlm-50-0-personality",
    "figure-5",
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    example(out)
    plots(sections(runs(out)), comparison(out), out / "plots")
    return out / "plots"


def texts(path: Path) -> list[str]:
    root = ElementTree.parse(path).getroot()
    return ["".join(one.itertext()) for one in root.iter() if one.tag.endswith("}text")]


def test_there_is_one_of_each_kind_in_both_formats(drawn: Path) -> None:
    assert {path.name for path in drawn.iterdir()} == {
        f"{name}.{kind}" for name in NAMES for kind in ("png", "svg")
    }


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_picture_is_not_blank(drawn: Path, name: str) -> None:
    with Image.open(drawn / f"{name}.png") as picture:
        assert min(picture.size) > 300
        colours = picture.convert("RGB").getcolors(picture.width * picture.height)
    assert colours is not None
    assert len(colours) > 20
    white = max(count for count, _ in colours)
    assert white < 0.99 * picture.width * picture.height


def test_accuracy_names_methods_and_groups_as_text(drawn: Path) -> None:
    said = texts(drawn / "persona-mme-32k-accuracy.svg")
    assert {"personavlm (sglang: org/model)", f"full {HOSTILE}", "first"} <= set(said)
    assert "Memory, n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}4" in said
    assert "as published" in said


def test_ours_rules_and_published_look_different(drawn: Path) -> None:
    svg = (drawn / "persona-mme-32k-accuracy.svg").read_text()
    assert all(colour in svg for colour in (OURS, RULE, PAPER))
    assert len({OURS, RULE, PAPER}) == 3
    tokens = (drawn / "persona-mme-32k-tokens.svg").read_text()
    assert PAPER not in tokens, "tokens of other questions are not shown beside ours"


def test_tokens_of_an_engine_without_a_language_model_are_no_cost(tmp_path: Path) -> None:
    cases = people(tmp_path / "data")
    for method in ("one", "two"):
        write_run(tmp_path, cases, method, right, asked=Asking.CLOSEST.value)
    drawn = plots(sections(runs(tmp_path)), comparison(tmp_path), tmp_path / "plots")
    assert [plot.name for plot in drawn["persona-mme-32k"]] == [
        "persona-mme-32k-accuracy",
        "persona-mme-32k-accuracy-finer",
    ]


def test_without_a_published_figure_nothing_is_marked_as_one(tmp_path: Path) -> None:
    write_run(tmp_path, people(tmp_path / "data"), "first", first)
    plots(sections(runs(tmp_path)), comparison(tmp_path), tmp_path / "plots")
    assert {path.suffix for path in (tmp_path / "plots").iterdir()} == {".svg", ".png"}
    svg = tmp_path / "plots/persona-mme-32k-accuracy.svg"
    assert "as published" not in texts(svg)
    assert PAPER not in svg.read_text()


def test_the_big_five_are_told_with_where_they_ended(drawn: Path) -> None:
    said = texts(drawn / "persona-mme-32k-personavlm-50-0-personality.svg")
    assert {"openness 4.0", "conscientiousness 3.0", "extraversion 2.0", "first", "last"} <= set(
        said
    )


def test_a_person_who_never_changed_has_no_plot(tmp_path: Path) -> None:
    example(tmp_path)
    by_method = {run.manifest.method.split(" ")[0]: run for run in runs(tmp_path)}
    assert list(courses(by_method["personavlm"])) == ["50/0"]
    assert courses(by_method["first"]) == {}


def test_the_same_runs_give_the_same_bytes_and_old_plots_go(tmp_path: Path) -> None:
    cases = people(tmp_path / "data")
    for method in ("one", "two"):
        write_run(tmp_path, cases, method, right)
    folder = tmp_path / "plots"
    plots(sections(runs(tmp_path)), comparison(tmp_path), folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert "persona-mme-32k-tokens.svg" in before
    assert not any(b"<dc:date" in content for content in before.values())
    (folder / "persona-mme-128k-accuracy.png").write_bytes(b"of a run that is gone")
    plots(sections(runs(tmp_path)), comparison(tmp_path), folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
