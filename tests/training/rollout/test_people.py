"""Lives told to the product's own agent: what its memory makes of them, and where it is kept."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scripted import HashEncoder
from training.rollout.rl_folder import LIFE, USER, row, write_folder

from personavlm.errors import BadInput
from personavlm.personality import BigFive, evolve
from personavlm.records import Window
from personavlm.synthesis.filters import Rules
from personavlm.synthesis.formats.rl import Rl
from personavlm.synthesis.simulator import Simulator
from personavlm.synthesis.split import Split
from personavlm.training.rollout.people import BUILT, People
from personavlm.training.rollout.questions import read_questions

NOW = datetime(2026, 3, 20, 10, tzinfo=UTC)


def test_memory_is_what_the_life_says(people: People) -> None:
    with people.opened(USER) as person:
        memory = person.memory
        counts = memory.counts()
        assert (counts["sessions"], counts["turns"], counts["pending"]) == (3, 4, 0)
        assert (counts["semantic"], counts["episodic"], counts["procedural"]) == (2, 4, 1)
        assert memory.profile() == {"name": "Maya", "pet": "a corgi", "home": "Porto"}
        assert [topic.turns for topic in memory.episodic("adopted")] == [(1,)]
        vector = BigFive()
        for number in range(4):
            vector = evolve(vector, (5, 3, 3, 3, 1), number)
        assert person.personality == vector


def test_the_products_search_finds_it_with_its_picture(people: People) -> None:
    with people.opened(USER) as person:
        found = person.memory.find("corgi, dog", "What is my corgi called?", Window(), now=NOW)
        [fact] = [hit for hit in found.hits if hit.id == "semantic:1"]
        assert "Biscuit" in fact.text
        assert fact.images and fact.images[0].path.is_file()


def test_a_memory_is_built_once(people: People, encoder: HashEncoder) -> None:
    with people.opened(USER):
        built = encoder.encoded
    with people.opened(USER) as person, people.opened(USER) as again:
        assert person.memory.counts() == again.memory.counts(), "each has a copy of its own"
    assert encoder.encoded == built


def test_one_that_was_cut_short_is_built_anew(people: People) -> None:
    with people.opened(USER) as person:
        whole = person.memory.counts()
    [built] = people.memories.glob(f"*/*/{BUILT}")
    built.unlink()
    with people.opened(USER) as person:
        assert person.memory.counts() == whole


def test_another_picture_is_another_memory(people: People) -> None:
    with people.opened(USER):
        pass
    (people.root / "1.png").write_bytes((people.root / "2.png").read_bytes())
    with people.opened(USER):
        pass
    assert len(list(people.memories.glob(f"*/*/{BUILT}"))) == 2


def test_what_the_simulator_writes_can_be_told(tmp_path: Path, encoder: HashEncoder) -> None:
    life = Simulator(7, Split.TRAIN).write(0)
    checked = Rules().check(life)
    assert checked is not None
    written = Rl(tmp_path)
    written.add(checked)
    written.finish()
    questions = list(read_questions(tmp_path / "rl/rl.jsonl"))
    assert len(questions) == sum(written.counts.values())
    people = People(tmp_path / "rl", tmp_path / "memories", encoder)
    with people.opened(questions[0].user) as person:
        counts = person.memory.counts()
        assert counts["turns"] == len(life.turns)
        assert counts["semantic"] == sum(turn.note is not None for turn in life.turns)
        *_, habits = life.habits()
        assert {entry.key: entry.value for entry in person.memory.procedural()} == habits


def broken(**session: Any) -> dict[str, Any]:
    life = copy.deepcopy(LIFE)
    life["sessions"][0] |= session
    return life


@pytest.mark.parametrize(
    ("life", "why"),
    [
        ({}, "init_profile"),
        (broken(semantic_memory=[]), "one for each interaction"),
        (broken(interactions=[], semantic_memory=[], big_five_personality=[]), "nothing in it"),
        (broken(interactions=[[{"time": "soon", "query": "a"}, {"response": ""}, "", []]] * 2),
         "'soon' is no time"),
        (broken(interactions=[[{"time": "2026-03-02 09:00", "query": "a"}, {"response": ""}, "",
                               ["../../../etc/passwd"]]] * 2), "lies outside"),
    ],
)  # fmt: skip
def test_a_broken_life_says_what_is_wrong(
    tmp_path: Path, encoder: HashEncoder, life: dict[str, Any], why: str
) -> None:
    file = write_folder(tmp_path / "rl", [row()], life)
    people = People(file.parent, tmp_path / "memories", encoder)
    with pytest.raises(BadInput, match=why), people.opened(USER):
        pass


def test_nobody_there(people: People) -> None:
    with pytest.raises(BadInput, match="is missing"), people.opened("samples/9"):
        pass
