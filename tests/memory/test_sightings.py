"""Where the things that a message names are in its pictures; nothing that goes wrong is fatal."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image as Pillow
from seeing import Blobs, Broken, scene, sight

from personavlm.memory.pictures import encode_picture, unsaved_picture
from personavlm.memory.sight import Sight
from personavlm.memory.sightings import MOST_NAMED, Sighting, look_for, short_name
from personavlm.protocol.updates import ImageObject
from personavlm.records import Image
from personavlm.vision.base import Box, Vision, cropped

CORGI, CAT = ImageObject("Biscuit", "corgi"), ImageObject("Miso", "cat")
LEFT, RIGHT = (10, 20, 50, 60), (120, 10, 180, 80)


@pytest.fixture
def kept(tmp_path: Path) -> Callable[..., Image]:
    return lambda data: unsaved_picture(tmp_path, encode_picture(data))


def near(box: Box, drawn: tuple[int, int, int, int]) -> bool:
    """Whether it is the drawn one, but for what blurs at its edges."""
    edges = (box.left, box.top, box.right, box.bottom)
    return all(abs(a - b) <= 3 for a, b in zip(edges, drawn, strict=True))


def pixels(seen: Sighting) -> Pillow.Image:
    assert seen.crop is not None
    return Pillow.open(io.BytesIO(seen.crop.data))


def test_a_thing_is_cut_out_with_a_margin(kept: Callable[..., Image]) -> None:
    image = kept(scene(("corgi", RIGHT), ("cat", LEFT)))
    seen = look_for([CORGI], [image], sight(Blobs()))
    [biscuit] = seen.sightings
    assert (biscuit.name, biscuit.category, biscuit.source) == ("Biscuit", "corgi", image)
    assert near(biscuit.box, RIGHT) and seen.notes == ()
    crop = pixels(biscuit)
    assert crop.size == cropped(Pillow.open(image.path), biscuit.box).size
    assert 60 < crop.width < 200 and 70 < crop.height < 100
    colour = crop.getpixel((crop.width // 2, crop.height // 2))
    assert isinstance(colour, tuple) and colour[0] > 200 and colour[2] < 80, "orange"


def test_the_nth_of_a_kind_has_the_nth_box(kept: Callable[..., Image]) -> None:
    named = [CORGI, CAT, ImageObject("Waffle", "Corgi"), ImageObject("Toast", "corgi")]
    one = kept(scene(("corgi", LEFT), ("cat", (70, 10, 100, 40))))
    two = kept(scene(("corgi", RIGHT)))
    detector = Blobs()
    seen = look_for(named, [one, two], sight(detector))
    assert detector.asked == [[["corgi", "cat"], ["corgi", "cat"]]], "in one batch"
    assert [each.name for each in seen.sightings] == ["Biscuit", "Miso", "Waffle", "Toast"]
    biscuit, miso, waffle, toast = seen.sightings
    assert biscuit.source == one and near(biscuit.box, LEFT)
    assert miso.source == one and near(miso.box, (70, 10, 100, 40))
    assert waffle.source == two and near(waffle.box, RIGHT)
    assert toast.crop is None and toast.source == two, "the third of two is no box"
    assert seen.notes == ("not found in the picture, so all of it is kept",)


def test_the_only_one_of_its_kind_is_looked_for_in_every_picture(
    kept: Callable[..., Image],
) -> None:
    pictures = [kept(scene(("corgi", LEFT))), kept(scene(("cat", LEFT))),
                kept(scene(("corgi", RIGHT), ("corgi", LEFT)))]  # fmt: skip
    seen = look_for([CORGI], pictures, sight(Blobs()))
    assert [each.source for each in seen.sightings] == [pictures[0], pictures[2]]
    assert near(seen.sightings[1].box, RIGHT), "the surest of the two"


@pytest.mark.parametrize("eyes", [None, Blobs(), Broken()])
def test_what_is_not_found_is_the_whole_picture(
    kept: Callable[..., Image], eyes: Blobs | Broken | None
) -> None:
    image = kept(scene(("cat", LEFT)))
    seen = look_for([CORGI], [image], sight(eyes))
    [whole] = seen.sightings
    assert (whole.crop, whole.box, whole.source) == (None, Box(0, 0, 200, 100), image)
    assert bool(seen.notes) == (eyes is not None)


def test_without_a_detector_several_pictures_show_one_thing_or_one_each(
    kept: Callable[..., Image],
) -> None:
    pictures = [kept(scene(("corgi", box))) for box in (LEFT, RIGHT)]
    alone = look_for([CORGI], pictures, sight()).sightings
    assert [each.source for each in alone] == pictures
    three = [CORGI, CAT, ImageObject("Ute", "bike")]
    sources = [each.source for each in look_for(three, pictures, sight()).sightings]
    assert sources == [pictures[0], pictures[1], pictures[1]]


def test_a_broken_picture_is_left_out(kept: Callable[..., Image]) -> None:
    good, bad = kept(scene(("corgi", LEFT))), kept(scene(("corgi", RIGHT)))
    bad.path.write_bytes(b"damaged")
    seen = look_for([CORGI], [bad, good], sight(Blobs()))
    assert [each.source for each in seen.sightings] == [good]
    assert seen.notes == ("a picture could not be read",)
    bad.path.unlink()
    assert look_for([CORGI], [bad], sight(Blobs())).sightings == ()


def test_eyes_that_cannot_even_be_chosen(kept: Callable[..., Image]) -> None:
    def choose() -> Vision:
        raise OSError("no such library")

    [whole] = look_for([CORGI], [kept(scene(("corgi", LEFT)))], Sight(choose)).sightings
    assert whole.crop is None


def test_nothing_is_looked_for_where_nothing_is_named(kept: Callable[..., Image]) -> None:
    detector = Blobs()
    assert look_for([], [kept(scene())], sight(detector)).sightings == ()
    assert look_for([CORGI], [], sight(detector)).sightings == ()
    assert detector.asked == []
    many = [ImageObject(f"n{i}", "cat") for i in range(50)]
    assert len(look_for(many, [kept(scene())], sight(detector)).sightings) == MOST_NAMED


def test_a_crop_too_small_to_keep_is_the_whole_picture(kept: Callable[..., Image]) -> None:
    image = kept(scene(("corgi", (8, 8, 13, 13)), size=(20, 20)))
    [whole] = look_for([CORGI], [image], sight(Blobs())).sightings
    assert (whole.crop, whole.box) == (None, Box(0, 0, 20, 20))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Biscuit", "Biscuit"),
        ("This is my corgi Biscuit", "corgi Biscuit"),
        ("The user has a corgi named Biscuit", "Biscuit"),
        ("I love tea. This is my new blue mug", "blue mug"),
        ("The user's grandmother's clock", "grandmother's clock"),
        ("Maya's red mug", "Maya's red mug"),
        ("their new backpack, which is grey", "backpack"),
        ("a photo of Lena", "Lena"),
        ("", "thing"),
        ("…", "…"),
        ("my " + "very " * 40 + "old clock", "very " * 10 + "old clock"),
    ],
)  # fmt: skip
def test_a_short_name(text: str, name: str) -> None:
    assert short_name(text, "thing") == name
