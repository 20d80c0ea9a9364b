"""The default search: more evidence than a cosine, times in words, facts that are held twice."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path

import pytest
from oracle import ZONE, Life, Said, Talk, at
from scripted import HashEncoder

from personavlm.agent import Agent
from personavlm.memory.database import Database
from personavlm.memory.fusion import HYBRID, PAPER, Ranking
from personavlm.memory.memory import Memory
from personavlm.memory.retrieve import Limits
from personavlm.records import Hit, Window

ALL = Limits(semantic=200, episodic=200, procedural=200, turn_tokens=10**9, images=10**6)
DAY = 24


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(Memory(Database(tmp_path / "maya", "maya", ZONE), HashEncoder()))


def texts(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.text for hit in hits]


@pytest.mark.parametrize("off", [None, *(field.name for field in fields(Ranking))])
def test_whatever_counts_the_window_is_honoured_and_all_in_it_is_found(
    life: Life, off: str | None
) -> None:
    chance = random.Random(7)
    words = ["corgi", "bike", "jazz", "walnut", "fern"]
    talks = [Talk([Said(10 * n + i, " ".join(chance.sample(words, 2))) for i in range(5)],
                  chance.choice([None, "corgi"])) for n in range(8)]  # fmt: skip
    facts = [Said(n, f"{words[n % 5]} number {n}") for n in range(40)]
    life.live(talks, facts, [Said(3, "run")])
    ranking = HYBRID if off is None else replace(HYBRID, **{off: False})
    window = Window(at(12), at(31))
    expected = life.expected("corgi", "corgi bike", window, set(), set())
    hits = life.memory.search("corgi", "corgi bike", window, limits=ALL, ranking=ranking)
    assert {hit.id for hit in hits} == set(expected)
    assert all(0 <= hit.score <= 1.0001 for hit in hits)
    for hit in hits:
        assert hit.id.startswith("semantic") or all(at(12) <= t.time <= at(31) for t in hit.turns)


def test_the_papers_fusion_is_the_better_of_two_cosines(life: Life) -> None:
    facts = [Said(0, "corgi bike"), Said(1, "jazz corgi corgi"), Said(2, "fern")]
    life.live([Talk([Said(5, "walnut")], "jazz cake")], facts, [])
    expected = life.expected("jazz", "corgi", Window(), set(), set())
    paper = life.memory.search("jazz", "corgi", Window(), ranking=PAPER)
    found = {hit.id: hit.score for hit in paper}
    assert found == pytest.approx(expected, abs=1e-4)
    # The topic does not speak of what its turn says; only beyond the paper is it found by that.
    by_turn = life.memory.search("walnut", "walnut", Window(), ranking=PAPER)
    assert {hit.id: hit.score for hit in by_turn}["episodic:1"] < 0.1
    own = replace(PAPER, own_words=True)
    by_turn = life.memory.search("walnut", "walnut", Window(), ranking=own)
    assert {hit.id: hit.score for hit in by_turn}["episodic:1"] > 0.9


def test_a_rare_name_is_found_by_its_word(life: Life) -> None:
    def odd(text: str, ranking: Ranking) -> str:
        [hit] = life.memory.search(text, text, Window(), limits=Limits(0, 1, 0), ranking=ranking)
        return hit.text

    long = "with many of the others from work who came along too"
    talks = [Talk([Said(n * DAY, f"that was nice of them number {n}")], None) for n in range(9)]
    talks.append(
        Talk([Said(20 * DAY, f"Met Xanthippe again at the very late concert {long}")], None)
    )
    life.live(talks, [], [])
    asked = "that was nice of Xanthippe"
    assert odd(asked, PAPER).startswith("that was nice")
    assert odd(asked, HYBRID).startswith("Met Xanthippe")


def test_an_answer_is_found_by_the_question_before_it(life: Life) -> None:
    said = ["jazz", "Which breed of corgi is it", "a Pembroke", "jazz cake"]
    life.live([Talk([Said(n, text) for n, text in enumerate(said)], None),
               Talk([Said(DAY, "a walnut")], None)], [], [])  # fmt: skip
    hits = life.memory.search("corgi breed", "corgi breed", Window(), limits=Limits(0, 5, 0),
                              ranking=replace(HYBRID, session=False))  # fmt: skip
    best, *rest = texts(hits)
    assert best == "Which breed of corgi is it"
    assert rest.index("a Pembroke") < min(rest.index("jazz cake"), rest.index("a walnut"))


def test_a_time_in_words_draws_up_what_is_near_to_it_and_shuts_nothing_out(life: Life) -> None:
    life.live([Talk([Said(31 * DAY * n, "we went for cake")], None) for n in range(5)], [], [])
    now = at(31 * DAY * 5)
    asked = "Where did we go for cake two months ago?"
    hits = life.memory.search(asked, asked, Window(), now=now, limits=ALL)
    assert len(hits) == 5
    assert hits[0].time == at(31 * DAY * 3)
    found = life.memory._retriever.find(asked, asked, Window(), now=now)
    assert found.window.start is not None
    assert found.window.start.month == at(31 * DAY * 3).month
    assert found.hits[0].time == at(31 * DAY * 3)
    assert "names a time" in found.note
    untimed = life.memory.search(asked, asked, Window(), limits=ALL)
    assert len({hit.score for hit in untimed}) == 1, "without a clock, all are alike"
    given = Window(at(0), at(DAY))
    found = life.memory._retriever.find(asked, asked, given, now=now)
    assert [hit.time for hit in found.hits] == [at(0)], "what the model asks for goes first"
    assert (found.window, found.note) == (given, "")


def test_an_empty_window_is_widened_once_and_that_is_said(life: Life) -> None:
    find = life.memory._retriever.find
    life.live([Talk([Said(10 * DAY, "corgi")], None)], [], [Said(0, "corgi")])
    empty = Window(at(5 * DAY), at(6 * DAY))
    found = find("corgi", "corgi", empty, now=at(0))
    assert [hit.text for hit in found.hits if hit.turns] == ["corgi"]
    assert found.window == Window(at(-2 * DAY), at(13 * DAY))
    assert "nothing is remembered from the time asked for" in found.note
    far = Window(at(-300 * DAY), at(-290 * DAY))
    assert find("corgi", "corgi", far, now=at(0)).hits == ()
    full = Window(at(9 * DAY), at(11 * DAY))
    again = find("corgi", "corgi", full, now=at(0), exclude={"turn:1"})
    assert again.window == full, "it holds something, though that was shown before"
    assert not [hit for hit in again.hits if hit.turns]


def test_a_fact_that_is_held_twice_comes_once_with_both_dates(life: Life) -> None:
    life.live([], [Said(0, "Maya likes walnuts"), Said(2 * DAY, "maya likes walnuts."),
                   Said(3 * DAY, "Maya does not like walnuts")], [])  # fmt: skip
    hits = life.memory.search("walnuts", "walnuts", Window(), limits=ALL)
    assert sorted(hit.id for hit in hits) == ["semantic:2", "semantic:3"]
    [twice] = [hit for hit in hits if hit.id == "semantic:2"]
    assert twice.time == at(2 * DAY)
    assert f"also noted on {at(0).date()}" in twice.why
    rest = life.memory.search("walnuts", "walnuts", Window(), exclude={"semantic:2"}, limits=ALL)
    assert [hit.id for hit in rest] == ["semantic:3"], "nor does it come back under its other id"
    kept = replace(HYBRID, merge=False)
    every = life.memory.search("walnuts", "walnuts", Window(), limits=ALL, ranking=kept)
    assert len(every) == 3


def test_options_steer_no_search(life: Life) -> None:
    life.live([], [Said(0, "drinks cocoa at night"), Said(1, "a green bike")], [])
    asked = "What is it that I drink at night?"
    options = "\nOptions:\n(a). a green bike\n(b). a green bike\nPlease answer (a) or (b)."
    plain, chosen = ([(hit.id, hit.score) for hit in life.memory.search(text, text, Window())]
                     for text in (asked, asked + options))  # fmt: skip
    assert plain == chosen


def test_what_the_assistant_said_is_never_what_is_found(agent: Agent) -> None:
    agent.observe("Guess what I am", "You must be a walnut farmer", time=datetime(2026, 3, 2, 9))
    agent.observe("No. Hello there", "So a walnut baker?", time=datetime(2026, 3, 2, 10))
    index = agent.memory.index
    index.sync()
    for table in index._sync().values():
        assert len(table.words.of(["walnut", "farmer", "baker"])[0]) == 0
    before = agent.memory.search("walnut", "walnut", Window(), limits=ALL)
    assert all("has" not in hit.why for hit in before)


def test_why_names_the_words_in_common(life: Life) -> None:
    life.live([Talk([Said(0, "My Corgis bark")], None)], [], [])
    [hit] = life.memory.search("corgi", "a corgi that barked", Window())
    assert hit.why.startswith("what you said is close to the question (")
    assert hit.why.endswith("has “Corgis”, “bark”")
