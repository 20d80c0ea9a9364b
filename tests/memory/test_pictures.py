"""Pictures as people send them, and as they are kept."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path

import pytest
from disk import files_with, picture_files
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo
from scripted import ScriptedEngine

from personavlm.agent import Agent
from personavlm.errors import BadImage, MemoryUnavailable
from personavlm.memory.pictures import MAX_PIXELS_KEPT, encode_picture

SECRET = "51.5007N-0.1246W"
ORIENTATION, GPS, DESCRIPTION = 0x0112, 0x8825, 0x010E


def saved(image: Pillow.Image, format: str = "PNG", **how: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **how)
    return buffer.getvalue()


def kept(picture: bytes | Path | str | Pillow.Image) -> Pillow.Image:
    """A picture as it comes back from where it is kept."""
    encoded = encode_picture(picture)
    image = Pillow.open(io.BytesIO(encoded.data))
    assert image.size == (encoded.width, encoded.height)
    assert (image.format, image.mode) == ("WEBP", "RGB")
    return image


def near(image: Pillow.Image, place: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    pixel = image.getpixel(place)
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 24 for a, b in zip(pixel, colour, strict=True))


def huge_header(width: int, height: int) -> bytes:
    """A PNG that announces a size and holds next to nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0" * 99)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


ORANGE = Pillow.new("RGB", (64, 48), "orange")
BAD: list[tuple[bytes, str]] = [
    (b"", "not a picture"),
    (b"hello, I am a text", "not a picture"),
    (b"%PDF-1.7 and so on", "not a picture"),
    (saved(Pillow.effect_noise((64, 64), 90))[:-600], "damaged"),
    (saved(Pillow.effect_noise((64, 64), 90), "JPEG")[:900], "damaged"),
    (saved(Pillow.new("RGB", (1, 1))), "1x1 pixels; at least 8x8"),
    (saved(Pillow.new("RGB", (4000, 3))), "4000x3"),
    (huge_header(20_000, 20_000), "pixels"),
    (huge_header(10_000, 10_000), "10000x10000"),
    (huge_header(2**31 - 1, 2**31 - 1), "pixels|damaged|not a picture"),
    (b"\0" * 40_000_001, "40 MB"),
]


@pytest.mark.parametrize(("data", "message"), BAD)
def test_what_cannot_be_used_is_refused_in_plain_words(data: bytes, message: str) -> None:
    with pytest.raises(BadImage, match=message):
        encode_picture(data)


def test_a_decompression_bomb_is_refused_before_it_is_decoded() -> None:
    bomb = saved(Pillow.new("1", (12_000, 12_000)))
    assert len(bomb) < 100_000
    with warnings.catch_warnings(), pytest.raises(BadImage, match="12000x12000"):
        warnings.simplefilter("error")
        encode_picture(bomb)


