"""P-SOUPS: both orders of a pair, distinct items as clusters, axes that may be absent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from eval.made import p_soups_row, write_p_soups

from eval.benchmarks.load import load, part
from eval.benchmarks.p_soups import read
from eval.case import Benchmark
from personavlm.errors import BadInput


def test_a_row_is_asked_in_both_orders(tmp_path: Path) -> None:
    cases = read(write_p_soups(tmp_path, "student_phd"))
    first, second = cases[:2]
    assert (first.gold, second.gold) == ("a", "b")
    assert first.options["a"] == second.options["b"] == "Water falls out of clouds, drop by drop."
    assert first.options["b"] == second.options["a"] == "Condensed vapour precipitates."
    assert (first.group, first.persona) == ("Expertise", "a scholar")
    assert first.row == second.row == "student_phd.json:1"
    assert first.cluster == second.cluster
    assert len(first.feedback) == 4


def test_equal_items_are_one_cluster_whatever_their_profile(tmp_path: Path) -> None:
    rows = [
        p_soups_row(0),
        p_soups_row(0, profile="Low Openness"),
        p_soups_row(0, ground_truth_persona="a child"),
        p_soups_row(2),
    ]
    cases = read(write_p_soups(tmp_path, "student_phd", rows=rows))
    clusters = [case.cluster for case in cases[::2]]
    assert clusters[0] == clusters[1]
    assert len(set(clusters)) == 3


def test_axes_by_their_files(tmp_path: Path) -> None:
    write_p_soups(tmp_path, "friendly_unfriendly")
    (tmp_path / "friendly_unfriendly.json").rename(tmp_path / "friendly_unfriendly.part.json")
    assert {case.group for case in read(tmp_path)} == {"Style"}
    write_p_soups(tmp_path, "friendly_unfriendly")
    with pytest.raises(BadInput, match="has more than one friendly_unfriendly"):
        read(tmp_path)
    with pytest.raises(BadInput, match=r"has none of student_phd\.json"):
        read(write_p_soups(tmp_path / "other", "notes"))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"chosen": 3}, "row 1: chosen: Input should be a valid string"),
        ({"ground_truth_persona": ""}, "row 1: ground_truth_persona: String should have"),
        (
            {"Pair-wise Comparative Feedback": [{}]},
            "row 1: Pair-wise Comparative Feedback.0.prompt",
        ),
    ],
)
def test_what_is_wrong_with_a_row(tmp_path: Path, changed: dict[str, Any], reason: str) -> None:
    write_p_soups(tmp_path, "student_phd", rows=[p_soups_row(0, **changed)])
    with pytest.raises(BadInput, match=r"student_phd\.json") as told:
        read(tmp_path)
    assert reason in str(told.value)


def test_a_part_is_spread_over_the_files_and_keeps_pairs_whole(tmp_path: Path) -> None:
    folder = write_p_soups(tmp_path)
    cases = load(Benchmark.P_SOUPS, folder, "")
    kept = part(cases, 3)
    assert len(kept) == 6
    assert {case.group for case in kept} == {"Expertise", "Informativeness", "Style"}
    assert [case.row for case in kept[::2]] == [case.row for case in kept[1::2]]
    assert part(cases, 1000) == cases
