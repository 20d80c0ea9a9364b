"""The Big Five as figures: a radar of one moment, and a line for each trait over all turns.

Pure functions from values to plotly figures. Each colour has a contrast of at least 3:1 on white
and on the dark theme's panels, and each trace differs from the others by dashes and marker too.
`STYLE` gives the text the theme's colour; `INK` is what is left without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Each by its name: what is reached through the package is loaded when first drawn, by the thread
# that draws. The text encoder is loading then, of the same packages, and one of the two would fail.
from plotly.graph_objects import Figure, Scatter, Scatterpolar

from personavlm.personality import TRAITS, BigFive

LOWEST, HIGHEST = 1, 5
INK = "#808590"
GRID = "rgba(128, 133, 144, 0.35)"
RADAR_HEIGHT = 260
TIMELINE_HEIGHT = 270
MOST_POINTS = 300  # on a line; a longer history is thinned out, its ends are kept
MOST_TICKS = 10
GAPS = [digit * 10**power for power in range(9) for digit in (1, 2, 5)]  # between ticks
MOST_MARKERS = 12  # on a line; more of them would hide its dashes

# Gradio draws plots in a container of its own; this keeps their height while they are redrawn.
STYLE = f"""
.pv-plot .js-plotly-plot text {{ fill: var(--body-text-color) !important; }}
.pv-plot .modebar-container {{ display: none; }}
.pv-radar {{ min-height: {RADAR_HEIGHT}px; }}
.pv-timeline {{ min-height: {TIMELINE_HEIGHT}px; }}
"""


@dataclass(frozen=True, slots=True)
class Pen:
    """How a trace is told from the others: a colour, a dash pattern and a marker."""

    color: str
    dash: str
    marker: str
    width: float = 2


START = Pen("#808590", "dot", "square", 1.5)
PREVIOUS = Pen("#d0681c", "dash", "diamond", 1.5)
NOW = Pen("#2b83c6", "solid", "circle", 3)
TRAIT_PENS = dict(
    zip(
        TRAITS,
        (
            Pen("#2b83c6", "solid", "circle"),
            Pen("#d0681c", "dash", "diamond"),
            Pen("#1a8f6a", "dot", "square"),
            Pen("#b9559b", "dashdot", "triangle-up"),
            Pen("#8f7300", "longdash", "x"),
        ),
        strict=True,
    )
)


def values(vector: BigFive) -> list[float]:
    """The five numbers in the order O C E A N."""
    return [float(getattr(vector, trait)) for trait in TRAITS]


def _short_name(trait: str) -> str:
    """The longest one in two lines: beside the radar there is little room on a phone."""
    return trait.capitalize().replace("Conscientiousness", "Conscien-<br>tiousness")


def radar_figure(now: BigFive, previous: BigFive | None, start: BigFive | None) -> Figure:
    """One moment against the turn before it and against the start, either of which may be None."""
    figure = Figure()
    if start is not None:
        figure.add_trace(_outline("Start", start, START))
    if previous is not None:
        figure.add_trace(_outline("Before", previous, PREVIOUS))
    name = "Start" if start is None else "This turn"
    figure.add_trace(_outline(name, now, NOW, fill=True))
    figure.update_layout(
        **_frame(RADAR_HEIGHT, sides=(8, 8), top=26, bottom=34, entry=54),
        polar={
            "domain": {"x": [0.21, 0.79]},  # room for the names, and for a legend as wide as all
            "bgcolor": "rgba(0,0,0,0)",
            "gridshape": "linear",
            "radialaxis": {
                "range": [LOWEST, HIGHEST],
                "autorange": False,
                "tickvals": list(range(LOWEST, HIGHEST + 1)),
                "tickfont": {"size": 10},
                "angle": 90,
                "tickangle": 90,
                "gridcolor": GRID,
                "linecolor": GRID,
            },
            "angularaxis": {
                "direction": "clockwise",
                "rotation": 90,
                "gridcolor": GRID,
                "linecolor": GRID,
                "ticks": "outside",  # unseen: they keep the names off the numbers
                "ticklen": 8,
                "tickcolor": "rgba(0,0,0,0)",
                "tickfont": {"size": 12},
            },
        },
    )
    return figure


def timeline_figure(history: Sequence[BigFive], selected: int) -> Figure:
    """All five traits, from the start (0) to the last turn; a line marks the one that is shown."""
    last = len(history) - 1
    steps = [*range(0, last, max(1, len(history) // MOST_POINTS)), last]
    figure = Figure()
    for trait in TRAITS:
        pen = TRAIT_PENS[trait]
        figure.add_trace(
            Scatter(
                x=steps,
                y=[float(getattr(history[step], trait)) for step in steps],
                name=trait.capitalize(),
                mode="lines+markers",
                line={"color": pen.color, "dash": pen.dash, "width": pen.width},
                marker={"symbol": pen.marker, "size": 7, "maxdisplayed": MOST_MARKERS},
                hovertemplate="%{y:.2f}",
            )
        )
    figure.add_vline(x=selected, line={"color": INK, "width": 1.5})
    figure.update_layout(
        **_frame(TIMELINE_HEIGHT, sides=(24, 10), top=8, bottom=92, entry=96),
        hovermode="x unified",
        xaxis={
            "title": {"text": "Step", "standoff": 4},
            "range": [-0.3, max(last, 1) + 0.3],
            "tick0": 0,
            "dtick": next(gap for gap in GAPS if last <= gap * MOST_TICKS),
            "gridcolor": "rgba(0,0,0,0)",
            "zeroline": False,
            "linecolor": GRID,
            "fixedrange": True,
        },
        yaxis={
            "range": [LOWEST - 0.1, HIGHEST + 0.1],
            "tickvals": list(range(LOWEST, HIGHEST + 1)),
            "gridcolor": GRID,
            "zeroline": False,
            "fixedrange": True,
        },
    )
    return figure


def _outline(name: str, vector: BigFive, pen: Pen, fill: bool = False) -> Scatterpolar:
    around = [_short_name(trait) for trait in TRAITS]
    numbers = values(vector)
    return Scatterpolar(
        r=[*numbers, numbers[0]],
        theta=[*around, around[0]],
        name=name,
        mode="lines+markers",
        line={"color": pen.color, "dash": pen.dash, "width": pen.width},
        marker={"symbol": pen.marker, "size": 7 if fill else 5},
        fill="toself" if fill else "none",
        fillcolor="rgba(43, 131, 198, 0.15)",
        hovertemplate="%{r:.2f}<extra>" + name + "</extra>",
    )


def _frame(
    height: int, sides: tuple[int, int], top: int, bottom: int, entry: int
) -> dict[str, object]:
    """What both figures share: no background, no tool bar, nothing to drag, a legend below."""
    clear = "rgba(0,0,0,0)"
    return {
        "height": height,
        "margin": {"l": sides[0], "r": sides[1], "t": top, "b": bottom},
        "paper_bgcolor": clear,
        "plot_bgcolor": clear,
        "font": {"color": INK, "size": 12},
        "dragmode": False,
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "x": 0.5,
            "xanchor": "center",
            "y": 0,
            "yanchor": "bottom",
            "yref": "container",
            "itemwidth": 34,
            "font": {"size": 11},
            "entrywidth": entry,
            "itemclick": False,
            "itemdoubleclick": False,
        },
    }
