"""Plots of a person's Big Five as the system came to see them (paper, Fig. 14)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import matplotlib
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes

from eval.journal import Run
from eval.report.drawing import FAINT, INK, OURS, STYLE, Plot, plain
from eval.report.drawing import TRAITS as COLOURS
from eval.report.sections import Section
from personavlm.personality import HIGHEST, LOWEST, NEUTRAL, TRAITS

PERSONALITY = "personality"  # what a record keeps it under
PERSONS = 4  # of a run: the first by name
MARKS = ("o", "s", "^", "D", "v")
DASHES = ("-", "--", "-.", ":", (0, (6, 2)))
ABOUT = (
    "Scores from 1 to 5, 3 being neutral, after each of up to twelve turns of the history; the "
    "radar has the first and the last of them. What the system inferred, not a measurement of a "
    "person."
)


@dataclass(frozen=True, slots=True)
class Course:
    """How the five scores of a person went, oldest first. scores: in the order of TRAITS."""

    times: tuple[datetime, ...]
    scores: tuple[tuple[float, ...], ...]


def evolution(section: Section) -> Iterator[Plot]:
    """One a person, of the first few persons of a run; none twice."""
    seen: set[Course] = set()
    for made in section.made:
        for person, course in list(courses(made.run).items())[:PERSONS]:
            if course in seen:  # versions of the system share a memory
                continue
            seen.add(course)
            name = re.sub(r"[^\w.-]+", "-", f"{section.slug}-{made.run.folder.name}-{person}")
            title = f"{section.name}: Big Five of {person}, {made.method}"
            yield Plot(f"{name}-personality", title, ABOUT, _figure(course))


def courses(run: Run) -> dict[str, Course]:
    """By person, each the one that goes furthest; without those that never changed."""
    found: dict[str, Course] = {}
    for record in run.records:
        course = _course(record.detail)
        if course is None or len(set(course.scores)) < 2:
            continue
        if record.persona not in found or course.times[-1] > found[record.persona].times[-1]:
            found[record.persona] = course
    return dict(sorted(found.items()))


def _course(detail: Mapping[str, object] | None) -> Course | None:
    steps = (detail or {}).get(PERSONALITY)
    if not isinstance(steps, Sequence) or not steps:
        return None
    times, scores = zip(*steps, strict=True)
    return Course(tuple(map(datetime.fromisoformat, times)), tuple(map(tuple, scores)))


def _figure(course: Course) -> Figure:
    with matplotlib.rc_context(STYLE):
        figure = Figure((9, 3.4), layout="constrained")
        over_time, radar = figure.subplot_mosaic(
            [["time", "radar"]], width_ratios=(2, 1), per_subplot_kw={"radar": {"polar": True}}
        ).values()
        _lines(over_time, course)
        _radar(radar, course)
    return figure


def _lines(axes: Axes, course: Course) -> None:
    plain(axes)
    axes.grid(axis="y", color=FAINT, alpha=0.25, linewidth=0.6)
    axes.axhline(NEUTRAL, color=FAINT, linewidth=1)
    axes.set_ylim(LOWEST, HIGHEST)
    axes.set_yticks(range(int(LOWEST), int(HIGHEST) + 1))
    locator = AutoDateLocator(minticks=2, maxticks=6)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    by_trait = list(zip(*course.scores, strict=True))
    places = _apart([scores[-1] for scores in by_trait], 0.24)
    pens = zip(COLOURS, MARKS, DASHES, strict=True)
    for trait, scores, y, (colour, mark, dash) in zip(TRAITS, by_trait, places, pens, strict=True):
        axes.plot(
            list(course.times), scores, linestyle=dash, marker=mark, markersize=4, color=colour,
            linewidth=1.6,
        )  # fmt: skip
        axes.annotate(f"{trait} {scores[-1]:.1f}", (1.02, (y - LOWEST) / (HIGHEST - LOWEST)),
                      xycoords="axes fraction", va="center", fontsize=8, color=colour)  # fmt: skip


def _apart(values: Sequence[float], least: float) -> list[float]:
    """The values, moved so that no two are closer, in the order that they are in."""
    order = sorted(range(len(values)), key=values.__getitem__)
    moved = list(values)
    for before, after in pairwise(order):
        moved[after] = max(moved[after], moved[before] + least)
    over = max(0.0, max(moved) - HIGHEST)
    return [value - over for value in moved]


def _radar(axes: PolarAxes, course: Course) -> None:
    corners = [2 * math.pi * place / len(TRAITS) for place in range(len(TRAITS))]
    axes.set_theta_offset(math.pi / 2)
    axes.set_theta_direction(-1)
    axes.set_ylim(LOWEST - 1, HIGHEST)
    axes.set_yticks(range(int(LOWEST), int(HIGHEST) + 1), [])
    axes.set_xticks(corners, [trait[:1].upper() for trait in TRAITS])
    axes.grid(color=FAINT, alpha=0.35, linewidth=0.6)
    axes.spines["polar"].set_visible(False)
    for scores, colour, dash, name in (
        (course.scores[0], FAINT, "--", "first"),
        (course.scores[-1], OURS, "-", "last"),
    ):
        closed = [*scores, scores[0]]
        axes.plot([*corners, corners[0]], closed, linestyle=dash, color=colour, linewidth=1.8,
                  label=name)  # fmt: skip
    axes.fill([*corners, corners[0]], closed, color=OURS, alpha=0.15)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, -0.28), ncols=2, frameon=False,
                fontsize=8, labelcolor=INK)  # fmt: skip