def test_no_damage_gets_through_as_another_error() -> None:
    sources = [saved(ORANGE, name) for name in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")]
    outcomes = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for source in sources:
            for place in range(0, min(len(source), 400), 3):
                damaged = bytearray(source)
                damaged[place] ^= 0xFF
                try:
                    encode_picture(bytes(damaged))
                    outcomes.add("usable")
                except BadImage:
                    outcomes.add("refused")
    assert outcomes == {"usable", "refused"}


def test_a_file_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "orange.png"
    path.write_bytes(saved(ORANGE))
    assert near(kept(path), (5, 5), (255, 165, 0))
    assert encode_picture(str(path)) == encode_picture(path) == encode_picture(ORANGE)
    for missing in (tmp_path / "none.png", str(tmp_path), "a\0b"):
        with pytest.raises(BadImage, match="cannot be read"):
            encode_picture(missing)


def test_the_first_frame_of_an_animation() -> None:
    frames = [Pillow.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    animation = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    assert near(kept(animation), (9, 9), (255, 0, 0))
    opened = Pillow.open(io.BytesIO(animation))
    opened.seek(2)
    assert near(kept(opened), (9, 9), (255, 0, 0)), "wherever it was before"


def test_a_camera_s_picture_is_turned_upright() -> None:
    image = Pillow.new("RGB", (40, 20), "blue")
    image.paste("red", (0, 0, 20, 20))  # left half red
    exif = Pillow.Exif()
    exif[ORIENTATION] = 6  # to be turned right by 90 degrees: left becomes top
    upright = kept(saved(image, "JPEG", exif=exif, quality=95))
    assert upright.size == (20, 40)
    assert near(upright, (10, 5), (255, 0, 0)) and near(upright, (10, 35), (0, 0, 255))


def test_transparency_lies_on_white() -> None:
    for mode in ("RGBA", "LA"):
        assert near(kept(saved(Pillow.new(mode, (16, 16), 0))), (8, 8), (255, 255, 255))
    palette = Pillow.new("P", (16, 16), 0)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    palette.paste(1, (0, 0, 8, 16))
    image = kept(saved(palette, "GIF", transparency=0))
    assert near(image, (2, 8), (255, 0, 0)) and near(image, (13, 8), (255, 255, 255))


def test_other_kinds_of_pixels() -> None:
    assert near(kept(saved(Pillow.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG")), (8, 8),
                (255, 0, 0))  # fmt: skip
    sixteen_bits = Pillow.new("I;16", (16, 16), 0x8000)
    assert near(kept(saved(sixteen_bits)), (8, 8), (128, 128, 128)), "grey stays grey"
    assert near(kept(saved(Pillow.new("1", (16, 16), 1))), (8, 8), (255, 255, 255))
    assert near(kept(saved(ORANGE.convert("P"))), (8, 8), (255, 165, 0))
    assert near(kept(saved(Pillow.new("L", (16, 16), 77), "TIFF")), (8, 8), (77, 77, 77))


def test_metadata_is_not_kept() -> None:
    exif = Pillow.Exif()
    exif[DESCRIPTION] = SECRET
    exif[GPS] = {1: "N", 2: (51.0, 30.0, 2.0), 29: SECRET}
    text = PngInfo()
    text.add_text("Location", SECRET)
    text.add_itxt("XML:com.adobe.xmp", SECRET)
    profile = SECRET.encode()
    for picture in (
        saved(ORANGE, "JPEG", exif=exif, comment=SECRET),
        saved(ORANGE, "PNG", pnginfo=text, exif=exif, icc_profile=profile),
        saved(ORANGE, "WEBP", exif=exif, xmp=profile, icc_profile=profile),
        saved(ORANGE, "GIF", comment=profile),
    ):
        assert SECRET.encode() in picture or b"iCCP" in picture
        data = encode_picture(picture).data
        assert SECRET.encode() not in data
        image = Pillow.open(io.BytesIO(data))
        assert not image.getexif() and not {"exif", "xmp", "icc_profile"} & set(image.info)
    plain = encode_picture(ORANGE)
    assert encode_picture(saved(ORANGE, "PNG", pnginfo=text)) == plain, "nothing of it in the name"


@pytest.mark.parametrize("size", [(3000, 2000), (20_000, 60), (60, 20_000), (16_384, 8)])
def test_the_kept_size_is_bounded(size: tuple[int, int]) -> None:
    image = kept(saved(Pillow.new("RGB", size, "teal")))
    assert image.width * image.height <= MAX_PIXELS_KEPT and max(image.size) <= 16_383
    assert image.width / image.height == pytest.approx(size[0] / size[1], rel=0.3)


def test_the_same_picture_is_kept_once(agent: Agent, tmp_path: Path) -> None:
    agent.chat("one", ORANGE)
    agent.chat("two", [ORANGE, saved(ORANGE)])
    assert len(picture_files(tmp_path)) == 1
    [one, two] = agent.turns()
    assert [len(turn.images) for turn in (one, two)] == [1, 2]
    assert one.images[0] == two.images[0] == two.images[1]
    assert Pillow.open(one.images[0].path).size == ORANGE.size


def test_a_disk_that_refuses_a_picture(
    agent: Agent, engine: ScriptedEngine, tmp_path: Path
) -> None:
    agent.chat("before")
    folder = agent.memory.database.folder / "images"
    folder.rmdir()
    folder.write_text("in the way")
    with pytest.raises(MemoryUnavailable, match="picture could not be kept"):
        agent.chat("look at this secret", ORANGE)
    assert [turn.text for turn in agent.turns()] == ["before"]
    assert agent.memory.counts()["images"] == 0 and not agent.updating()
    assert files_with(tmp_path, "look at this secret") == []
    folder.unlink()
    folder.mkdir()
    agent.chat("again", ORANGE)
    assert len(picture_files(tmp_path)) == 1


def test_nothing_half_written_is_left(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(MemoryUnavailable, match="No space left"):
        patch.setattr(Path, "replace", full)
        agent.chat("look", ORANGE)
    assert picture_files(agent.memory.database.folder) == []
