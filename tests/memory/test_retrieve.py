"""Search: the window first, then the best of exactly what is in it; budgets; exclusion."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import ZONE, Life, Said, Talk, at
from scripted import HashEncoder

from personavlm.agent import Agent
from personavlm.memory.database import Database
from personavlm.memory.fusion import PAPER
from personavlm.memory.memory import Memory
from personavlm.memory.retrieve import Limits
from personavlm.records import Hit, Window

WORDS = ("corgi", "bike", "jazz", "walnut", "Lisbon", "run", "fern", "cake")
ALL = Limits(semantic=200, episodic=200, procedural=200, turn_tokens=10**9, images=10**6)
FEW = Limits(semantic=2, episodic=2, procedural=1)
BY_COSINE = replace(PAPER, own_words=True)  # what the oracle counts by loops

texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
said = st.builds(Said, st.integers(-6, 30), texts)
talks = st.lists(
    st.builds(Talk, st.lists(said, min_size=1, max_size=5), st.none() | texts), max_size=5
)
hour = st.none() | st.integers(-8, 32)


def open_life(folder: Path) -> Life:
    return Life(Memory(Database(folder, "maya", ZONE), HashEncoder()))


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return open_life(tmp_path / "maya")


def kind(id: str) -> str:
    return id.split(":")[0].replace("turn", "episodic")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(talks, st.lists(said, max_size=8), st.lists(said, max_size=3), hour, hour,
       texts, texts, st.randoms(use_true_random=False))  # fmt: skip
def test_search_finds_what_brute_force_finds(
    talks: list[Talk],
    facts: list[Said],
    habits: list[Said],
    start: int | None,
    end: int | None,
    keywords: str,
    query: str,
    chance: random.Random,
) -> None:
    with TemporaryDirectory() as folder:
        life = open_life(Path(folder))
        life.live(talks, facts, habits)
        window = Window(None if start is None else at(start), None if end is None else at(end))
        everything = life.expected(keywords, query, Window(), set(), set())
        exclude = {id for id in everything if chance.random() < 0.15}
        shown = {id for id in life.turns if chance.random() < 0.15}
        expected = life.expected(keywords, query, window, exclude, shown)
        if start is not None and end is not None and start > end:
            expected = {}

        def search(limits: Limits) -> Sequence[Hit]:
            return life.memory.search(
                keywords, query, window, exclude=exclude, shown_turns=shown, limits=limits,
                ranking=BY_COSINE,
            )  # fmt: skip

        hits = search(ALL)
        assert {hit.id for hit in hits} == set(expected)
        assert len({hit.id for hit in hits}) == len(hits)
        for hit in hits:
            assert hit.score == pytest.approx(expected[hit.id], abs=1e-4)
            for turn in hit.turns:
                assert turn.id not in shown or kind(hit.id) == "semantic"
                assert kind(hit.id) == "semantic" or _inside(turn.time, window)
        few = search(FEW)
        for name, k in (("semantic", 2), ("episodic", 2), ("procedural", 1)):
            best = sorted((s for id, s in expected.items() if kind(id) == name), reverse=True)[:k]
            got = [hit.score for hit in few if kind(hit.id) == name]
            assert got == pytest.approx(best, abs=1e-4), name
        life.memory.database.close()


def _inside(time: object, window: Window) -> bool:
    low, high = window.start, window.end
    return (low is None or low <= time) and (high is None or time <= high)  # type: ignore[operator]


def test_many_turns_of_one_topic_do_not_crowd_out_the_next_best(life: Life) -> None:
    crowd = Talk([Said(i, "corgi") for i in range(60)], "corgi")
    life.live([crowd, Talk([Said(70, "corgi bike")], None), Talk([Said(80, "jazz")], None)], [], [])
    hits = life.memory.search("corgi", "corgi", Window(), limits=FEW)
    assert [hit.id for hit in hits] == ["episodic:1", "turn:61"]


def test_a_topic_with_nothing_new_to_show_takes_no_place(life: Life) -> None:
    life.live([Talk([Said(i, "corgi")], "corgi") for i in range(30)]
              + [Talk([Said(40, "corgi bike jazz")], "cake")], [], [])  # fmt: skip
    hits = life.memory.search("corgi", "corgi", Window(), shown_turns=set(range(1, 31)), limits=FEW)
    assert [hit.id for hit in hits] == ["episodic:31"]


def test_turns_of_a_topic_outside_the_window_stay_out(life: Life) -> None:
    life.live([Talk([Said(i, f"corgi {i}") for i in range(6)], "corgi")], [], [])
    [hit] = life.memory.search("corgi", "corgi", Window(at(2), at(3)))
    assert [turn.text for turn in hit.turns] == ["corgi 2", "corgi 3"]
    assert (hit.time, hit.end, hit.left_out) == (at(0), at(5), 0)
    between = Window(at(2) + timedelta(minutes=1), at(3) - timedelta(minutes=1))
    assert life.memory.search("corgi", "corgi", between) == ()


def test_the_window_is_closed_and_exact_to_the_microsecond(life: Life) -> None:
    life.live([], [Said(5, "corgi")], [])
    tick = timedelta(microseconds=1)
    for window, found in (
        (Window(at(5), at(5)), 1),
        (Window(at(5) + tick, None), 0),
        (Window(None, at(5) - tick), 0),
    ):
        assert len(life.memory.search("corgi", "corgi", window)) == found


def test_the_nearest_turns_come_first_and_the_rest_is_counted(life: Life) -> None:
    words = ["cake", "fern", "jazz", "walnut corgi", "run", "corgi"]
    life.live([Talk([Said(i, f"{w} " + "x" * 100) for i, w in enumerate(words)], "corgi")], [], [])
    limits = Limits(turn_tokens=60)
    [hit] = life.memory.search("corgi", "corgi", Window(), limits=limits)
    assert [turn.text.split()[0] for turn in hit.turns] == ["walnut", "corgi"], "in time order"
    assert hit.left_out == 4
    [hit] = life.memory.search("corgi", "corgi", Window(), limits=Limits(turn_tokens=1))
    assert [turn.text.split()[0] for turn in hit.turns] == ["corgi"], "at least one"


def test_pictures_stay_in_budget_and_none_comes_twice(agent: Agent, picture: bytes) -> None:
    from PIL import Image as Pillow

    colours = [Pillow.new("RGB", (16, 16), name) for name in ("red", "green", "blue", "white")]
    for number, colour in enumerate(colours):
        agent.observe(f"corgi {number}", "ok", [picture, colour], time=agent.now())
    agent.update()
    limits = Limits(images=3)
    hits = agent.memory.search("corgi", "corgi", Window(), limits=limits)
    kept = [image.hash for hit in hits for image in hit.images]
    assert len(kept) == len(set(kept)) == 3
    assert hits[0].images, "the best hit keeps its own"
    assert sum(hit.pictures_left_out for hit in hits) > 0
    every = agent.memory.search("corgi", "corgi", Window(), limits=Limits(images=9))
    assert not any(hit.pictures_left_out for hit in every)


def test_habits_hold_from_then_on_and_only_the_current_ones(life: Life) -> None:
    life.live([], [], [Said(0, "run"), Said(10, "run")])
    life.memory.knowledge.replace_entries(
        life.memory.procedural()[0].type, {"habit 1": "run"}, at(20), None
    )
    found = {hit.id for hit in life.memory.search("run", "run", Window(at(50), None))}
    assert found == {"procedural:2"}
    assert life.memory.search("run", "run", Window(None, at(5))) == ()


def test_each_text_is_embedded_once_also_across_a_restart(tmp_path: Path) -> None:
    life = open_life(tmp_path)
    life.live([Talk([Said(0, "corgi")], "jazz")], [Said(1, "bike")], [Said(2, "run")])
    life.memory.search("corgi", "corgi", Window())
    life.memory.database.close()
    encoder = HashEncoder()
    memory = Memory(Database(tmp_path, "maya", None), encoder)
    assert len(memory.search("corgi", "corgi", Window(), limits=ALL)) == 3
    assert encoder.encoded == 2, "only the question's two views"
    memory.edit("semantic:1", "a blue bike", ["blue"])
    memory.search("corgi", "corgi", Window())
    assert encoder.encoded == 2 + 2 + 2, "the two views of the changed one, the question's two"


def test_vectors_follow_the_text(life: Life) -> None:
    life.live([Talk([Said(0, "corgi")], "jazz")], [Said(1, "bike")], [Said(2, "run")])
    memory = life.memory
    owners = "SELECT DISTINCT owner FROM vectors ORDER BY owner"
    memory.index.sync()
    assert [row[0] for row in memory.database.read(owners)] == [
        "entry",
        "semantic",
        "topic",
        "turn",
    ]
    memory.edit("semantic:1", "walnut", ["walnut"])
    before = {hit.id: hit.score for hit in memory.search("bike", "bike", Window())}
    assert before["semantic:1"] < 0.1
    assert memory.search("walnut", "walnut", Window())[0].id == "semantic:1"
    memory.delete(["semantic:1", "episodic:1", "procedural:1", "turn:1"])
    assert memory.search("walnut", "walnut", Window(), limits=ALL) == ()
    assert memory.database.read("SELECT * FROM vectors") == []


class SlowEncoder(HashEncoder):
    """Lets a test do something while a text is being embedded."""

    meanwhile: Callable[[], None] | None = None

    def encode(self, texts: Sequence[str]):  # type: ignore[no-untyped-def]
        vectors = super().encode(texts)
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            act()
        return vectors


@pytest.mark.parametrize("again", [False, True])
def test_a_text_edited_or_deleted_while_it_is_embedded(tmp_path: Path, again: bool) -> None:
    encoder = SlowEncoder()
    memory = Memory(Database(tmp_path, "maya", ZONE), encoder)
    memory.knowledge.add_fact(at(0), "corgi", ["corgi"], "", None)
    if again:  # the index is loaded already, and brought up to date
        memory.index.sync()
        memory.knowledge.add_fact(at(0), "corgi", ["corgi"], "", None)
        memory.index.touch("semantic", [2])
    id = f"semantic:{2 if again else 1}"
    encoder.meanwhile = lambda: memory.edit(id, "walnut", ["walnut"])
    memory.index.sync()
    assert memory.search("walnut", "walnut", Window())[0].id == id
    scores = {hit.id: hit.score for hit in memory.search("corgi", "corgi", Window())}
    assert scores[id] < 0.1
    memory.edit(id, "fern", ["fern"])
    encoder.meanwhile = lambda: memory.delete([id])
    memory.index.sync()
    assert id not in {hit.id for hit in memory.search("fern", "fern", Window())}
    assert memory.database.read("SELECT * FROM vectors WHERE owner_id = ?", (int(id[9:]),)) == []


def test_the_real_encoder_finds_a_paraphrase(tmp_path: Path) -> None:
    from personavlm.memory.encode import MiniLM

    memory = Memory(Database(tmp_path, "maya", ZONE), MiniLM())
    for text in ("I adopted a corgi called Biscuit", "My bicycle has a flat tyre",
                 "I am allergic to walnuts", "The concert was sold out"):  # fmt: skip
        memory.knowledge.add_fact(at(0), text, text.split()[-2:], "", None)
    asked = "Which foods make me ill?"
    best = memory.search(asked, asked, Window())[0]
    assert "walnuts" in best.text
    asked = "What pet do I have?"
    assert "corgi" in memory.search(asked, asked, Window())[0].text
