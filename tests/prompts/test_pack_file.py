"""A pack on disk: read back as it was written, refused where it cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from prompts.training_data import template, wording

from personavlm.errors import BadInput
from personavlm.prompts import PromptPack, load_pack, save_pack
from personavlm.prompts.trained import SLOTS, TrainedTemplate

CORE = template("core", wording("core", ""))
PACK = PromptPack(
    "owner/data@3f9c2b1",
    (
        *(template(name, wording(name, "名 {x}")) for name in SLOTS if name != "core"),
        TrainedTemplate("core", CORE.texts, CORE.slots, (("dialogue", "(none)"),)),
    ),
    "3f9c2b1" + "0" * 33,
    "ab" * 32,
)


def test_a_pack_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "pack.json"
    save_pack(PACK, path)
    assert load_pack(path) == PACK
    assert [each.name for each in path.parent.iterdir()] == ["pack.json"]
    assert "名" in path.read_text("utf-8")


def change(tmp_path: Path, how: str, value: Any) -> Path:
    path = tmp_path / "pack.json"
    save_pack(PACK, path)
    data = json.loads(path.read_text("utf-8"))
    place = data
    *way, last = how.split("/")
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    place[int(last) if last.isdigit() else last] = value
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("how", "value", "message"),
    [
        ("format", "recipe", "not a prompt pack: format"),
        ("version", 2, "of version 2; this program reads version 1"),
        ("version", "1", "not a prompt pack: version"),
        ("name", None, "not a prompt pack: name"),
        ("code", "import os", "not a prompt pack: code"),
        ("templates", [], "not a prompt pack: templates"),
        ("templates/poem", ["a"], "no prompt 'poem'"),
        ("templates/core", [], "no place for"),
        ("templates/core", ["a"], "no place for: profile, dialogue"),
        ("templates/core", ["a", "b"], "not texts and slots in turn"),
        ("templates/core/1", {"slot": "age"}, "a slot 'age' that nothing fills"),
        ("templates/core/1", {"slot": "profile", "run": "x"}, "not a prompt pack: templates.core"),
        ("templates/core/1", {"slot": "dialogue"}, "no place for: profile"),
        ("templates/core/2", "", "nothing between them"),
        ("templates/core/2", {"slot": "query"}, "not texts and slots in turn"),
    ],
)
def test_a_pack_that_cannot_be_used_is_refused(
    tmp_path: Path, how: str, value: Any, message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        load_pack(change(tmp_path, how, value))


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", "[" * 100_000, "\ud800"])
def test_a_file_that_is_no_pack_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pack.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(BadInput, match=r"pack\.json is not a prompt pack"):
        load_pack(path)


def test_a_pack_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        load_pack(tmp_path / "none.json")
    with pytest.raises(BadInput, match="cannot be read"):
        load_pack(tmp_path)


def test_a_pack_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(BadInput, match="cannot be written"):
        save_pack(PACK, tmp_path / "file" / "pack.json")
