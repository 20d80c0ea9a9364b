"""The pictures as models see them: resized here, so that every engine sees the same pixels.

The published weights were trained with at most 230,400 pixels a picture (paper, Table 3). Sides are
the multiples of 28 that Qwen2.5-VL's own image processor would choose, which then finds nothing
left to do. Other architectures get the same picture, and resize it further as they need.
"""

from __future__ import annotations

import base64
import io
import math

from PIL import Image as Pillow

from personavlm.errors import BadImage
from personavlm.records import Image

MAX_PIXELS = 230_400
MIN_PIXELS = 3_136
PATCH = 28  # pixels a side: two by two patches of 14, which the model reads as one token
MAX_RATIO = 200  # of the long to the short side: the processor refuses more


def model_size(width: int, height: int) -> tuple[int, int]:
    """The width and height that a picture of this size gets for a model.

    A strip longer than 200 to 1 is squeezed to that.
    """
    width, height = _bounded(width, height)
    wide, high = (round(side / PATCH) for side in (width, height))
    pixels = wide * high * PATCH**2
    if pixels > MAX_PIXELS:
        shrink = math.sqrt(width * height / MAX_PIXELS)
        wide, high = (max(1, math.floor(side / shrink / PATCH)) for side in (width, height))
    elif pixels < MIN_PIXELS:
        grow = math.sqrt(MIN_PIXELS / (width * height))
        wide, high = (math.ceil(side * grow / PATCH) for side in (width, height))
    wide, high = _bounded(wide, high)  # rounding may have made it longer
    return wide * PATCH, high * PATCH


def for_model(image: Image) -> Pillow.Image:
    """The picture as RGB pixels of `model_size`.

    Raises:
        BadImage: the stored file is gone or damaged.
    """
    try:
        with Pillow.open(image.path) as opened:
            pixels = opened.convert("RGB")
    except OSError as error:
        raise BadImage(
            "A picture of this conversation cannot be read any more. Send it again."
        ) from error
    return resized(pixels)


def resized(pixels: Pillow.Image) -> Pillow.Image:
    """A picture in `model_size`."""
    size = model_size(*pixels.size)
    return pixels if pixels.size == size else pixels.resize(size, Pillow.Resampling.BICUBIC)


def data_url(image: Image) -> str:
    """`for_model`, without loss, as the text that a server's chat API takes.

    Raises:
        BadImage: as `for_model`.
    """
    buffer = io.BytesIO()
    for_model(image).save(buffer, "PNG", compress_level=1)  # the server is on this machine
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def _bounded(width: int, height: int) -> tuple[int, int]:
    return min(width, height * MAX_RATIO), min(height, width * MAX_RATIO)
