"""A folder of pictures with captions."""

from pathlib import Path

import pytest
from PIL import Image
from synthesis.played import album as write_album

from personavlm.errors import BadImage, BadInput
from personavlm.synthesis.life import Photo
from personavlm.synthesis.pictures import described, encoded, size
from personavlm.synthesis.writing.photos import CAPTIONS, album


def test_a_picture_is_shown_as_it_is(tmp_path: Path) -> None:
    found = album(write_album(tmp_path / "pictures"))
    photo = found.shots[1].taken(12)
    path = tmp_path / "pictures" / "p 1.png"
    assert photo == Photo("012-p-1.png", str(path), "a plain card, number 1", 41, 30)
    assert (size(photo), encoded(photo)) == ((41, 30), path.read_bytes())
    assert described(photo) == "a plain card, number 1"
    path.unlink()
    with pytest.raises(BadImage, match="cannot be read any more"):
        encoded(photo)


def test_two_albums_are_told_apart(tmp_path: Path) -> None:
    one, other = write_album(tmp_path / "one"), write_album(tmp_path / "other", 2)
    assert album(one).digest == album(one).digest != album(other).digest
    assert album(None).shots == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "names no pictures"),
        ('{"file": "no.png", "caption": "x"}', r"line 1: there is no file no\.png"),
        ('{"file": "../captions.jsonl", "caption": "x"}', "line 1: there is no file"),
        ('{"file": "p 0.png"}', "line 1: Field required"),
    ],
)
def test_captions_that_cannot_be_used_are_named(tmp_path: Path, text: str, problem: str) -> None:
    folder = write_album(tmp_path / "pictures")
    (folder / CAPTIONS).write_text(f"{text}\n")
    with pytest.raises(BadInput, match=problem):
        album(folder)


def test_what_is_no_picture_is_named(tmp_path: Path) -> None:
    folder = write_album(tmp_path / "pictures")
    (folder / "p 0.png").write_text("not a picture")
    Image.new("RGB", (4, 4)).save(folder / "p 1.png", "BMP")
    shots = album(folder).shots
    with pytest.raises(BadImage, match="is no picture that can be read"):
        shots[0].taken(0)
    with pytest.raises(BadImage, match="is BMP; use PNG, JPEG, WEBP"):
        shots[1].taken(0)
    with pytest.raises(BadInput, match=r"captions\.jsonl cannot be read"):
        album(tmp_path)
