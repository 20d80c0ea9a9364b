"""The README's Python runs as it stands, and the files it names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    told: list[str] = []
    names = {"print": lambda *values: told.append(" ".join(map(str, values)))}
    exec(compile(code, "README.md", "exec"), names)
    said = "\n".join(told)
    assert "Biscuit" in said and "openness" in said
    assert names["agent"].closed  # type: ignore[attr-defined]


def test_every_file_it_links_to_is_there() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert targets
    missing = [target for target in targets if not (ROOT / target).exists()]
    assert not missing


def test_the_tree_it_draws_is_the_real_one() -> None:
    [tree] = re.findall(r"## Inside\n\n```\n(.*?)```", README, re.DOTALL)
    named = re.findall(r"(?:^|\s)([\w/]+(?:/|\.py))(?=\s)", tree)
    assert len(named) > 10
    missing = [n for n in named if not any((f / n).exists() for f in (ROOT, ROOT / "personavlm"))]
    assert not missing
