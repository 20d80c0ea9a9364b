"""Draw the small pictures that go with the sample month (run it to redraw them all).

Every picture is made of flat shapes on a 384x288 canvas. Shapes are drawn at four times that
size and scaled down, which smooths their edges; the result is stored with few colours.
"""

import math
import random
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw

WIDTH, HEIGHT, SCALE = 384, 288, 4
Point = tuple[float, float]
INK, WHITE = "#3b3340", "#fffaf2"


def curve(points: list[Point], closed: bool, steps: int = 14) -> list[Point]:
    """A smooth (Catmull-Rom) line through the points."""
    n, out = len(points), list[Point]()
    for i in range(n if closed else n - 1):
        near = (i + k if closed else min(max(i + k, 0), n - 1) for k in (-1, 0, 1, 2))
        p0, p1, p2, p3 = (points[k % n] for k in near)
        for t in (k / steps for k in range(steps)):
            a, b = -t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3
            c, d = t + 4 * t**2 - 3 * t**3, t**3 - t**2
            x = (a * p0[0] + b * p1[0] + c * p2[0] + d * p3[0]) / 2
            y = (a * p0[1] + b * p1[1] + c * p2[1] + d * p3[1]) / 2
            out.append((x, y))
    return out if closed else [*out, points[-1]]


