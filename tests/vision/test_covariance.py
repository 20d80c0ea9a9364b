"""The descriptor that needs no weights."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageEnhance, ImageOps

from personavlm.errors import BadImage
from personavlm.vision.covariance import Covariance


def thing(colour: str, ground: str, stripes: int = 0) -> Pillow.Image:
    """A disc, striped or not, in the middle of a plain ground."""
    picture = Pillow.new("RGB", (200, 160), ground)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((60, 40, 140, 120), fill=colour)
    for place in range(stripes):
        draw.line((60, 45 + 10 * place, 140, 45 + 10 * place), fill="black", width=4)
    return picture


def test_unit_rows(pictures: list[Pillow.Image]) -> None:
    descriptor = Covariance()
    rows = descriptor.describe(pictures)
    assert rows.shape == (len(pictures), descriptor.dimension) and rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    for row, picture in zip(rows, pictures, strict=True):
        np.testing.assert_array_equal(descriptor.describe([picture])[0], row)
    assert descriptor.describe([]).shape == (0, descriptor.dimension)


def test_colour_and_texture_tell_things_apart() -> None:
    red, mirrored, darker, smaller, blue, striped = Covariance().describe(
        [
            thing("firebrick", "tan"),
            ImageOps.mirror(thing("firebrick", "tan")),
            ImageEnhance.Brightness(thing("firebrick", "tan")).enhance(0.9),
            thing("firebrick", "tan").resize((100, 80)),
            thing("royalblue", "tan"),
            thing("firebrick", "tan", stripes=8),
        ]
    )
    near = [red @ other for other in (mirrored, darker, smaller)]
    far = [red @ other for other in (blue, striped)]
    assert min(near) > Covariance.threshold > max(far)


def test_the_middle_counts_more_than_the_edge() -> None:
    plain, middle, edge = thing("tan", "tan"), thing("navy", "tan"), Pillow.new("RGB", (200, 160))
    edge.paste(Pillow.new("RGB", (176, 136), "tan"), (12, 12))  # black all around
    rows = Covariance().describe([plain, middle, edge])
    assert rows[0] @ rows[2] > rows[0] @ rows[1]


def test_a_damaged_file_is_told(broken: Pillow.Image) -> None:
    with pytest.raises(BadImage, match="damaged or incomplete"):
        Covariance().describe([broken])
