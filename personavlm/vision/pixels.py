"""Pictures as the models here take them."""

from __future__ import annotations

from PIL import Image as Pillow

from personavlm.errors import BadImage

MAX_RATIO = 4  # of the long to the short side: resizing the short one makes the long one longer


def as_rgb(picture: Pillow.Image) -> Pillow.Image:
    """The picture in RGB, with its file read.

    Raises:
        BadImage: the file is gone, cut off or damaged.
    """
    try:
        return picture.convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:  # Pillow reports damaged files with these
        raise BadImage(
            "A picture cannot be read: its file is damaged or incomplete. Send it again."
        ) from error


def middle(picture: Pillow.Image) -> Pillow.Image:
    """The middle of a strip, at most `MAX_RATIO` times as long as it is wide; else the picture."""
    width = min(picture.width, picture.height * MAX_RATIO)
    height = min(picture.height, picture.width * MAX_RATIO)
    if (width, height) == picture.size:
        return picture
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))
