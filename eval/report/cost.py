"""Plot of what answers cost against how good they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from eval.methods.subject import Asking
from eval.report.drawing import FAINT, OURS, STYLE, Plot, plain
from eval.report.lines import Line
from eval.report.sections import Made, Section, columns

WIDE = 8  # times the least: from then on tokens are drawn on a logarithmic scale
ABOUT = (
    "Tokens of the prompts and replies of one answer, as the engine counts them, without the "
    "building of the memory: the mean over the cases that were answered. Methods without a "
    "language model are not in it."
)
MARGIN = 8  # points above and below
STEP = 0.09  # of the height, between two names


@dataclass(frozen=True, slots=True)
class Cost:
    """What a method takes for an answer (mean tokens), and its overall figure."""

    tokens: float
    line: Line


def cost(section: Section) -> Iterator[Plot]:
    """None where fewer than two methods have tokens to be compared."""
    costs = [found for made in section.made for found in _costs(made, section)]
    if len(costs) > 1:
        group = costs[0].line.group
        title = f"{section.name}: tokens against accuracy"
        yield Plot(f"{section.slug}-tokens", title, ABOUT, _figure(costs, group))


def tokens(usage: Mapping[str, float] | None) -> float:
    return 0 if not usage else usage["prompt_tokens"] + usage["completion_tokens"]


def _costs(made: Made, section: Section) -> Iterator[Cost]:
    if made.run.manifest.settings.get("asked") == Asking.CLOSEST:
        return  # what an engine without a language model counts is no cost
    used = [count for record in made.run.records if (count := tokens(record.usage))]
    overall = [name for name in columns(section)[0] if name.startswith("Overall")]
    line = next((one for one in made.lines if one.group == overall[0] and not one.robust), None)
    if used and line:
        yield Cost(sum(used) / len(used), line)


def _figure(costs: Sequence[Cost], group: str) -> Figure:
    with matplotlib.rc_context(STYLE):
        figure = Figure((9, max(3.0, 0.24 * len(costs) + 1.4)), layout="constrained")
        axes = figure.add_subplot()
        plain(axes)
        axes.grid(axis="y", color=FAINT, alpha=0.25, linewidth=0.6)
        _scale(axes, [one.tokens for one in costs])
        ends = [end for one in costs for end in (*(one.line.interval or ()), one.line.score)]
        axes.set_ylim(max(0, min(ends) - MARGIN), min(100, max(ends) + MARGIN))
        for one in costs:
            if one.line.interval:
                axes.plot((one.tokens,) * 2, one.line.interval, color=OURS, alpha=0.45)
            axes.plot(one.tokens, one.line.score, "o", color=OURS, markersize=5, clip_on=False)
        _names(axes, costs)
        axes.set_xlabel("tokens an answer")
        axes.set_ylabel(f"{group}, %")
    return figure


def _scale(axes: Axes, spread: Sequence[float]) -> None:
    if max(spread) > WIDE * min(spread):
        axes.set_xscale("log")
        axes.set_xlim(min(spread) / 1.5, max(spread) * 1.5)
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.set_xlim(0, 1.1 * max(spread))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _names(axes: Axes, costs: Sequence[Cost]) -> None:
    """To the right, best first, each with a line to its dot; apart, however close the dots are."""
    ranked = sorted(costs, key=lambda one: (-one.line.score, -one.tokens))
    bottom, top = axes.get_ylim()
    step = min(1 / len(ranked), STEP)
    places: list[float] = []
    for one in ranked:
        wanted = (one.line.score - bottom) / (top - bottom)
        places.append(min(wanted, places[-1] - step if places else 1.0))
    low = step / 2
    for place in range(len(places) - 1, -1, -1):  # what fell below the edge comes up again
        places[place] = max(places[place], low)
        low = places[place] + step
    for one, y in zip(ranked, places, strict=True):
        axes.annotate(
            one.line.method, (one.tokens, one.line.score), (1.03, y), va="center", fontsize=8,
            textcoords="axes fraction",
            arrowprops={"arrowstyle": "-", "color": FAINT, "linewidth": 0.6, "relpos": (0, 0.5)},
        )  # fmt: skip
