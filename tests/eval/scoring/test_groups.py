"""The paper's figures, rebuilt from single results by the code that scores our own runs.

Counts of right answers are decoded from the printed percentages; that aspects, overalls and
Alignment all come out to the printed hundredth is what the paper's own arithmetic implies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from eval.made import p_soups_records, persona_mme_records, record

from eval.benchmarks.persona_mme import ALIGNMENT, ASPECTS, TASKS
from eval.case import Benchmark
from eval.published.lookup import published
from eval.published.sizes import SIZES
from eval.published.table1 import TABLE_1
from eval.published.table4 import TABLE_4
from eval.scoring.bootstrap import score
from eval.scoring.groups import MACRO, MICRO, OVERALL, WITH, WITHOUT, groups
from eval.scoring.score import Record

MME = Benchmark.PERSONA_MME
TASK_NAMES = [task for task, _ in TASKS.values()]

# Right answers by aspect, of all questions of a context (table 1).
BY_ASPECT = {
    ("32k", "RAG", "PersonaVLM-RL"): (130, 139, 137, 127, 123, 151),
    ("128k", "RAG", "PersonaVLM-RL"): (115, 115, 115, 91, 90, 117),
    ("32k", "RAG", "PersonaVLM-SFT"): (125, 127, 117, 105, 118, 140),
    ("128k", "RAG", "PersonaVLM-SFT"): (112, 112, 111, 78, 86, 109),
    ("32k", "full context", "Qwen2.5-VL-7B"): (123, 121, 141, 109, 115, 123),
    ("128k", "full context", "Qwen2.5-VL-7B"): (84, 81, 98, 82, 67, 81),
    ("32k", "RAG", "Qwen2.5-VL-7B"): (121, 124, 119, 106, 102, 119),
    ("128k", "RAG", "Qwen2.5-VL-7B"): (94, 94, 94, 84, 74, 94),
    ("32k", "full context", "InternVL3-38B"): (124, 155, 157, 110, 121, 135),
    ("128k", "full context", "InternVL3-38B"): (112, 106, 121, 89, 78, 102),
}
# Right answers by task at 128k, and of Alignment's 360 (table 4).
BY_TASK = {
    "PersonaVLM": (36, 79, 67, 48, 34, 40, 41, 45, 46, 43, 47, 48, 69, 332),
    "Qwen2.5-VL-7B": (37, 47, 43, 38, 30, 36, 32, 43, 39, 29, 38, 33, 48, 198),
    "InternVL3-8B": (21, 74, 61, 41, 34, 40, 26, 51, 32, 35, 48, 44, 58, 195),
    "InternVL3-38B": (27, 85, 64, 42, 39, 48, 34, 56, 33, 33, 45, 41, 61, 227),
    "Qwen3-30B-A3B": (21, 81, 68, 50, 40, 47, 36, 49, 33, 39, 49, 48, 65, 293),
}


def shown(records: list[Record]) -> dict[str, float]:
    """The figure of each group, as a table prints it."""
    return {
        group.name: round(score(group, lambda one: one.main.correct), 2)
        for group in groups(records)
    }


def of(context: str, names: Iterable[str], right: Iterable[int]) -> dict[str, tuple[int, int]]:
    sizes = SIZES[MME, context]
    return {name: (count, sizes[name]) for name, count in zip(names, right, strict=True)}


@pytest.mark.parametrize("row", BY_ASPECT, ids=" ".join)
def test_table_1_to_the_hundredth(row: tuple[str, str, str]) -> None:
    context = row[0]
    ours = shown(persona_mme_records(of(context, ASPECTS.values(), BY_ASPECT[row]), context))
    printed = {
        cell.column.group: cell.value
        for cell in TABLE_1.cells()
        if (cell.row.context, cell.row.setting, cell.row.model) == row
        and cell.column.benchmark is MME
    }
    assert printed.keys() == {*ASPECTS.values(), WITHOUT}
    assert {name: ours[name] for name in printed} == printed


@pytest.mark.parametrize("model", BY_TASK)
def test_table_4_to_the_hundredth(model: str) -> None:
    ours = shown(persona_mme_records(of("128k", [*TASK_NAMES, ALIGNMENT], BY_TASK[model])))
    printed = {c.column.group: c.value for c in TABLE_4.cells() if c.row.model == model}
    assert printed.keys() == {*TASK_NAMES, ALIGNMENT, WITH}
    assert {name: ours[name] for name in printed} == printed


def test_the_same_answers_make_both_overalls_and_the_aspects() -> None:
    """975 of 1,265 with Alignment are 643 of 905 without it, and table 1's aspects."""
    records = persona_mme_records(of("128k", [*TASK_NAMES, ALIGNMENT], BY_TASK["PersonaVLM"]))
    made = {group.name: group for group in groups(records)}
    assert (made[WITHOUT].n, made[WITH].n, made[ALIGNMENT].n) == (905, 1265, 360)
    ours = shown(records)
    assert (ours[WITHOUT], ours[WITH], ours[ALIGNMENT]) == (71.05, 77.08, 92.22)
    for aspect in ASPECTS.values():
        [cell] = published(MME, "128k", aspect, "PersonaVLM-RL (RAG)")
        assert ours[aspect] == cell.value
    assert made["Alignment: aligned"].n == made["Alignment: misaligned"].n == 180


