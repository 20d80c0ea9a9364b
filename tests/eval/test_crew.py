"""Several people at a time: each one's cases in turn, every record once, an end that is clean."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from eval.made import write_p_soups, write_personamem

from eval.benchmarks import p_soups, personamem
from eval.case import Answer, Case, HistoryRef
from eval.crew import answered, by_person
from personavlm.errors import BadInput, EngineUnavailable


@dataclass
class Watched:
    """A method that watches who is answered at the same time."""

    name: str = "watched"
    published: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    together: threading.Barrier | None = None
    stops_at: str = ""
    asked: list[str] = field(default_factory=list)
    busy: set[object] = field(default_factory=set)

    def calls(self, cases: Sequence[Case]) -> int:
        return len(cases)

    def answer(self, case: Case) -> Answer:
        about = case.history
        assert about not in self.busy, "two threads ask about one person"
        self.busy.add(about)
        if self.together is not None:
            self.together.wait(20)
        self.busy.remove(about)
        self.asked.append(case.id)
        if case.id == self.stops_at:
            raise EngineUnavailable("The server has stopped.")
        if case.id == "q3":
            raise BadInput("Too long.")
        return Answer("(a)")


@pytest.fixture
def cases(tmp_path: Path) -> list[Case]:
    """Eight questions about four conversations, which take turns; later ones see less of them."""
    made = personamem.read(write_personamem(tmp_path, 8), "32k")
    return [
        replace(case, history=HistoryRef(tmp_path, str(n % 4), 8 - n))
        for n, case in enumerate(made)
    ]


def test_people_are_asked_side_by_side_and_each_in_turn(cases: list[Case]) -> None:
    method = Watched(together=threading.Barrier(4))  # breaks unless four are there at once
    records = list(answered(method, cases, 4))
    assert sorted(record.case for record in records) == [f"q{n}" for n in range(8)]
    assert sorted(method.asked) == sorted(record.case for record in records)
    assert [record.case for record in records if record.failed] == ["q3"]


def test_one_at_a_time_is_one_person_after_another(cases: list[Case]) -> None:
    method = Watched()
    expected = ["q4", "q0", "q5", "q1", "q6", "q2", "q7", "q3"]
    assert [record.case for record in answered(method, cases, 1)] == expected


@pytest.mark.parametrize("concurrency", [1, 2])
def test_an_engine_that_stopped_ends_the_run_and_fails_no_case(
    cases: list[Case], concurrency: int
) -> None:
    method = Watched(stops_at="q1")
    got = []
    with pytest.raises(EngineUnavailable):
        for record in answered(method, cases, concurrency):
            got.append(record.case)
    assert "q1" not in got
    assert len(got) < len(cases)


@dataclass
class Open(Watched):
    """A method with something open for each person; it takes down what it had at the time."""

    opened: list[int] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    had: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def about_one(self) -> Iterator[Callable[[Case], Answer]]:
        mine = len(self.opened)
        self.opened.append(mine)

        def ask(case: Case) -> Answer:
            assert mine not in self.closed
            self.had[case.id] = mine
            return self.answer(case)

        try:
            yield ask
        finally:
            self.closed.append(mine)


@pytest.mark.parametrize("concurrency", [1, 3])
def test_what_is_open_for_a_person_stays_open_and_is_closed(
    cases: list[Case], concurrency: int
) -> None:
    method = Open()
    assert len(list(answered(method, cases, concurrency))) == len(cases)
    assert len(method.opened) == 4
    assert sorted(method.closed) == sorted(method.opened)
    assert all(method.had[f"q{n}"] == method.had[f"q{n + 4}"] for n in range(4))
    assert len(set(method.had.values())) == 4


def test_what_is_open_is_closed_when_the_engine_stops(cases: list[Case]) -> None:
    method = Open(stops_at="q0")
    with pytest.raises(EngineUnavailable):
        list(answered(method, cases, 1))
    assert method.closed == method.opened == [0]


def test_who_shares_a_history_is_asked_from_its_beginning(cases: list[Case]) -> None:
    people = by_person(cases)
    assert [[case.id for case in one] for one in people] == [
        ["q4", "q0"], ["q5", "q1"], ["q6", "q2"], ["q7", "q3"]
    ]  # fmt: skip


def test_pairs_of_p_soups_share_a_profile(tmp_path: Path) -> None:
    people = by_person(p_soups.read(write_p_soups(tmp_path)))
    assert [len({case.profile for case in one}) for one in people] == [1, 1]
