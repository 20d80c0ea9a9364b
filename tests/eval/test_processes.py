"""Several processes: every record once, a person's cases in one process, and what ends them."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from eval.elsewhere import STOPPED, UNREADABLE, remembering, telling
from eval.made import persona_mme_row, write_history, write_persona_mme, write_personamem
from eval.subjects import SESSIONS
from sglang_server import wait_until

from eval.benchmarks import persona_mme, personamem
from eval.case import Case, HistoryRef
from eval.crew import answered
from eval.processes import answered_by_processes
from personavlm.errors import EngineUnavailable


@pytest.fixture
def cases(tmp_path: Path) -> list[Case]:
    """Eight questions about four conversations, which take turns."""
    made = personamem.read(write_personamem(tmp_path, 8), "32k")
    return [replace(case, history=HistoryRef(tmp_path, str(n % 4))) for n, case in enumerate(made)]


def alive(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def test_people_are_dealt_out_and_each_stays_in_one_process(cases: list[Case]) -> None:
    records = list(answered_by_processes(telling, cases, 4, 2))
    assert sorted(record.case for record in records) == [f"q{n}" for n in range(8)]
    assert {record.case: record.failed for record in records if record.failed} == {"q3": UNREADABLE}
    by_case = {record.case: record.detail["process"] for record in records if record.detail}
    assert len(set(by_case.values())) == 2
    assert os.getpid() not in by_case.values()
    assert all(by_case[f"q{n}"] == by_case[f"q{n + 4}"] for n in (0, 1, 2))


def test_an_engine_that_stopped_ends_them_all(cases: list[Case]) -> None:
    got = []
    with pytest.raises(EngineUnavailable, match=STOPPED):
        for record in answered_by_processes(partial(telling, stops_at="q4"), cases, 2, 2):
            got.append(record.case)
    assert "q4" not in got


def test_a_process_that_died_is_told_of(cases: list[Case]) -> None:
    with pytest.raises(EngineUnavailable, match="ended by itself"):
        list(answered_by_processes(partial(telling, dies_at="q4"), cases, 2, 2))


def test_no_process_outlives_who_asked(cases: list[Case]) -> None:
    records = answered_by_processes(telling, cases, 2, 2)
    first = next(records)
    assert first.detail is not None
    records.close()
    assert wait_until(lambda: not alive(first.detail["process"]))


def test_they_come_to_what_one_process_comes_to(tmp_path: Path) -> None:
    for number in range(3):
        write_history(tmp_path, f"50/{number}", 1, sessions=SESSIONS)
    rows = [
        persona_mme_row(number)
        | {"data_path": f"./data/Persona-MME/samples/50/{number % 3}/user_data.json"}
        for number in range(6)
    ]
    write_persona_mme(tmp_path, rows)
    cases = persona_mme.read(tmp_path, "32k")
    with remembering(tmp_path / "one") as method:
        expected = {record.case: record for record in answered(method, cases, 1)}
    make = partial(remembering, tmp_path / "several")
    records = {record.case: record for record in answered_by_processes(make, cases, 4, 2)}
    assert records.keys() == expected.keys()
    for name, record in records.items():
        assert not record.failed
        assert (record.reply, record.detail["retrieved"], record.detail["personality"]) == (
            expected[name].reply,
            expected[name].detail["retrieved"],
            expected[name].detail["personality"],
        )
