"""The whole command with a language model: the real engine, and a tiny checkpoint of noise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from checkpoints import vision_checkpoint
from eval.subjects import person

from eval import run
from eval.journal import CASES, MANIFEST, read


@pytest.mark.slow
def test_a_person_with_a_picture_end_to_end(tmp_path: Path) -> None:
    person(tmp_path / "data", 1)
    weights = vision_checkpoint(tmp_path / "acme/tiny-vl")
    asked = [
        "--benchmark", "persona-mme", "--data", str(tmp_path / "data"), "--out",
        str(tmp_path / "out"), "--engine", "transformers", "--model", str(weights),
        "--method", "personavlm", "--method", "without-reasoning", "--method", "full",
        "--concurrency", "2",
    ]  # fmt: skip
    assert run.main(asked) == 0
    runs = {path.parent.name.split("-transformers")[0]: read(path.parent)
            for path in (tmp_path / "out").glob(f"*/*/{MANIFEST}")}  # fmt: skip
    assert set(runs) == {"personavlm", "without-reasoning", "full"}
    for made in runs.values():
        [record] = made.records
        assert not record.failed
        assert record.usage is not None
        assert record.usage["prompt_tokens"] > 50
        assert record.detail is not None
        assert record.detail["answered by"] == "tiny-vl on transformers, own prompts"
        assert made.manifest.settings["answered by"] == record.detail["answered by"]
        assert made.manifest.published == (), "these are not the paper's weights"
    [whole] = runs["personavlm"].records
    assert whole.detail is not None
    assert any("thought" in step for step in whole.detail["trace"])
    tables = (tmp_path / "out/tables.md").read_text()
    assert "answered by tiny-vl on transformers, own prompts; given the options" in tables
    files = {path: path.read_bytes() for path in (tmp_path / "out").rglob(CASES)}
    assert run.main(asked) == 0
    assert files == {path: path.read_bytes() for path in (tmp_path / "out").rglob(CASES)}
    summary = json.loads((tmp_path / "out/summary.json").read_text())["rows"]
    assert {row["published"] for row in summary} == {None}
