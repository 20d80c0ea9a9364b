"""Plot of the paper's Fig. 5: wins, ties and losses as bars, ours above the published ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import matplotlib
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from eval.published.figure5 import FIGURE_5
from eval.report.comparison import SLUG, Comparison
from eval.report.drawing import INK, ON_COLOUR, OURS, PAPER, RULE, STYLE, Plot, plain

BAR, LEGEND, FOOT = 0.34, 0.35, 0.5  # inches
WIDE = 9.0
LEAST = 6.0  # percent of a bar that has room for its figure
ABOUT = (
    "Percent of the questions that have a verdict, of the system named first. Full bars are our "
    "runs, each by one judge; pale ones are the paper's, of other replies and another judge. What "
    "cannot be told from the paper is left out."
)


@dataclass(frozen=True, slots=True)
class Bar:
    """wins, ties, loses: percent; None where the paper does not say."""

    name: str
    shares: tuple[float | None, float | None, float | None]
    ours: bool


def shares(made: Comparison) -> Iterator[Plot]:
    """One plot; none where nothing was judged."""
    ours = [
        Bar(f"{one.judged.about.ours.name}\nagainst {one.judged.about.theirs.name}, "
            f"by {one.judged.about.judge}",
            (one.summary.wins.value, one.summary.ties.value, one.summary.loses.value), True)
        for one in made.found if one.summary is not None
    ]  # fmt: skip
    if ours:
        theirs = [Bar(f"paper: PersonaVLM\nagainst {one.opponent}",
                      (one.wins, one.ties, one.loses), False) for one in FIGURE_5]  # fmt: skip
        title = "Open replies: wins, ties and losses"
        yield Plot(SLUG, title, ABOUT, _figure([*ours, *theirs]))


def _figure(bars: Sequence[Bar]) -> Figure:
    with matplotlib.rc_context(STYLE):
        high = LEGEND + len(bars) * BAR * 1.5 + FOOT
        figure = Figure((WIDE, high))
        axes = figure.add_axes((0.36, FOOT / high, 0.61, (high - FOOT - LEGEND) / high))
        plain(axes)
        axes.set_xlim(0, 100)
        axes.set_ylim(len(bars) - 0.4, -0.6)
        axes.set_yticks(range(len(bars)), [bar.name for bar in bars])
        axes.set_xlabel("percent")
        pens = (("wins", OURS), ("ties", RULE), ("loses", PAPER))
        for place, bar in enumerate(bars):
            start = 0.0
            for share, (_, colour) in zip(bar.shares, pens, strict=True):
                if share is None:
                    break
                axes.barh(place, share, 0.62, start, color=colour, alpha=1 if bar.ours else 0.45)
                if share >= LEAST:
                    axes.text(start + share / 2, place, f"{share:.1f}", ha="center", va="center",
                              fontsize=8, color=ON_COLOUR if bar.ours else INK)  # fmt: skip
                start += share
        handles = [Patch(color=colour, label=name) for name, colour in pens]
        figure.legend(handles=handles, loc="upper right", ncols=3, frameon=False, fontsize=8)
    return figure
