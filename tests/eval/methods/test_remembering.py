"""PersonaVLM as a method: what it is asked, what is kept of it, and what ablations hide."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from eval.subjects import BUILDING, TURNS, memories, person, subject
from scripted import ScriptedEngine

from eval.benchmarks.replay import told
from eval.case import Case
from eval.methods.remembering import NAMES, Remembering, rows_of_the_paper
from eval.methods.subject import Subject
from eval.published.lookup import TABLES
from personavlm.hub.weights import Weights
from personavlm.personality import BigFive
from personavlm.protocol import (
    Answer,
    ReasonInputs,
    RetrieveRequest,
    SemanticDecision,
    Task,
    write_semantic,
    write_step,
    write_traits,
)
from personavlm.records import Usage, Window


def searching() -> ScriptedEngine:
    """A model that searches, thinks and names a letter."""
    steps = [write_step("Let me look.", RetrieveRequest("cat Moss rows", Window())),
             write_step("It is there.", Answer("(c)"))]  # fmt: skip
    return ScriptedEngine(
        reason=lambda request: steps[bool(request.inputs.retrieved)],
        answer="(b)",
        personality=write_traits([5, 4, 1, 2, 4]),
        semantic=write_semantic(SemanticDecision("told", True, "The cat is Moss.", ("cat",), ())),
    )


def method(folder: Path, of: Subject, version: str = "personavlm") -> Remembering:
    return Remembering(version, of, memories(folder, of))


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return person(tmp_path)[0]


def test_the_model_is_given_the_options_and_its_reply_is_the_answer(
    tmp_path: Path, case: Case
) -> None:
    engine = searching()
    answer = method(tmp_path, subject(tmp_path, engine)).answer(case)
    assert answer.reply == "(c)"
    asked = engine.asked(Task.REASON)[0].inputs.query
    assert asked.text.startswith("What did I say, 0?\n\nOptions:\n(a). Tea.\n(b). Coffee")
    assert asked.time.replace(tzinfo=None) == datetime(2024, 9, 23, 20, 8)
    assert answer.usage == Usage(20, answer.usage.completion_tokens, 0, 0.02)
    thought, search, last = answer.detail["trace"]
    assert (thought["thought"], last["thought"]) == ("Let me look.", "It is there.")
    assert search["keywords"] == "cat Moss rows"
    ids = [hit["id"] for hit in search["hits"]]
    assert ids
    assert set(ids) <= set(answer.detail["retrieved"])
    assert answer.detail["prompts"] == "own"
    assert answer.detail["answered by"] == "scripted"


def test_how_the_personality_came_about_is_kept(tmp_path: Path, case: Case) -> None:
    asks = method(tmp_path, subject(tmp_path, searching()))
    course = asks.answer(case).detail["personality"]
    times = ["2024-07-01T09:00:00+00:00", "2024-07-01T09:02:00+00:00", "2024-07-03T20:00:00+00:00"]
    assert [time for time, _ in course] == times
    with asks.memories.opened(told(case)) as agent:
        history = agent.personality_history
        assert course[-1][1] == pytest.approx(agent.personality.values(), abs=1e-4)
    assert [values for _, values in course] == [
        pytest.approx(record.vector.values(), abs=1e-4) for record in history
    ]
    assert course[0][1][0] > 3 > course[0][1][2], "openness grew, extraversion fell"


def test_of_a_long_history_twelve_points_are_kept(tmp_path: Path) -> None:
    turns = [
        {"time": f"2024-07-{day:02} 09:00", "user": f"Day {day}.", "assistant": "Nice."}
        for day in range(1, 26)
    ]
    [case, _] = person(tmp_path, sessions=[turns], imgs=[])
    course = method(tmp_path, subject(tmp_path, searching())).answer(case).detail["personality"]
    days = [datetime.fromisoformat(time).day for time, _ in course]
    assert days == [1, 3, 5, 8, 10, 12, 14, 16, 18, 21, 23, 25]


def test_a_question_leaves_no_trace_in_memory(tmp_path: Path, case: Case) -> None:
    engine = searching()
    asks = method(tmp_path, subject(tmp_path, engine))
    first = asks.answer(case)
    assert asks.answer(case).reply == first.reply
    with asks.memories.opened(told(case)) as agent:
        assert len(agent.turns()) == TURNS
    assert len(engine.requests) == BUILDING + 2 * 2


@pytest.mark.parametrize("version", NAMES)
def test_an_ablation_hides_its_part_and_no_other(tmp_path: Path, case: Case, version: str) -> None:
    engine = searching()
    of = subject(tmp_path, engine)
    answer = method(tmp_path, of, version).answer(case)
    steps = [r.inputs for r in engine.asked(Task.REASON)]
    if version == "without-reasoning":
        assert (steps, answer.reply) == ([], "(b)")
        return
    last = steps[-1]
    assert isinstance(last, ReasonInputs)
    kinds = {hit.type.value for retrieval in last.retrieved for hit in retrieval.hits}
    part = version.removeprefix("without-")
    assert kinds == {"semantic", "episodic", "procedural"} - {part}
    assert bool(last.profile) == (part != "core")
    assert (last.personality == BigFive()) == (part == "pem")


def test_ablations_share_the_memory(tmp_path: Path, case: Case) -> None:
    engine = searching()
    of = subject(tmp_path, engine)
    for version in NAMES:
        method(tmp_path, of, version).answer(case)
    assert len(engine.requests) == BUILDING + 2 * (len(NAMES) - 1) + 1


def test_calls_are_told_before_they_are_made(tmp_path: Path) -> None:
    cases = person(tmp_path)
    engine = searching()
    asks = method(tmp_path, subject(tmp_path, engine))
    assert asks.calls(cases) == BUILDING + 2 * 5
    asks.answer(cases[0])
    assert asks.calls(cases) == 2 * 5, "the memory is there"
    assert len(engine.requests) == BUILDING + 2


def test_published_figures_are_held_against_the_published_weights_only(tmp_path: Path) -> None:
    engine = ScriptedEngine()
    asks = method(tmp_path, subject(tmp_path, engine))
    assert asks.name == "personavlm (scripted: org/some-model)"
    for source, expected in (
        ("org/some-model", ()),
        ("ClareNie/PersonaVLM", rows_of_the_paper("personavlm")),
    ):
        engine.weights = Weights(source, "3f9c2b1" + "0" * 33, tmp_path, "Qwen2_5_VL", "bf16", 1)
        assert asks.published == expected


def test_every_version_has_its_row_in_the_paper() -> None:
    labels = {row.label for table in TABLES for row in table.rows}
    for name in NAMES:
        assert labels.issuperset(rows_of_the_paper(name)), name