class Scene:
    """A canvas whose coordinates are those of the finished picture."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE))
        self.pen = ImageDraw.Draw(self.image)

    def poly(self, points: list[Point], fill: str) -> None:
        self.pen.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=fill)

    def shape(self, points: list[Point], fill: str) -> None:
        """A soft closed outline through the points."""
        self.poly(curve(points, closed=True), fill)

    def oval(self, x: float, y: float, rx: float, ry: float, fill: str, turn: float = 0) -> None:
        """An ellipse around (x, y), turned by so many degrees."""
        c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        angles = [2 * math.pi * i / 90 for i in range(90)]
        rim = [(rx * math.cos(a), ry * math.sin(a)) for a in angles]
        self.poly([(x + u * c - v * s, y + u * s + v * c) for u, v in rim], fill)

    def ovals(self, *parts: tuple[float, float, float, float, str]) -> None:
        for x, y, rx, ry, fill in parts:
            self.oval(x, y, rx, ry, fill)

    def dots(self, points: list[Point], rx: float, ry: float, fill: str) -> None:
        for x, y in points:
            self.oval(x, y, rx, ry, fill)

    def box(self, x: float, y: float, w: float, h: float, fill: str, r: float = 0) -> None:
        spot = (x * SCALE, y * SCALE, (x + w) * SCALE - 1, (y + h) * SCALE - 1)
        self.pen.rounded_rectangle(spot, r * SCALE, fill=fill)

    def boxes(self, r: float, *parts: tuple[float, float, float, float, str]) -> None:
        for part in parts:
            self.box(*part, r)

    def line(self, points: list[Point], fill: str, width: float) -> None:
        """A smooth line with round ends."""
        path = curve(points, closed=False) if len(points) > 2 else points
        self.pen.line([(x * SCALE, y * SCALE) for x, y in path], fill, round(width * SCALE))
        self.dots(path, width / 2, width / 2, fill)

    def ring(self, x: float, y: float, r: float, fill: str, width: float) -> None:
        spot = ((x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE)
        self.pen.ellipse(spot, outline=fill, width=round(width * SCALE))

    def save(self, path: Path) -> None:
        small = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        flat = small.quantize(128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        flat.save(path, optimize=True)


def biscuit(s: Scene) -> None:
    """A corgi sitting on a rug."""
    s.box(0, 0, WIDTH, HEIGHT, "#f6d9b8")
    s.ovals((192, 262, 190, 42, "#e9a58c"), (192, 262, 168, 33, "#f1bda5"))
    tan = "#e59a4c"
    s.oval(266, 238, 22, 16, "#c97b34", -25)
    s.shape([(146, 150), (238, 150), (264, 212), (250, 256), (134, 256), (120, 212)], tan)
    s.shape([(160, 156), (224, 156), (230, 214), (212, 252), (172, 252), (154, 214)], WHITE)
    s.boxes(15, (147, 214, 34, 44, WHITE), (203, 214, 34, 44, WHITE))
    s.dots([(164, 256), (220, 256)], 21, 11, WHITE)
    for x in (158, 170, 214, 226):
        s.line([(x, 254), (x, 261)], "#d9cbb8", 2)
    for k in (-1, 1):
        s.shape([(192 + k * x, y) for x, y in [(22, 80), (55, 27), (74, 46), (70, 100)]], tan)
        s.shape([(192 + k * x, y) for x, y in [(36, 78), (54, 42), (64, 50), (62, 92)]], "#f3b8a2")
    crown, jaw = [(134, 82), (168, 62), (216, 62), (250, 82)], [(240, 152), (192, 164), (144, 152)]
    s.shape([(116, 120), *crown, (268, 120), *jaw], tan)
    blaze = [(192, 58), (200, 90), (236, 128), (222, 152), (192, 164)]
    s.shape([*blaze, (162, 152), (148, 128), (184, 90)], WHITE)
    s.dots([(162, 110), (222, 110)], 7.5, 8.5, INK)
    s.dots([(164.5, 107), (224.5, 107)], 2.5, 2.5, WHITE)
    s.shape([(179, 123), (192, 119), (205, 123), (192, 136)], INK)
    s.shape([(182, 145), (202, 145), (200, 164), (192, 170), (184, 164)], "#ec7f86")
    s.line([(170, 140), (181, 147), (192, 139), (203, 147), (214, 140)], INK, 3)
    s.line([(152, 170), (192, 181), (232, 170)], "#3f8f8a", 9)
    s.oval(192, 188, 9, 9, "#f4c542")


def olive(s: Scene) -> None:
    """A grey cat on a windowsill."""
    grey, dark = "#8c919c", "#6f7480"
    s.boxes(0, (0, 0, WIDTH, HEIGHT, "#f0c9b5"), (62, 20, 260, 210, WHITE))
    s.box(74, 32, 236, 190, "#bfe0ea")
    s.oval(268, 76, 24, 24, "#fbd98a")
    hills = curve([(74, 190), (130, 160), (230, 178), (310, 158)], closed=False)
    s.poly([*hills, (310, 222), (74, 222)], "#8fbf9f")
    s.box(198, 32, 12, 190, WHITE)
    s.boxes(4, (40, 222, 304, 24, "#d9b48a"), (40, 238, 304, 8, "#c39a6b"))
    s.line([(232, 210), (270, 226), (284, 252), (268, 270), (252, 262)], dark, 15)
    s.shape([(150, 132), (206, 132), (240, 182), (240, 224), (140, 224), (134, 176)], grey)
    s.shape([(158, 150), (192, 150), (192, 206), (172, 218), (156, 204)], "#b3b7bf")
    s.boxes(10, (149, 178, 22, 46, grey), (175, 178, 22, 46, grey))
    s.dots([(160, 221), (186, 221)], 14, 8, "#c9ccd2")
    for k in (-1, 1):
        s.poly([(172 + k * 10, 84), (172 + k * 42, 50), (172 + k * 46, 104)], grey)
        s.poly([(172 + k * 22, 84), (172 + k * 38, 64), (172 + k * 40, 96)], "#e7b3b3")
        s.line([(172 + k * 84, 119), (172 + k * 44, 126), (172 + k * 82, 133)], WHITE, 1.6)
    s.oval(172, 112, 48, 40, grey)
    s.dots([(160, 84), (172, 82), (184, 84)], 2.5, 8, dark)
    s.dots([(152, 110), (192, 110)], 11, 9, "#c9d66b")
    s.dots([(152, 110), (192, 110)], 3, 8.5, INK)
    s.poly([(166, 122), (178, 122), (172, 129)], "#e58f94")
    s.line([(162, 133), (167, 136), (172, 130), (177, 136), (182, 133)], INK, 2.5)


def mug(s: Scene) -> None:
    """A dark blue mug with yellow dots and a wonky handle."""
    blue, left = "#27457f", [(108, 170), (104, 84)]
    s.boxes(0, (0, 0, WIDTH, HEIGHT, "#f4dfc4"), (0, 208, WIDTH, 80, "#d8a676"))
    s.oval(190, 250, 112, 15, "#b98454")
    s.line([(254, 112), (318, 98), (328, 160), (300, 196), (246, 204)], blue, 20)
    s.shape([*left, (264, 88), (262, 170), (254, 238), (230, 250), (136, 250), (114, 240)], blue)
    s.ovals((184, 86, 80, 17, "#365a9c"), (184, 88, 70, 12, "#8a5a3b"))
    rows = [[(130, 128), (172, 140), (214, 130), (242, 156)], [(148, 172), (192, 184), (232, 200)]]
    s.dots([*rows[0], *rows[1], (128, 212), (166, 224), (208, 232)], 9, 8.5, "#f6c945")
    for x in (150, 184, 218):
        s.line([(x, 64), (x - 9, 48), (x + 6, 32), (x - 4, 14)], WHITE, 5)


def fern(s: Scene) -> None:
    """A maidenhair fern in a terracotta pot."""
    dice, greens = random.Random(3), ("#6aa84f", "#7fbb5d", "#4f9150")
    s.boxes(0, (0, 0, WIDTH, HEIGHT, "#e7efe2"), (0, 250, WIDTH, 38, "#b98a63"))
    s.oval(192, 132, 118, 112, "#f7ecd0")
    for i, lean in enumerate([-150, -118, -88, -56, -26, 6, 34, 62, 94, 122, 148]):
        tip = (192 + lean, 62 + abs(lean) * 0.62 + dice.uniform(-14, 14))
        stem = [(192 + lean * 0.12, 190.0), (192 + lean * 0.5, 58 + abs(lean) * 0.18), tip]
        path = curve(stem, closed=False, steps=9)
        s.line(path, "#4b3b35", 2.2)
        for k, (x, y) in enumerate(path[4:]):
            r, green = 11 - k * 0.35, greens[(i + k) % 3]
            for d in (-1, 1):
                s.oval(x + d * r * 0.85, y + dice.uniform(-3, 5), r, r * 0.7, green, d * 25)
    s.poly([(140, 196), (244, 196), (230, 266), (154, 266)], "#c9683f")
    s.poly([(140, 196), (160, 196), (170, 266), (154, 266)], "#d97f55")
    s.boxes(4, (130, 182, 124, 22, "#d4754a"), (130, 198, 124, 6, "#b95c36"))


def bookshelf(s: Scene) -> None:
    """Three shelves of books sorted by colour, mustard on top."""
    dice = random.Random(11)
    s.box(0, 0, WIDTH, HEIGHT, "#efe2cf")
    s.boxes(5, (52, 14, 280, 260, "#8d5f3f"), (62, 24, 260, 242, "#6d472e"))
    blues, reds = ["#3f7fa6", "#5aa0bd", "#2d5f85"], ["#b5473f", "#cf6a55", "#933530"]
    for row, shades in enumerate([["#d9a520", "#e3b53c", "#c99413"], blues, reds]):
        floor, x = 96 + row * 82, 66
        while x < 296:
            w, h = dice.randint(12, 22), dice.randint(46, 66)
            if row == 1 and 180 < x < 226:
                x = 232
            s.box(x, floor - h, w, h, dice.choice(shades), 2)
            s.boxes(0, *((x + 2, floor - d, w - 4, 3, "#f6e7cf") for d in (h - 8, 12)))
            x += w + 1
        s.box(52, floor, 280, 10, "#a87550", 2)
    s.box(195, 156, 26, 22, "#e9e2d5", 4)
    for dx, dy, turn in [(-9, -14, 60), (9, -14, -60), (0, -20, 90), (-14, -4, 25), (14, -4, -25)]:
        s.oval(208 + dx, 154 + dy, 14, 5, "#6fae63", turn)


def tiles(s: Scene) -> None:
    """Two hand-painted tiles, a swallow on each."""
    blue = "#2c5aa0"
    s.box(0, 0, WIDTH, HEIGHT, "#e6c7a0")
    for x, k in ((108, 1), (276, -1)):
        s.boxes(5, (x - 74, 76, 156, 150, "#c9a577"), (x - 78, 66, 156, 156, "#f5f4ee"))
        for u, v in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
            arc: list[Point] = [(x + u * p, 144 + v * (110 - p)) for p in (74, 52, 48, 36)]
            s.line(arc, "#7fa3d4", 4)
            s.oval(x + u * 64, 144 + v * 64, 9, 5.5, "#f0b73f", 45 * u * v)
        body = [(46, -16), (30, -24), (-6, -2), (-34, 24), (-4, 18), (32, -4)]
        wings = [(8, -12), (10, -40), (-6, -62), (-12, -6)], [(6, 6), (2, 36), (-14, 58), (-16, 16)]
        tail = [(-22, 12), (-62, 26), (-36, 24), (-52, 46), (-18, 20)]
        for part in (body, *wings):
            s.shape([(x + k * u, 144 + v) for u, v in part], blue)
        s.poly([(x + k * u, 144 + v) for u, v in tail], blue)
        s.ovals((x + k * 14, 142, 14, 5, "#f5f4ee"), (x + k * 36, 124, 2.5, 2.5, "#f5f4ee"))


def bike(s: Scene) -> None:
    """A green bike with a basket, in front of a pink wall."""
    green, brown = "#2f8f5b", "#8d5f3f"
    s.boxes(0, (0, 0, WIDTH, HEIGHT, "#f2b8a8"), (0, 232, WIDTH, 56, "#cbb9a4"))
    for k in range(39):
        s.box(k // 3 * 32 - 12 + k % 3 % 2 * 16, 240 + k % 3 * 17, 30, 15, "#d8c8b4", 4)
    s.boxes(4, (36, 18, 84, 116, WHITE), (44, 26, 68, 100, "#7fb3c8"), (30, 130, 96, 12, "#c0705f"))
    s.boxes(0, (75, 26, 6, 100, WHITE), (44, 74, 68, 6, WHITE))
    rear, front, crank, saddle, head = (116, 204), (284, 204), (190, 206), (168, 138), (258, 122)
    for x, y in (rear, front):
        for k in range(8):
            u, v = 50 * math.cos(math.pi * k / 8 + 0.2), 50 * math.sin(math.pi * k / 8 + 0.2)
            s.line([(x - u, y - v), (x + u, y + v)], "#a9a3a0", 1.2)
        s.ring(x, y, 54, INK, 6)
    s.dots([rear, front], 6, 6, INK)
    for tube in ([crank, rear, saddle, crank], [saddle, head], [crank, (262, 138)]):
        for a, b in pairwise(tube):
            s.line([a, b], green, 8)
    s.line([(256, 104), (264, 144), front], green, 8)
    s.line([(256, 106), (252, 88), (226, 88)], INK, 6)
    s.line([(226, 88), (214, 92)], brown, 9)
    s.line([(164, 126), saddle], INK, 6)
    s.shape([(136, 120), (172, 116), (196, 120), (170, 130), (148, 132)], brown)
    s.ovals((190, 206, 15, 15, INK), (190, 206, 9, 9, "#cfc9c4"))
    s.poly([(187, 208), (193, 204), (208, 226), (219, 226), (219, 231), (200, 231)], INK)
    s.poly([(268, 96), (332, 96), (322, 142), (278, 142)], "#c8935a")
    for k in range(4):
        s.line([(270 + k * 2.2, 104 + k * 10), (330 - k * 2.2, 104 + k * 10)], "#a67440", 2.5)
    s.box(264, 91, 72, 8, "#a67440", 4)


def octopus(s: Scene) -> None:
    """A round wall sign: a cheerful octopus with eight arms."""
    coral = "#f2836b"
    s.boxes(0, (0, 0, WIDTH, HEIGHT, "#e6f1ee"), (0, 240, WIDTH, 48, "#9fc7bd"))
    for y, r, shade in [(136, 122, "#c9dcd7"), (130, 122, WHITE), (130, 112, "#20638f")]:
        s.oval(192, y, r, r, shade)
    for k in (-1, 1):
        for x, w, y in [(38, 92, 156), (30, 76, 190), (20, 46, 212), (7, 16, 222)]:
            arm = [(192 + k * x, 138), (192 + k * w * 0.85, y - 30), (192 + k * w, y)]
            s.line([*arm, (192 + k * (w + 11), y - 10)], coral, 15)
            s.dots([arm[2], (192 + k * w * 0.88, y - 18)], 3.2, 3.2, "#ffc2ae")
    brow, chin = [(140, 58), (192, 36), (244, 58)], [(236, 152), (192, 162), (148, 152)]
    s.shape([(132, 106), *brow, (252, 106), *chin], coral)
    s.dots([(170, 100), (214, 100)], 15, 17, WHITE)
    s.dots([(172, 103), (216, 103)], 8, 10, INK)
    s.dots([(175, 98), (219, 98)], 3, 3, WHITE)
    s.dots([(150, 124), (234, 124)], 8, 5, "#d9634d")
    s.line([(176, 130), (192, 140), (208, 130)], INK, 4)
    for x, y, r in [(108, 96, 7), (98, 116, 4), (282, 80, 8), (290, 102, 4), (120, 74, 4)]:
        s.ring(x, y, r, "#8cc4df", 2.4)


def cake(s: Scene) -> None:
    """A slightly leaning iced cake with five candles."""
    s.boxes(0, (0, 0, WIDTH, HEIGHT, "#f3c9bd"), (0, 232, WIDTH, 56, "#a86f6c"))
    for k in range(9):
        x, y, flag = k * 44 + 2, 30 - abs(k - 4) * 3, ("#e2574c", "#f4c542", "#3f9b8f")[k % 3]
        s.poly([(x, y), (x + 30, y), (x + 15, y + 28)], flag)
    s.line([(-4, 16), (96, 27), (192, 30), (288, 27), (388, 16)], WHITE, 3)
    s.ovals((192, 246, 140, 20, "#8b5654"), (192, 240, 140, 19, "#f3efe6"))
    s.poly([(98, 150), (292, 140), (284, 232), (104, 238)], "#dd9b4e")
    s.oval(194, 236, 90, 13, "#dd9b4e", -1.5)
    s.poly([(99, 184), (289, 176), (288, 190), (100, 198)], "#f08a24")
    drips = [(276, 184), (262, 160), (242, 172), (222, 196), (204, 166), (178, 172), (160, 194)]
    rest = [(142, 168), (124, 176), (110, 192), (94, 168)]
    s.shape([(98, 140), (292, 130), (296, 158), *drips, *rest], WHITE)
    s.oval(195, 138, 99, 22, WHITE, -3)
    s.oval(195, 137, 86, 17, "#f4ead9", -3)
    for k in range(12):
        u, v = math.cos(math.pi * k / 6), math.sin(math.pi * k / 6)
        s.oval(195 + 74 * u, 137 + 13 * v - 4 * u, 9, 4.6, "#e8c9a0", 40 * k)
    for k, (x, y) in enumerate([(146, 136), (172, 128), (198, 138), (222, 126), (246, 132)]):
        wax = ("#5aa0bd", "#e2574c", "#3f9b6d", "#f4c542", "#b06aa8")[k]
        s.box(x - 4, y - 52, 8, 52, wax, 2)
        s.line([(x, y - 52), (x, y - 58)], INK, 1.6)
        s.shape([(x, y - 80), (x + 6, y - 64), (x, y - 57), (x - 6, y - 64)], "#f7a72f")


if __name__ == "__main__":
    for draw in (biscuit, olive, mug, fern, bookshelf, tiles, bike, octopus, cake):
        scene = Scene()
        draw(scene)
        scene.save(Path(__file__).parent / "images" / f"{draw.__name__}.png")
