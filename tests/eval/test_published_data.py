"""Figures that are known exactly, on the published files themselves."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from eval.made import SHARED, shared

from eval import run
from eval.benchmarks import p_soups, persona_mme, personamem
from eval.benchmarks.files import records
from eval.benchmarks.persona_mme import ALIGNMENT, ASPECTS, TASKS
from eval.case import Benchmark
from eval.journal import read
from eval.published.lookup import published
from eval.published.sizes import SIZES
from eval.scoring.groups import WITH, WITHOUT

pytestmark = shared
MEM = SHARED / "personamem"


def scores(out: Path, *options: str) -> dict[str, dict[str, Any]]:
    assert run.main(["--out", str(out), *options]) == 0
    return {row["group"]: row for row in json.loads((out / "summary.json").read_text())["rows"]}


def test_the_longest_option_of_personamem(tmp_path: Path) -> None:
    rows = scores(tmp_path, "--benchmark", "personamem", "--data", str(MEM), "--method", "longest")
    assert (rows["Overall (micro)"]["score"], rows["Overall (micro)"]["n"]) == (51.61, 589)
    assert rows["Overall (macro)"]["score"] == 59.60
    assert rows["generalizing_to_new_scenarios"]["score"] == 100
    assert rows["recalling_the_reasons_behind_previous_updates"]["score"] == 93.94
    assert rows["suggest_new_ideas"]["score"] == 0


def test_the_published_answers_of_gpt_4o_without_context(tmp_path: Path) -> None:
    file = MEM / "gpt-4o_no-context_predictions.csv"
    rows = scores(tmp_path, "--benchmark", "personamem", "--data", str(MEM),
                  "--method", "predictions", "--predictions", str(file))  # fmt: skip
    assert {name: row["score"] for name, row in rows.items()} == {
        "recalling_the_reasons_behind_previous_updates": 73.74,
        "track_full_preference_evolution": 65.47,
        "provide_preference_aligned_recommendations": 30.91,
        "recalling_facts_mentioned_by_the_user": 17.65,
        "recall_user_shared_facts": 43.41,
        "generalizing_to_new_scenarios": 8.77,
        "suggest_new_ideas": 33.33,
        "Overall (micro)": 46.86,
        "Overall (macro)": 39.04,
    }, "and both scorers read them alike"


def test_golds_of_the_published_answers_are_those_of_the_questions() -> None:
    with (MEM / "gpt-4o_no-context_predictions.csv").open() as file:
        golds = {row["question_id"]: row["answer"] for row in csv.DictReader(file)}
    assert golds == {case.id: case.gold for case in personamem.read(MEM, "32k")}


def test_a_real_conversation_up_to_its_questions(tmp_path: Path) -> None:
    shutil.copy(MEM / "shared_contexts_1of37.jsonl", tmp_path / "shared_contexts_32k.jsonl")
    shutil.copy(MEM / "questions_32k.csv", tmp_path)
    key = next(iter(json.loads((tmp_path / "shared_contexts_32k.jsonl").read_text())))
    about = [
        c.history for c in personamem.read(tmp_path, "32k") if c.history and c.history.key == key
    ]
    assert len(about) == 9
    for ref in about:
        said = personamem.messages(ref)
        assert len(said) == ref.end
        assert said[0].role == "system"


def test_real_questions_of_persona_mme(tmp_path: Path) -> None:
    shutil.copy(SHARED / "personavlm/persona_mme_head.json", tmp_path / "Persona-MME.json")
    cases = persona_mme.read(tmp_path, "32k")
    asked = [case for case in cases if case.group != ALIGNMENT]
    assert len(asked) == 21
    assert len(cases) == 21 + 2 * 5
    assert {case.group for case in asked} == set(ASPECTS.values())
    assert {case.persona for case in cases} == {"50/0", "50/1"}


def test_real_pairs_of_p_soups(tmp_path: Path) -> None:
    cases = p_soups.read(SHARED / "psoups")
    assert len(cases) == 2 * 120
    assert len({case.cluster for case in cases if case.group == "Expertise"}) == 53
    assert len({case.cluster for case in cases if case.group == "Style"}) == 48
    rows = scores(tmp_path, "--benchmark", "p-soups", "--data", str(SHARED / "psoups"),
                  "--method", "longer")  # fmt: skip
    assert (rows["Expertise"]["score"], rows["Expertise"]["n"]) == (48.33, 60)
    assert rows["Style"]["score"] == 71.67, "42 of 60, and two of equal length at a half"
    assert "Overall" not in rows, "an axis is not there"


def test_decoded_counts_are_those_of_the_published_file() -> None:
    told = json.loads((SHARED / "personavlm/persona_mme_counts.json").read_text())
    long = SIZES[Benchmark.PERSONA_MME, "128k"]
    assert {task: long[task] for task, _ in TASKS.values()} | {"PA": long[ALIGNMENT]} == (
        told["128k"]["n"]
    )
    short = SIZES[Benchmark.PERSONA_MME, "32k"]
    assert {name: short[name] for name in told["32k"]["n_aspect"]} == told["32k"]["n_aspect"]
    assert (short[WITHOUT] + long[WITHOUT], long[WITH]) == (2034, 1265)
    for model, overall in told["128k"]["overall_with_alignment"].items():
        [cell] = published(Benchmark.PERSONA_MME, "128k", WITH, model)
        assert cell.value == overall


@pytest.mark.slow
def test_a_real_conversation_end_to_end(tmp_path: Path) -> None:
    """The one conversation of PersonaMem that is at hand, with all its questions."""
    conversation = (MEM / "shared_contexts_1of37.jsonl").read_text("utf-8")
    [key] = json.loads(conversation)
    rows = [row for row in records(MEM / "questions_32k.csv") if row["shared_context_id"] == key]
    (tmp_path / "shared_contexts_32k.jsonl").write_text(conversation, "utf-8")
    with (tmp_path / "questions_32k.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    asked = [
        "--benchmark", "personamem", "--context", "32k", "--data", str(tmp_path),
        "--engine", "preview", "--method", "personavlm", "--out", str(tmp_path / "out"),
    ]  # fmt: skip
    assert run.main(asked) == 0
    made = read(tmp_path / "out/personamem-32k/personavlm-preview")
    assert len(made.records) == len(rows) == 9
    assert not [record.failed for record in made.records if record.failed]
    assert all(record.detail and record.detail["retrieved"] for record in made.records)
