"""Pictures a person sends: checked, stripped of metadata, bounded in size, kept by their hash."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import warnings
from pathlib import Path
from typing import NamedTuple

from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from personavlm.errors import BadImage, MemoryUnavailable
from personavlm.records import Image

MIN_SIDE = 8  # pixels
MAX_PIXELS_IN = 64_000_000  # as announced by the file's header, before anything is decoded
MAX_BYTES_IN = 40_000_000
MAX_PIXELS_KEPT = 1_048_576  # the model sees 230,400 (paper, Table 3); a person may look closer
MAX_SIDE_KEPT = 8_192  # WebP ends at 16,383
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")

Picture = str | Path | bytes | Pillow.Image


class EncodedPicture(NamedTuple):
    """A picture as it will be stored: WebP bytes, named by their sha256."""

    hash: str
    width: int
    height: int
    data: bytes


def encode_picture(picture: Picture) -> EncodedPicture:
    """Check a picture and bring it into the stored form: first frame, upright, RGB, bounded.

    Raises:
        BadImage: not a picture, truncated, too small or too large.
    """
    upright = pixels_of(picture)
    if min(upright.size) < MIN_SIDE:
        raise BadImage(
            f"The picture is {upright.width}x{upright.height} pixels; "
            f"at least {MIN_SIDE}x{MIN_SIDE} are needed."
        )
    pixels = upright.width * upright.height
    scale = min((MAX_PIXELS_KEPT / pixels) ** 0.5, MAX_SIDE_KEPT / max(upright.size))
    if scale < 1:
        size = (max(1, int(upright.width * scale)), max(1, int(upright.height * scale)))
        upright = upright.resize(size, Pillow.Resampling.LANCZOS)
    buffer = io.BytesIO()
    upright.save(buffer, "WEBP", quality=90, method=4)
    data = buffer.getvalue()
    return EncodedPicture(hashlib.sha256(data).hexdigest(), upright.width, upright.height, data)


def picture_size(data: bytes) -> tuple[int, int]:
    """The size of a stored picture, once it is known that it can be decoded.

    Raises:
        BadImage: as for `encode_picture`.
    """
    return pixels_of(data).size


def pixels_of(picture: Picture) -> Pillow.Image:
    """The first frame of a picture, upright, RGB.

    Raises:
        BadImage: not a picture, gone, truncated, or too large to be read safely.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)  # checked below
            opened = picture if isinstance(picture, Pillow.Image) else _open(picture)
        if opened.width * opened.height > MAX_PIXELS_IN:
            raise BadImage(
                f"The picture is {opened.width}x{opened.height} pixels, more than can be read "
                f"safely ({MAX_PIXELS_IN // 1_000_000} megapixels). Send a smaller one."
            )
        opened.seek(0)  # the first frame of an animation
        upright = ImageOps.exif_transpose(opened)
        if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
            layered = upright.convert("RGBA")
            paper = Pillow.new("RGBA", layered.size, "white")
            upright = Pillow.alpha_composite(paper, layered)
        if upright.mode.startswith("I"):  # 16 bits a pixel: Pillow would cut them off, not scale
            upright = upright.convert("I").point(lambda value: value / 256).convert("L")
        return upright.convert("RGB")
    except (Pillow.DecompressionBombError, MemoryError) as error:
        raise BadImage("The picture has too many pixels to be read. Send a smaller one.") from error
    except (OSError, SyntaxError, ValueError, EOFError, TypeError) as error:
        # Pillow reports damaged files with all of these.
        raise BadImage(
            "The picture is damaged or incomplete. Try saving it again as PNG or JPEG."
        ) from error


def _open(picture: str | Path | bytes) -> Pillow.Image:
    try:
        data = picture if isinstance(picture, bytes) else Path(picture).read_bytes()
    except (OSError, ValueError) as error:
        raise BadImage(f"The picture file {picture!r} cannot be read.") from error
    if len(data) > MAX_BYTES_IN:
        raise BadImage(f"The picture file is larger than {MAX_BYTES_IN // 1_000_000} MB.")
    try:
        return Pillow.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise BadImage("That file is not a picture. Send a PNG, JPEG, WebP or GIF.") from error


def picture_path(folder: Path, name: str) -> Path:
    """Where the picture with this hash lies in a person's folder."""
    return folder / "images" / f"{name}.webp"


def write_picture(folder: Path, name: str, data: bytes) -> None:
    """Put a picture on disk, whole or not at all. One that is there already is left alone.

    Raises:
        MemoryUnavailable: the disk refuses.
    """
    path = picture_path(folder, name)
    if path.exists():
        return
    partial = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            partial = Path(file.name)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        if partial is not None:
            partial.unlink(missing_ok=True)
        raise MemoryUnavailable(
            f"The picture could not be kept ({error.strerror}). Free some space and try again."
        ) from error


def unsaved_picture(folder: Path, picture: EncodedPicture) -> Image:
    """A picture of a conversation that is not stored, as a file in a folder that will go."""
    path = folder / f"{picture.hash}.webp"
    path.write_bytes(picture.data)
    return Image(picture.hash, picture.width, picture.height, path)
