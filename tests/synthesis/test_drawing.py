"""The drawn pictures show what the questions ask about."""

from io import BytesIO

import pytest
from PIL import Image, ImageColor

from personavlm.synthesis.drawing import COLOURS, COUNTS, SIGHTS, THINGS, draw
from personavlm.synthesis.lexicon import lexicon
from personavlm.synthesis.life import Picture
from personavlm.synthesis.split import Split


def opened(thing: str, colour: str, count: int = 1) -> Image.Image:
    return Image.open(BytesIO(draw(Picture("x.png", thing, colour, count)))).convert("RGB")


@pytest.mark.parametrize("thing", THINGS)
def test_the_colour_can_be_seen(thing):
    for colour in ("red", "turquoise"):
        red, green, blue = ImageColor.getrgb(COLOURS[colour])
        pixels = opened(thing, colour).get_flattened_data()
        near = [p for p in pixels if abs(p[0] - red) + abs(p[1] - green) + abs(p[2] - blue) < 30]
        assert len(near) > 300


def test_more_candles_are_more_flames():
    def flames(count: int) -> int:
        pixels = opened("cake", "white", count).get_flattened_data()
        return sum(r > 220 and 130 < g < 190 and b < 90 for r, g, b in pixels)

    seen = [flames(count) for count in sorted(set(COUNTS.values()))]
    assert seen[0] > 0 and seen == sorted(set(seen))


def test_the_same_picture_has_the_same_bytes():
    picture = Picture("x.png", "boat", "red")
    assert draw(picture) == draw(picture)


def test_whatever_is_told_of_can_be_drawn():
    assert set(SIGHTS) <= THINGS.keys()
    for split in Split:
        for subject in lexicon(split).subjects:
            if subject.draws is not None:
                assert subject.draws in THINGS
                if not subject.object:
                    assert all(v.said in COLOURS or v.said in COUNTS for v in subject.values)
