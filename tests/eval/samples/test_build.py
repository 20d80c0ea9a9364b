"""The made-up people: the same for one seed, read like the benchmark, and giving nothing away."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from eval.benchmarks.persona_mme import ALIGNMENT, CONTEXTS, TASKS, read
from eval.benchmarks.replay import told
from eval.case import Case
from eval.samples.build import FOLDERS, write
from eval.samples.told import POOLS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("samples")
    write(place)
    return place


@pytest.fixture(scope="module")
def cases(folder: Path) -> list[Case]:
    return [case for context in CONTEXTS for case in read(folder, context)]


@pytest.fixture(scope="module")
def asked(cases: list[Case]) -> list[Case]:
    return [case for case in cases if case.group != ALIGNMENT]


def test_it_is_the_same_each_time(folder: Path, tmp_path: Path) -> None:
    write(tmp_path)
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 1 + 2 * len(FOLDERS)
    for file in files:
        assert (tmp_path / file).read_bytes() == (folder / file).read_bytes()
    write(tmp_path, seed=6)
    assert (tmp_path / files[0]).read_bytes() != (folder / files[0]).read_bytes() or (
        tmp_path / "Persona-MME.json"
    ).read_bytes() != (folder / "Persona-MME.json").read_bytes()


def test_everyone_is_asked_every_task(cases: list[Case], asked: list[Case]) -> None:
    tasks = Counter(case.task for case in asked)
    assert tasks == {short: len(FOLDERS) for short, _ in TASKS.values()}
    halves = Counter(case.half for case in cases if case.half)
    assert halves == {"aligned": 2 * len(FOLDERS), "misaligned": 2 * len(FOLDERS)}


def test_it_has_the_oddities_of_the_layout(folder: Path) -> None:
    rows = json.loads((folder / "Persona-MME.json").read_text())
    assert any(row["question_type"].startswith("*") for row in rows)
    assert all("(" in row["time"] for row in rows), "a weekday"
    data = json.loads((folder / "samples/50/0/user_data.json").read_text())
    assert [] in data["sessions"]
    assert len(data["imgs"]) == 1


def test_every_answer_was_told_and_the_wrong_ones_were_not(asked: list[Case]) -> None:
    for case in asked:
        facts = {fact.answer: fact for fact in POOLS[case.task]}
        told_them = " ".join(f"{one.text} {one.reply}" for one in told(case).said)
        for letter, text in case.options.items():
            fact = facts.get(text)
            if fact is None:
                assert text in {other.wrong for other in POOLS[case.task]}
                continue
            was = all(said.replace("<img>", "").strip() in told_them for said in fact.said)
            was &= fact.reply in told_them
            assert was == (letter == case.gold), (case.id, text)


def test_letters_and_lengths_give_nothing_away(asked: list[Case]) -> None:
    letters = Counter(case.gold for case in asked)
    ranks = Counter(
        sorted(case.options, key=lambda letter: len(case.options[letter])).index(case.gold)
        for case in asked
    )
    for counted in (letters, ranks):
        assert len(counted) == 4
        assert max(counted.values()) - min(counted.values()) <= 2
    for case in asked:
        assert len(set(case.options.values())) == 4
