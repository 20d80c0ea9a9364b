"""Small drawn pictures: one thing in one colour, or several of a kind, on a plain ground."""

from __future__ import annotations

import math
from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageDraw

from personavlm.synthesis.life import Picture

WIDTH, HEIGHT, SCALE = 160, 120, 2  # drawn at SCALE times the size, which smooths the edges
COLOURS = {
    "red": "#c8312b",
    "blue": "#2f62c9",
    "pink": "#ee8fb4",
    "grey": "#85888f",
    "green": "#2f9a4c",
    "white": "#fbfaf5",
    "black": "#232326",
    "brown": "#7d5332",
    "yellow": "#f0c52b",
    "orange": "#ec8022",
    "purple": "#7b3fa6",
    "turquoise": "#2ab7b3",
}
COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eleven": 11}
COUNTS["twelve"] = 12
INK, GROUND, SKY = "#3a3640", "#cfe0c3", "#e6eff5"

_Pen = Callable[[ImageDraw.ImageDraw, str, int], None]


def draw(picture: Picture) -> bytes:
    """The picture as a PNG file's bytes.

    Raises:
        KeyError: there is no such thing or colour.
    """
    canvas = Image.new("RGB", (WIDTH, HEIGHT), SKY)
    pen = ImageDraw.Draw(canvas)
    pen.rectangle((0, 92, WIDTH, HEIGHT), fill=GROUND)
    THINGS[picture.thing](pen, COLOURS[picture.colour], picture.count)
    flat = canvas.resize((WIDTH * SCALE, HEIGHT * SCALE), Image.Resampling.LANCZOS)
    out = BytesIO()
    flat.quantize(64, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "PNG")
    return out.getvalue()


def _mug(pen: ImageDraw.ImageDraw, colour: str, _: int) -> None:
    pen.ellipse((88, 48, 118, 82), outline=colour, width=7)
    pen.rounded_rectangle((52, 36, 102, 96), 8, fill=colour, outline=INK)
    pen.ellipse((52, 30, 102, 44), fill="#5b3b26", outline=INK)


def _kite(pen: ImageDraw.ImageDraw, colour: str, _: int) -> None:
    pen.polygon([(92, 8), (122, 42), (92, 80), (66, 42)], fill=colour, outline=INK)
    pen.line([(92, 8), (92, 80)], INK, 2)
    pen.line([(92, 80), (78, 96), (88, 106), (70, 118)], INK, 2)


def _cake(pen: ImageDraw.ImageDraw, colour: str, count: int) -> None:
    pen.rounded_rectangle((18, 58, 142, 102), 6, fill=colour, outline=INK)
    pen.rectangle((18, 74, 142, 82), fill="#fff4e2")
    for place in range(count):
        x = 26 + (place + 0.5) * 108 / count
        pen.rectangle((x - 2, 38, x + 2, 58), fill="#4c79b8")
        pen.ellipse((x - 3, 27, x + 3, 38), fill="#f6a623")


def _house(pen: ImageDraw.ImageDraw, colour: str, _: int) -> None:
    pen.rectangle((38, 50, 122, 106), fill="#efe3cf", outline=INK)
    pen.polygon([(30, 52), (80, 14), (130, 52)], fill="#8f5a4a", outline=INK)
    pen.rectangle((68, 68, 92, 106), fill=colour, outline=INK)
    for x in (46, 100):
        pen.rectangle((x, 62, x + 14, 78), fill="#a9cfe4", outline=INK)


def _umbrella(pen: ImageDraw.ImageDraw, colour: str, _: int) -> None:
    pen.line([(80, 30), (80, 98)], INK, 4)
    pen.arc((66, 88, 82, 108), 0, 180, INK, 4)
    pen.pieslice((30, 20, 130, 110), 180, 360, fill=colour, outline=INK)


def _balloons(pen: ImageDraw.ImageDraw, colour: str, count: int) -> None:
    for place in range(count):
        x, y = 18 + (place % 6) * 25, 26 + (place // 6) * 34
        pen.line([(x, y), (80, 114)], INK, 1)
        pen.ellipse((x - 10, y - 13, x + 10, y + 13), fill=colour, outline=INK)


def _dog(pen: ImageDraw.ImageDraw, colour: str, _: int) -> None:
    pen.ellipse((48, 62, 112, 104), fill=colour, outline=INK)
    for x in (50, 96):
        pen.rounded_rectangle((x, 24, x + 14, 66), 7, fill=colour, outline=INK)
    _face(pen, colour)
    pen.rounded_rectangle((74, 56, 86, 64), 3, fill=INK)


def _cat(pen: ImageDraw.ImageDraw, colour: str, _: int) -> None:
    pen.ellipse((52, 66, 108, 106), fill=colour, outline=INK)
    for left, tip, right in ((56, 54, 72), (104, 106, 88)):
        pen.polygon([(left, 42), (tip, 12), (right, 30)], fill=colour, outline=INK)
    _face(pen, colour)
    for y in (56, 62):
        pen.line([(44, y), (116, 118 - y)], INK, 1)


def _face(pen: ImageDraw.ImageDraw, colour: str) -> None:
    pen.ellipse((56, 26, 104, 74), fill=colour, outline=INK)
    for x in (68, 86):
        pen.ellipse((x, 42, x + 7, 50), fill=INK)


def _boat(pen: ImageDraw.ImageDraw, colour: str, _: int) -> None:
    pen.polygon([(82, 12), (82, 72), (124, 72)], fill=colour, outline=INK)
    pen.polygon([(34, 78), (132, 78), (114, 102), (50, 102)], fill="#8a6240", outline=INK)
    pen.line([(80, 10), (80, 78)], INK, 3)


def _flower(pen: ImageDraw.ImageDraw, colour: str, _: int) -> None:
    pen.line([(80, 56), (80, 112)], "#3d7a3a", 5)
    for place in range(6):
        x = 80 + 19 * math.cos(math.pi * place / 3)
        y = 46 + 19 * math.sin(math.pi * place / 3)
        pen.ellipse((x - 13, y - 13, x + 13, y + 13), fill=colour, outline=INK)
    pen.ellipse((69, 35, 91, 57), fill="#f3d25b", outline=INK)


def _fish(pen: ImageDraw.ImageDraw, colour: str, _: int) -> None:
    pen.polygon([(108, 58), (140, 36), (140, 82)], fill=colour, outline=INK)
    pen.ellipse((30, 34, 118, 84), fill=colour, outline=INK)
    pen.ellipse((46, 50, 54, 58), fill=INK)


THINGS: dict[str, _Pen] = {
    "mug": _mug,
    "kite": _kite,
    "cake": _cake,
    "house": _house,
    "umbrella": _umbrella,
    "balloons": _balloons,
    "dog": _dog,
    "cat": _cat,
    "boat": _boat,
    "flower": _flower,
    "fish": _fish,
}
SIGHTS = ("boat", "flower", "fish", "kite", "mug")  # what small talk may show
