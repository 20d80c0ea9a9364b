"""How plots look, and how they are written: the same bytes for the same figures.

Figures are made without pyplot, which would keep them in global state. Colours differ in lightness
too, and what they tell apart differs in its mark as well. Text stays text in an SVG.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, FAINT = "#2d2c28", "#8a897f"
OURS, RULE, PAPER = "#1d7a70", "#76756d", "#c4560f"
ON_COLOUR = "#fffffe"  # text on one of these; white itself is the ground
TRAITS = ("#1a8f6a", "#c45a12", "#8a5cc0", "#2b76bd", "#937300")  # the five of a personality
# What a page calls these colours, which has lighter ones of its own where it is dark.
ON_A_PAGE = {
    INK: "var(--ink)",
    FAINT: "var(--faint)",
    OURS: "var(--ours)",
    RULE: "var(--soft)",
    PAPER: "var(--theirs)",
    ON_COLOUR: "var(--card)",
    **{colour: f"var(--trait-{number})" for number, colour in enumerate(TRAITS, 1)},
}
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "personavlm",
    "text.parse_math": False,  # names may have a $ in them
    "font.family": ["DejaVu Sans"],  # comes with matplotlib
    "font.size": 9,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.titlesize": 9,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
}
NO_DATE = {"Date": None}
OPENING = re.compile(r".*?(?=<svg )", re.DOTALL)
NAMED = re.compile(r' id="[A-Za-z0-9]+(_[0-9]+)+"')  # unlike those of marks, nothing refers to them


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure. name: of its files. about: what it shows, in a sentence or two."""

    name: str
    title: str
    about: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure as it was written. svg: to stand in a page, in the page's own colours."""

    name: str
    title: str
    about: str
    svg: str


def draw(plot: Plot, folder: Path) -> Drawn:
    """Write it as `NAME.svg` and `NAME.png`."""
    with matplotlib.rc_context(STYLE):
        if plot.figure.get_layout_engine() is not None:
            plot.figure.draw_without_rendering()  # which lays it out: once is enough
            plot.figure.set_layout_engine("none")
        text = io.StringIO()
        plot.figure.savefig(text, format="svg", metadata=NO_DATE)
        (folder / f"{plot.name}.svg").write_text(text.getvalue(), "utf-8")
        plot.figure.savefig(folder / f"{plot.name}.png", format="png", dpi=160)
    return Drawn(plot.name, plot.title, plot.about, _inline(text.getvalue(), plot.name))


def _inline(svg: str, name: str) -> str:
    """Without what only a file of its own has; ids of marks are told apart from other plots'."""
    svg = NAMED.sub("", OPENING.sub("", svg, count=1))
    svg = re.sub(r'(id="|#)(m[0-9a-f]{10}|p[0-9a-f]{10})(?=["\)])', rf"\1{name}-\2", svg)
    for colour, variable in {**ON_A_PAGE, "#ffffff": "transparent"}.items():
        svg = svg.replace(colour, variable)
    return svg


def plain(axes: Axes) -> None:
    """No frame but the lower edge, and lines to read values by."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    axes.grid(axis="x", color=FAINT, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