@pytest.mark.parametrize("model", ["Qwen2.5-VL-7B", "InternVL3-8B", "InternVL3-38B"])
def test_table_4_goes_with_table_1(model: str) -> None:
    """The answers task by task that table 4 has make the aspects that table 1 has."""
    ours = shown(persona_mme_records(of("128k", [*TASK_NAMES, ALIGNMENT], BY_TASK[model])))
    for name in (*ASPECTS.values(), WITHOUT):
        [cell] = published(MME, "128k", name, f"{model} (full context)")
        assert ours[name] == cell.value


def test_alignment_at_32k_as_in_table_2() -> None:
    [cell] = published(MME, "32k", ALIGNMENT, "PersonaVLM")
    assert shown(persona_mme_records({ALIGNMENT: (403, 452)}, "32k"))[ALIGNMENT] == cell.value


def test_alignment_is_reported_by_its_halves() -> None:
    yes_to_everything = [
        record(MME, str(n), right=n % 2 == 0, group=ALIGNMENT, task="PA",
               half="aligned" if n % 2 == 0 else "misaligned")
        for n in range(10)
    ]  # fmt: skip
    ours = shown(yes_to_everything)
    assert ours[ALIGNMENT] == 50
    assert ours["Alignment: aligned"] == 100
    assert ours["Alignment: misaligned"] == 0


@pytest.mark.parametrize(
    ("right", "model"),
    [
        (257, "Qwen2.5-VL-7B (full context)"),
        (269, "Qwen2.5-VL-7B (RAG)"),
        (312, "InternVL3-8B (full context)"),
        (311, "OneVision-1.5-8B (full context)"),
        (307, "PersonaVLM-SFT (RAG)"),
    ],
)
def test_personamem_in_table_1_counts_every_question_alike(right: int, model: str) -> None:
    records = [record(case=str(n), right=n < right) for n in range(589)]
    [cell] = published(Benchmark.PERSONAMEM, "32k", MICRO, model)
    assert shown(records)[MICRO] == cell.value


def test_where_the_paper_cuts_instead_of_rounding_the_cell_says_what_it_should_be() -> None:
    records = [record(case=str(n), right=n < 333) for n in range(589)]
    [cell] = published(Benchmark.PERSONAMEM, "32k", MICRO, "PersonaVLM-RL (RAG)")
    assert (shown(records)[MICRO], cell.value) == (56.54, 56.53)
    assert any("333 of 589 is 56.54" in note for note in cell.notes)


def test_the_macro_average_counts_types_alike() -> None:
    few = [record(case=f"f{n}", right=True, group="few") for n in range(2)]
    many = [record(case=f"m{n}", right=n < 2, group="many") for n in range(8)]
    ours = shown(few + many)
    assert (ours["few"], ours["many"]) == (100, 25)
    assert (ours[MICRO], ours[MACRO]) == (40, 62.5)


# Right answers of 600, where the printed figure is that of a count.
SOUPS: Mapping[str, Mapping[str, int]] = {
    "Expertise": {"Qwen2.5-VL-7B": 234, "Self-Critic": 238, "Qwen3-30B-A3B": 310},
    "Style": {"Qwen2.5-VL-7B": 138, "InternVL3-38B": 197, "Self-Critic": 142, "Few-Shot": 170,
              "PersonaVLM": 264},
}  # fmt: skip


@pytest.mark.parametrize(
    ("axis", "model"), [(axis, model) for axis in SOUPS for model in SOUPS[axis]]
)
def test_p_soups_axes_of_table_2(axis: str, model: str) -> None:
    [cell, *_] = published(Benchmark.P_SOUPS, "", axis, model)
    assert shown(p_soups_records(axis, SOUPS[axis][model], 600))[axis] == cell.value


def test_the_p_soups_overall_is_the_mean_of_its_axes() -> None:
    records = [
        *p_soups_records("Expertise", 307, 600),
        *p_soups_records("Informativeness", 322, 600),
        *p_soups_records("Style", 132, 300),
    ]
    assert shown(records)[OVERALL] == round((100 * 307 / 600 + 100 * 322 / 600 + 44) / 3, 2)
    made = {group.name: group for group in groups(records)}
    assert made["Expertise"].n == 300, "pairs, not orders"
    assert {name for name in made if name.startswith("Style: ")} == {
        "Style: Style 0",
        "Style: Style 1",
    }


def test_without_an_axis_there_is_no_overall_to_compare() -> None:
    ours = shown(p_soups_records("Expertise", 10, 20) + p_soups_records("Style", 5, 20))
    assert ours["Overall of 2 axes"] == 37.5
    assert OVERALL not in ours
    assert "Informativeness" not in ours


def test_what_has_no_case_has_no_figure() -> None:
    assert groups([]) == []
    ours = shown(persona_mme_records({"VDR": (1, 2)}))
    assert ours == {"Memory": 50, "VDR": 50, WITHOUT: 50}
