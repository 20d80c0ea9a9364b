"""Which questions are asked openly, how they are drawn, and what a judge is told of the person."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eval.made import FITS, SHARED, persona_mme_row, shared, write_history, write_persona_mme

from eval.benchmarks.files import Absent, json_rows
from eval.benchmarks.persona_mme import Question, read
from eval.benchmarks.source import Source
from eval.case import Benchmark, Case
from eval.open.questions import LISTED, OF_OTHERS, draw, known, openly, why_not


def folder_source(folder: Path) -> Source:
    return Source(Benchmark.PERSONA_MME, folder, None)


def case(
    folder: Path, query: str = "What do I drink?", right: str = "Tea.", **changed: Any
) -> Case:
    row = persona_mme_row(0, query=query, **changed)
    row["choices"]["(c)"] = right
    return read(write_persona_mme(folder, [row]), "32k")[0]


@pytest.mark.parametrize(
    ("query", "right", "reason"),
    [
        ("Which of the following did I buy?", "Tea.", LISTED),
        ("Pick from the options below: what do I drink?", "Tea.", LISTED),
        ("Is it (a) or rather (b)?", "Tea.", LISTED),
        ("Which statement fits, of the above?", "Tea.", LISTED),
        ("Of those answers listed, what suits me?", "Tea.", LISTED),
        ("What do I drink?", "None of the above.", OF_OTHERS),
        ("What do I drink?", "Both of these.", OF_OTHERS),
        ("What do I drink?", "Option b, I guess.", OF_OTHERS),
        ("Tea or coffee: which one should I choose?", "Tea.", None),
        ("Which of my two sisters rang?", "Neither.", None),
        ("Following our talk, what are my options for Friday?", "Tea.", None),
        ("What do I drink?", "They are equal.", None),
    ],
)
def test_a_question_that_needs_its_options_is_left_out(
    tmp_path: Path, query: str, right: str, reason: str | None
) -> None:
    assert why_not(case(tmp_path, query, right)) == reason


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    rows = [persona_mme_row(number) for number in range(6)]
    rows[1]["query"] = rows[4]["query"] = "Which of the following is it?"
    rows[2]["choices"]["(c)"] = "All of the above."
    drawn = draw(folder_source(write_persona_mme(tmp_path, rows)), None, 200, 0)
    assert [one.id for one in drawn.cases] == ["50/0/1", "50/0/4", "50/0/6"]
    assert (drawn.of, drawn.left_out) == (3, {LISTED: 2, OF_OTHERS: 1})
    assert drawn.context == "32k"


def test_alignment_is_no_question_and_both_lengths_are_drawn_from(tmp_path: Path) -> None:
    drawn = draw(folder_source(write_persona_mme(tmp_path)), None, 200, 0)
    assert len(drawn.cases) == drawn.of == 15
    assert drawn.context == "32k-128k"
    assert {one.options == {} for one in drawn.cases} == {True}
    assert {one.gold for one in drawn.cases} == {"Water with a slice of lemon."}
    assert draw(folder_source(tmp_path), "128k", 200, 0).of == 1
    with pytest.raises(Absent):
        draw(folder_source(write_persona_mme(tmp_path / "s", [persona_mme_row(0)])), "128k", 1, 0)


def test_fewer_are_a_part_of_more_and_a_seed_is_a_draw(tmp_path: Path) -> None:
    rows = [persona_mme_row(number, f"50/{number % 7}") for number in range(60)]
    source = folder_source(write_persona_mme(tmp_path, rows))
    ids = {
        (count, seed): [one.id for one in draw(source, None, count, seed).cases]
        for count in (10, 30) for seed in (0, 1)
    }  # fmt: skip
    assert len(ids[10, 0]) == 10
    assert set(ids[10, 0]) < set(ids[30, 0])
    assert ids[10, 0] != ids[10, 1]
    assert ids[30, 0] == [one.id for one in draw(source, None, 30, 0).cases]
    numbers = [int(id.rpartition("/")[2]) for id in ids[30, 0]]
    assert numbers == sorted(numbers), "in the order of the file"


def test_the_judge_is_told_what_the_benchmark_tells_of_the_person(tmp_path: Path) -> None:
    path = write_history(tmp_path)
    rows = [persona_mme_row(0), persona_mme_row(1, **FITS)]
    file = write_persona_mme(tmp_path, rows) / "Persona-MME.json"
    plain, _, _, paired = (read(tmp_path, "32k")[place] for place in (0, 2, 3, 1))
    listed = json_rows(file, Question)
    assert known(plain, listed) == {"profile": {"name": "Ann", "persona tone": "short"}}
    assert known(openly(paired), listed)["a reply that fits them"] == "Go, and tell me!"
    assert known(openly(paired), listed)["a reply that does not fit them"] == "Whatever."
    data = json.loads(path.read_text()) | {"persona": "A cautious planner."}
    path.write_text(json.dumps(data))
    assert known(plain, listed)["persona"] == "A cautious planner."
    assert known(replace(plain, history=None), listed) == {}
    path.write_text("{")
    assert known(paired, listed) == {}, "no history, no reply, nothing to be told"


@shared
def test_every_published_question_at_hand_can_be_asked_openly(tmp_path: Path) -> None:
    head = SHARED / "personavlm/persona_mme_head.json"
    (tmp_path / "Persona-MME.json").write_bytes(head.read_bytes())
    drawn = draw(folder_source(tmp_path), None, 200, 0)
    assert (len(drawn.cases), drawn.left_out) == (21, {})
