"""Crops, and light imports."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PIL import Image as Pillow

from personavlm.vision.base import Box, cropped


@pytest.mark.parametrize(
    ("box", "margin", "size"),
    [
        (Box(40, 30, 60, 50), 0.0, (20, 20)),
        (Box(40, 30, 60, 40), 0.1, (24, 12)),  # 2 more left and right, 1 above and below
        (Box(0, 0, 10, 10), 0.5, (15, 15)),  # clipped at two sides
        (Box(0, 0, 100, 100), 0.1, (100, 100)),
        (Box(-50, -50, 500, 500), 0.1, (100, 100)),
        (Box(200, 200, 300, 300), 0.0, (1, 1)),  # outside: the nearest pixel
        (Box(60, 50, 40, 30), 0.0, (1, 1)),  # inside out
    ],
)
def test_a_crop_stays_inside_the_picture(box: Box, margin: float, size: tuple[int, int]) -> None:
    assert cropped(Pillow.new("RGB", (100, 100)), box, margin).size == size


def test_a_crop_is_that_part_of_the_picture() -> None:
    picture = Pillow.new("RGB", (100, 50), "white")
    picture.paste("red", (40, 20, 60, 30))
    assert cropped(picture, Box(40, 20, 60, 30), 0.0).getcolors() == [(200, (255, 0, 0))]
    wide = cropped(picture, Box(40, 20, 60, 30))
    assert wide.size == (24, 12), "10% of 20 and of 10 on each side"
    assert wide.getpixel((2, 1)) == (255, 0, 0) != wide.getpixel((1, 1))


def test_a_crop_of_one_pixel() -> None:
    assert cropped(Pillow.new("RGB", (1, 1)), Box(0, 0, 1, 1)).size == (1, 1)


def test_choosing_without_weights_loads_no_network_library() -> None:
    script = (
        "import sys; from personavlm.vision.choose import choose_vision; v = choose_vision();"
        "print(v.descriptor.name, [n for n in ('torch', 'transformers') if n in sys.modules])"
    )
    environment = {"HF_HOME": "/nonexistent", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "covariance-1 []\n"
