"""The Big Five as figures and as numbers."""

from __future__ import annotations

import ast
import subprocess
import sys
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from personavlm.memory.personality_log import PersonalityRecord
from personavlm.personality import TRAITS, BigFive
from personavlm.ui import radar
from personavlm.ui.personality_text import (
    all_vectors,
    change,
    moment_at,
    reading_html,
    table_html,
)
from personavlm.ui.radar import radar_figure, timeline_figure

MAY = datetime(2026, 5, 3, 9, 12, tzinfo=UTC)
BACKGROUNDS = ("#ffffff", "#f7f7f5", "#1f1e1b", "#161513")  # light and dark, page and panel


def record(*scores: float, sentence: str = "I talk a lot.", **how: object) -> PersonalityRecord:
    fields = {"time": MAY, "turn": 1, "inferred": (5, 3, 4, None, 3), "source": "inferred"} | how
    return PersonalityRecord(vector=BigFive(*scores), sentence=sentence, **fields)  # type: ignore[arg-type]


HISTORY = [record(4, 3, 3.5, 3, 3), record(4.2, 2.5, 3.5, 3, 3)]


def luminance(color: str) -> float:
    def linear(part: str) -> float:
        share = int(part, 16) / 255
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(color[at : at + 2]) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_radar_shows_now_against_before_and_start_in_the_order_ocean() -> None:
    figure = radar_figure(BigFive(4, 3, 2, 1, 5), BigFive(3, 3, 2, 1, 5), BigFive())
    assert [trace.name for trace in figure.data] == ["Start", "Before", "This turn"]
    now = figure.data[-1]
    assert list(now.r) == [4, 3, 2, 1, 5, 4]  # closed
    assert [name[0] for name in now.theta] == ["O", "C", "E", "A", "N", "O"]


def test_radar_at_the_start_shows_the_start_alone() -> None:
    assert len(radar_figure(BigFive(), None, None).data) == 1


def test_drawing_loads_no_package_that_a_model_may_be_loading_too() -> None:
    draw = (
        "import sys; from personavlm.ui import radar; from personavlm.personality import BigFive\n"
        "before = set(sys.modules); one = BigFive()\n"
        "radar.radar_figure(one, one, one).to_json(); radar.timeline_figure([one], 0).to_json()\n"
        "print({name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    run = subprocess.run([sys.executable, "-c", draw], capture_output=True, text=True, check=True)
    assert ast.literal_eval(run.stdout) <= {"plotly", "_plotly_utils", "orjson", "pkgutil"}


def test_axes_stay_from_one_to_five_whatever_is_shown() -> None:
    radial = radar_figure(BigFive(), None, None).layout.polar.radialaxis
    assert (tuple(radial.range), radial.autorange) == ((1, 5), False)
    vertical = timeline_figure([BigFive()], 0).layout.yaxis
    assert vertical.range[0] < 1 and vertical.range[1] > 5


@pytest.mark.parametrize(
    "pens", [(radar.START, radar.PREVIOUS, radar.NOW), tuple(radar.TRAIT_PENS.values())]
)
def test_traces_differ_by_more_than_colour(pens: tuple[radar.Pen, ...]) -> None:
    assert len({pen.dash for pen in pens}) == len(pens)
    assert len({pen.marker for pen in pens}) == len(pens)


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_colours_can_be_seen_in_light_and_dark(background: str) -> None:
    pens = (radar.START, radar.PREVIOUS, radar.NOW, *radar.TRAIT_PENS.values())
    assert all(contrast(pen.color, background) >= 3 for pen in pens)


def test_figures_have_no_background_and_nothing_to_drag() -> None:
    for figure in (radar_figure(BigFive(), None, None), timeline_figure([BigFive()], 0)):
        assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
        assert figure.layout.dragmode is False
        assert figure.layout.height


def test_timeline_has_a_line_a_trait_and_marks_the_chosen_step() -> None:
    figure = timeline_figure(all_vectors(HISTORY), 1)
    assert [trace.name.lower() for trace in figure.data] == list(TRAITS)
    assert list(figure.data[0].y) == [3, 4, 4.2]
    assert figure.layout.shapes[0].x0 == 1


def test_a_long_timeline_is_thinned_but_keeps_its_ends() -> None:
    steps = timeline_figure([BigFive()] * 10_001, 0).data[0].x
    assert (steps[0], steps[-1]) == (0, 10_000)
    assert len(steps) <= 2 * radar.MOST_POINTS


def test_a_moment_knows_the_one_before_it_and_the_start() -> None:
    shown = moment_at(HISTORY, 2)
    assert (shown.now.openness, shown.previous, shown.start) == (4.2, HISTORY[0].vector, BigFive())


@pytest.mark.parametrize(("asked", "given"), [(-3, 0), (0, 0), (9, 2)])
def test_a_moment_that_is_not_there_is_the_nearest_one(asked: int, given: int) -> None:
    assert moment_at(HISTORY, asked).number == given


def test_no_history_is_the_start() -> None:
    shown = moment_at([], 5)
    assert (shown.number, shown.record, shown.previous) == (0, None, None)


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [(3.5, 3.0, "+0.50"), (2.8, 3.0, "−0.20"), (3.001, 3.0, "0"), (3.0, None, "–")],
)
def test_changes_in_words(now: float, before: float | None, words: str) -> None:
    assert change(now, before) == words


class Cells(HTMLParser):
    """The cells of a table, row by row."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows:
            self.rows[-1][-1] += data


def test_table_holds_what_the_radar_shows() -> None:
    rows = Cells(table_html(moment_at(HISTORY, 2), {"openness"})).rows
    assert rows[1] == ["Openness frozen", "4.20", "+0.20", "+1.20"]
    assert rows[2] == ["Conscientiousness", "2.50", "−0.50", "−0.50"]
    assert len(rows) == 1 + len(TRAITS)


def test_a_reading_tells_message_date_and_scores_other_than_neutral() -> None:
    html = reading_html(moment_at(HISTORY, 1))
    assert "I talk a lot." in html and "Sun 3 May 2026, 09:12" in html
    assert "openness 5, extraversion 4." in html


def test_a_message_is_never_interpreted() -> None:
    html = reading_html(moment_at([record(sentence="<img src=x onerror=alert(1)>")], 1))
    assert "<img" not in html and "&lt;img" in html


@pytest.mark.parametrize(
    ("source", "words"), [("corrected", "You set a trait"), ("reset", "You put it back")]
)
def test_what_the_person_did_is_told_as_such(source: str, words: str) -> None:
    assert words in reading_html(moment_at([record(source=source, inferred=None)], 1))
