"""Few-shot: one comparison is shown, and never one that gives the answer away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from eval.made import SHARED, p_soups_row, shared, write_p_soups
from eval.subjects import subject
from scripted import ScriptedEngine

from eval.benchmarks import p_soups
from eval.case import Benchmark, Case, Comparison
from eval.methods.choose import choose
from eval.methods.fewshot import FewShot, comparison, gives_away
from personavlm.errors import BadInput

FINE = Comparison("Explain snow.", "Snow is cold.", "Crystalline precipitate.")


@pytest.fixture
def case(tmp_path: Path) -> Case:
    rows = [p_soups_row(0, ground_truth_persona="Write for a Scholar.")]
    [first, _] = p_soups.read(write_p_soups(tmp_path, "student_phd", rows=rows))
    return first


def test_the_prompt_has_one_comparison_before_the_question(tmp_path: Path, case: Case) -> None:
    engine = ScriptedEngine(answer="(b)")
    few = FewShot(subject(tmp_path, engine))
    answer = few.answer(replace(case, feedback=(FINE, replace(FINE, chosen="Not this one."))))
    [request] = engine.requests
    text = request.messages[-1].text
    order = (
        "High Openness",
        *(FINE.prompt, FINE.chosen, FINE.rejected),
        "Explain rain, 0.",
        "(a).",
    )
    places = [text.index(one) for one in order]
    assert places == sorted(places)
    assert "Not this one." not in text
    assert text.count("suits me:") == 1
    assert (answer.reply, answer.detail["comparison"]) == ("(b)", 0)
    assert few.calls([case]) == 1
    assert "one comparison that the person made (in a prompt of our own)" in few.settings["asked"]  # type: ignore[operator]


@pytest.mark.parametrize(
    "leak",
    [
        Comparison("explain  rain, 0.", "Wet.", "Precipitate."),
        Comparison("Rain?", "Water falls out of clouds, drop by drop.", "Precipitate."),
        Comparison("Rain?", "Wet.", "condensed vapour  precipitates."),
        Comparison("Rain?", "He said: write for a scholar, please.", "Wet."),
        Comparison("Write for a scholar.", "Precipitate.", "Wet."),
    ],
)
def test_what_gives_the_answer_away_is_never_shown(case: Case, leak: Comparison) -> None:
    assert gives_away(leak, case)
    assert not gives_away(FINE, case)
    assert comparison(replace(case, feedback=(leak, FINE))) == (1, FINE)
    with pytest.raises(
        BadInput, match=r"student_phd\.json:1 has no comparison that could be shown"
    ):
        comparison(replace(case, feedback=(leak,)))
    with pytest.raises(BadInput, match="has no comparison to show"):
        comparison(replace(case, feedback=()))


def test_benchmarks_without_comparisons_are_refused(tmp_path: Path) -> None:
    for benchmark in (Benchmark.PERSONA_MME, Benchmark.PERSONAMEM):
        with pytest.raises(BadInput, match=f"comparisons of p-soups: not {benchmark}"):
            choose(["few-shot"], benchmark, 0, None, subject(tmp_path))


@shared
def test_what_is_shown_of_the_published_rows() -> None:
    cases = p_soups.read(SHARED / "psoups")
    assert len(cases) == 240
    places = [comparison(case)[0] for case in cases]
    assert sum(place > 0 for place in places) == 14, "7 rows have the persona in their first one"
    assert places[::2] == places[1::2], "both orders of a row are shown the same"
    leaks = [gives_away(one, case) for case in cases[::2] for one in case.feedback]
    assert (sum(leaks), len(leaks)) == (47, 480)
