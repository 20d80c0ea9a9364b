"""Plots of accuracy: a panel for each aspect, type or axis, a line for each method."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from eval.report.drawing import FAINT, OURS, PAPER, RULE, STYLE, Plot, plain
from eval.report.lines import Line
from eval.report.sections import Made, Section, columns

ACROSS = 3  # panels
WIDTH = 34  # characters of a panel's title
# Inches: a letter of a name, a line of a title, a method; a panel, what is between; above, below.
LETTER, TITLE, LINE = 0.07, 0.15, 0.19
WIDE, GAP, LEGEND, FOOT = 2.3, 0.2, 0.35, 0.2
ABOUT = (
    "Dots are our runs and bars their 95% intervals; grey ones are rules without any model. An "
    "open diamond is the figure that the paper prints for the method."
)
ABSENT = "The paper prints none for any of them."


def accuracy(section: Section) -> Iterator[Plot]:
    """One of the main groups, one of the finer ones."""
    for kind, groups in zip(("", "-finer"), columns(section), strict=True):
        if groups:
            title = f"{section.name}: accuracy{' in finer groups' if kind else ''}"
            shown = {group: _lines(section, group) for group in groups}
            printed = any(one.published is not None for row in shown.values() for one in row)
            about = ABOUT if printed else f"{ABOUT.split(' An open')[0]} {ABSENT}"
            figure = _panels(section.made, shown, printed)
            yield Plot(f"{section.slug}-accuracy{kind}", title, about, figure)


def _lines(section: Section, group: str) -> list[Line]:
    """The line of each method that has one."""
    every = [line for made in section.made for line in made.lines]
    return [line for line in every if line.group == group and not line.robust]


def _panels(made: Sequence[Made], shown: dict[str, list[Line]], printed: bool) -> Figure:
    """Laid out in inches, by what has to fit: matplotlib's own way takes several times as long."""
    place = {one.method: -number for number, one in enumerate(made)}
    rules = {one.method for one in made if one.rule}
    across = min(ACROSS, len(shown))
    down = -(-len(shown) // across)
    left = LETTER * max(map(len, place)) + 0.2
    titled = TITLE * max(_title(group, lines).count("\n") + 1 for group, lines in shown.items())
    high = LINE * len(place)
    size = left + across * (WIDE + GAP), LEGEND + down * (titled + high + GAP) + FOOT
    with matplotlib.rc_context(STYLE):
        figure = Figure(size)
        for number, (group, lines) in enumerate(shown.items()):
            row, column = divmod(number, across)
            top = LEGEND + row * (titled + high + GAP) + titled
            axes = figure.add_axes((
                (left + column * (WIDE + GAP)) / size[0], 1 - (top + high) / size[1],
                WIDE / size[0], high / size[1],
            ))  # fmt: skip
            _panel(axes, group, lines, place, rules)
            _label(axes, place if column == 0 else {}, number + across >= len(shown))
        figure.text((left + across * WIDE / 2) / size[0], 0.08 / size[1], "accuracy, %",
                    ha="center", fontsize=9)  # fmt: skip
        figure.legend(handles=_legend(rules != set(place), bool(rules), printed),
                      loc="upper right", ncols=3, frameon=False, fontsize=8)  # fmt: skip
    return figure


def _label(axes: Axes, place: dict[str, int], lowest: bool) -> None:
    """Names where a row begins, numbers where a column ends."""
    axes.set_xticks(range(0, 101, 25))
    axes.tick_params(labelbottom=lowest)
    axes.set_yticks(list(place.values()), list(place))
    axes.yaxis.set_visible(bool(place))


def _panel(
    axes: Axes, group: str, lines: Sequence[Line], place: dict[str, int], rules: set[str]
) -> None:
    plain(axes)
    axes.set_title(_title(group, lines), loc="left", fontsize=8.5, fontweight="bold")
    axes.set_xlim(-3, 103)
    axes.set_ylim(0.6 - len(place), 0.6)
    for colour, kept in (
        (OURS, [line for line in lines if line.method not in rules]),
        (RULE, [line for line in lines if line.method in rules]),
    ):
        spans = [(place[line.method], *line.interval) for line in kept if line.interval]
        if spans:
            axes.hlines(*zip(*spans, strict=True), color=colour, linewidth=1.6, alpha=0.55)
        axes.plot([line.score for line in kept], [place[line.method] for line in kept], "o",
                  color=colour, markersize=4.5)  # fmt: skip
    theirs = [line for line in lines if line.published is not None]
    axes.plot([line.published for line in theirs], [place[line.method] for line in theirs], "D",
              color=PAPER, markerfacecolor="none", markersize=6.5, markeredgewidth=1.4)  # fmt: skip
    axes.axhline(0.6 - len(place), color=FAINT, linewidth=0.8)


def _title(group: str, lines: Sequence[Line]) -> str:
    """In lines that fit a panel; what belongs together is not parted."""
    counts = sorted({line.n for line in lines})
    over = f"n = {counts[0]:,}" if len(counts) == 1 else f"n = {counts[0]:,} to {counts[-1]:,}"
    kept = over.replace(" ", "\N{NO-BREAK SPACE}")
    return textwrap.fill(f"{group.replace('_', ' ').rstrip('.')}, {kept}", WIDTH)


def _legend(models: bool, rules: bool, printed: bool) -> list[Line2D]:
    dot: dict[str, Any] = {"marker": "o", "markersize": 4.5, "linewidth": 1.6}
    return [
        *([Line2D([], [], color=OURS, label="ours, 95% interval", **dot)] if models else []),
        *([Line2D([], [], color=RULE, label="a rule without model", **dot)] if rules else []),
        *([Line2D([], [], color=PAPER, marker="D", markerfacecolor="none", linestyle="",
                  label="as published")] if printed else []),
    ]  # fmt: skip
