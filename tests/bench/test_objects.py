"""The object benchmark: made photos in DreamBooth's layout, figures counted by hand."""

from __future__ import annotations

import json
import math
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoints import vision_checkpoint
from PIL import Image as Pillow
from vision_checkpoints import clip_checkpoint

from eval.bench import objects
from eval.bench.objects import ColourHistogram, crop
from eval.bench.photos import Photos, pair_up, read, recall

COLOURS = {"mug": "red", "dog2": "tan", "dog5": "brown", "cat": "grey"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three photos a subject that differ a little, and a subject with one photo only."""
    for name, colour in COLOURS.items():
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(3):
            photo = Pillow.new("RGB", (40, 40), "white")
            photo.paste(colour, (5 + number, 5, 35, 35))
            photo.save(tmp_path / "photos" / name / f"0{number}.png")
    (tmp_path / "photos" / "lonely").mkdir()
    Pillow.new("RGB", (9, 9)).save(tmp_path / "photos" / "lonely" / "00.png")
    (tmp_path / "photos" / "notes.txt").write_text("no folder")
    return tmp_path / "photos"


def test_photos_subjects_and_what_looks_alike(folder: Path) -> None:
    photos = read(folder)
    assert sorted(set(photos.subjects)) == ["cat", "dog2", "dog5", "mug"]
    assert len(photos.pictures) == 12
    assert dict(zip(photos.subjects, photos.classes, strict=True)) == {
        "cat": "pet", "dog2": "pet", "dog5": "pet", "mug": "mug"
    }  # fmt: skip
    (folder / "prompts_and_classes.txt").write_text(
        "Classes\n\nsubject_name,class\ndog2,lamp\nmug,lamp\n\nPrompts\nprompt_list = ['a, b, c']\n"
    )
    classes = dict(zip(photos.subjects, read(folder).classes, strict=True))
    assert classes == {"cat": "pet", "dog2": "lamp", "dog5": "pet", "mug": "lamp"}


def test_recall_counted_by_hand() -> None:
    """Two photos of `a` and of `b`, one likeness between them; `c` is like nothing."""
    subjects = np.array(["a", "a", "b", "b", "c", "c"])
    cosines = np.eye(6)
    for left, right, cosine in ((0, 1, 0.5), (2, 3, 0.9), (4, 5, 0.9), (0, 2, 0.7)):
        cosines[left, right] = cosines[right, left] = cosine
    n, first, second = recall(cosines, subjects)
    # 0 asks for 1: photo 2 of `b` is nearer, photo 3 is not, so half of the galleries are right.
    assert (n, first, second) == (6, pytest.approx(100 * 5.5 / 6), 100)
    assert recall(np.zeros((6, 6)), subjects)[1:] == (0, 0), "a tie is no find"


def test_thresholds_counted_by_hand() -> None:
    subjects = np.array(["a", "a", "b", "b", "c", "c"])
    cosines = np.zeros((6, 6))
    cosines[0, 1] = cosines[2, 3] = cosines[4, 5] = 0.8
    cosines[0, 2] = 0.9  # two different ones, alike
    photos = Photos([], [], subjects, np.array(["x", "x", "x", "x", "y", "y"]))
    pairs = pair_up(cosines, photos)
    assert len(pairs.cosines) == 15 and pairs.same.sum() == 3 and pairs.alike.sum() == 4
    assert pairs.accepted(pairs.same, 0.8) == 100
    assert pairs.accepted(~pairs.same, 0.8) == pytest.approx(100 / 12)
    assert pairs.accepted(pairs.alike, 0.8) == 25
    assert pairs.threshold(100 / 12) > 0 == pairs.threshold(100)
    assert pairs.threshold(100 / 12, without="a") == 0, "the likeness was with a"
    same, different, alike = pairs.held_out(1)
    # Without `a` or `b` the threshold is 0 and takes everything of theirs; without `c` it is > 0.8.
    assert same == pytest.approx(200 / 3)
    assert different == pytest.approx(100 * 16 / 24)
    assert alike == 100


def test_the_floor_knows_colours_and_nothing_else() -> None:
    red, moved, blue = (Pillow.new("RGB", (64, 64), colour) for colour in ("red", "red", "blue"))
    moved.paste("blue", (0, 0, 32, 64))
    mixed = Pillow.new("RGB", (64, 64), "blue")
    mixed.paste("red", (0, 0, 32, 64))
    rows = ColourHistogram().describe([red, moved, mixed, blue])
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert rows[1] @ rows[2] == pytest.approx(1, abs=1e-6)
    assert rows[0] @ rows[3] == 0 and rows[0] @ rows[1] == pytest.approx(math.sqrt(0.5), abs=0.01)


def test_a_crop_has_its_margins() -> None:
    photo, box = Pillow.new("RGB", (200, 100)), [0.4, 0.2, 0.6, 0.4]
    assert crop(photo, box, 0.0, 0.0).size == (40, 20)
    assert crop(photo, box, 0.0, 0.25).size == (60, 30)
    assert crop(photo, box, 0.15, 0.0).size == (100, 50), "15% of the photo, clipped above"


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, out: Path, *more: str) -> dict[str, Any]:
    arguments = ["objects.py", "--dreambooth", str(folder), "--json", str(out), *more]
    monkeypatch.setattr(sys, "argv", arguments)
    objects.main()
    return dict(json.loads(out.read_text()))


def test_the_rows_that_are_printed_and_written(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(objects, "CLIP", "acme/none")  # so that no cache of this machine has it
    result = run(monkeypatch, folder, tmp_path / "out.json")
    rows = {row["descriptor"]: row for row in result["rows"]}
    assert list(rows) == ["colour histogram (the floor)", "covariance-1"]
    for row in rows.values():
        assert {"n", "recall@1", "recall@2", "false_accept"} < row.keys()
        assert row["n"] == 24 and row["recall@1"] == 100.0, "four colours are easy"
    assert rows["covariance-1"]["threshold"] == objects.Covariance.threshold
    missing = {gap["descriptor"]: gap["why"] for gap in result["missing"]}
    assert missing == {
        "CLIP, acme/none": "It is not in the Hub's cache. Name it with --clip to fetch it.",
        "the model's own eyes": "No model was named with --weights.",
    }
    printed = capsys.readouterr().out
    assert result["margins"] == [], "nobody drew boxes round these"
    assert "| CLIP, acme/none |  |  |" in printed
    assert "missing: the model's own eyes: No model was named" in printed


def test_where_nothing_looks_alike_nothing_is_counted(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(folder / "dog5")
    (folder / "cat").rename(folder / "vase")
    result = run(monkeypatch, folder, tmp_path / "out.json")
    assert [row["false_accept"] for row in result["rows"]] == [None, None]
    shutil.rmtree(folder / "vase")
    with pytest.raises(SystemExit, match="of 2 subjects; three subjects are needed"):
        run(monkeypatch, folder, tmp_path / "out.json")


def test_with_weights_every_descriptor_has_a_row(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, chat = clip_checkpoint(tmp_path / "clip"), vision_checkpoint(tmp_path / "chat")
    boxes = tmp_path / "boxes.json"
    boxes.write_text(json.dumps({name: [0.1, 0.1, 0.9, 0.9] for name in read(folder).names}))
    asked = ("--clip", str(clip), "--weights", str(chat), "--boxes", str(boxes))
    result = run(monkeypatch, folder, tmp_path / "out.json", *asked)
    assert [row["descriptor"] for row in result["rows"]][2:] == [str(clip), "eyes of chat"]
    assert result["missing"] == []
    assert len(result["margins"]) == 4 * len(objects.MARGINS)
    assert {row["margin"] for row in result["margins"]} > {"the whole picture", "none"}
