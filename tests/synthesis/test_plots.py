"""The report's plots: ours beside what the paper printed, the same bytes for the same figures."""

import json
import sys
from pathlib import Path

import pytest
from PIL import Image

from personavlm.synthesis.formats import Format
from personavlm.synthesis.plots import illustrate
from personavlm.synthesis.produce import produce
from personavlm.synthesis.report import FIG_7
from personavlm.synthesis.simulator import Simulator
from personavlm.synthesis.split import Split


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plots")
    produce(Simulator(1, Split.TRAIN), 2, folder, [Format.RL])
    return folder


def figures(out: Path) -> dict:
    return json.loads((out / "report.json").read_text())


def test_ours_and_the_published_figures_stand_side_by_side(out: Path, tmp_path: Path) -> None:
    report = (out / "report.md").read_text()
    illustrate(figures(out), out)
    found = {path.name for path in (out / "plots").iterdir()}
    names = {"fig7-rows", "fig8-lengths", "table6-benchmark"}
    assert found == {f"{name}.{kind}" for name in names for kind in ("svg", "png")}
    shares = (out / "plots" / "fig7-rows.svg").read_text()
    published = sum(FIG_7["rl"].values())
    ours = sum(figures(out)["formats"]["rl"].values())
    assert f"rl: {ours} rows here, {published:,} published" in shares
    assert "sft:" not in shares  # no such file was written
    table = (out / "plots" / "table6-benchmark.svg").read_text()
    assert f"{figures(out)['measures']['turns a person']:g} / 142.9" in table
    assert "the axis of Fig. 8" in (out / "plots" / "fig8-lengths.svg").read_text()
    with Image.open(out / "plots" / "fig8-lengths.png") as image:
        assert image.width > 600
    for name in names:
        assert f"](plots/{name}.png)" in (out / "report.md").read_text()

    other = tmp_path / "other"
    other.mkdir()
    (other / "report.md").write_text(report)
    illustrate(figures(out), other)
    for path in (out / "plots").iterdir():
        assert path.read_bytes() == (other / "plots" / path.name).read_bytes()


def test_without_matplotlib_the_report_says_so(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "report.md").write_text("# Report\n")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    illustrate(figures(out), tmp_path)
    assert "pip install 'personavlm[eval]'" in (tmp_path / "report.md").read_text()
    assert not (tmp_path / "plots").exists()
