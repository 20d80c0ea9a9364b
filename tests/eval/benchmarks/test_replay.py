"""What comes before a question, whichever benchmark it is from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from eval.made import write_p_soups, write_personamem
from eval.subjects import SESSIONS, person

from eval.benchmarks import p_soups, personamem
from eval.benchmarks.replay import told
from personavlm.errors import BadInput


def test_persona_mme_is_told_as_it_is_dated(tmp_path: Path) -> None:
    [case, _] = person(tmp_path)
    before = told(case)
    assert [said.text for said in before.said] == [
        "My cat is Moss.", "I row on Fridays.", "I sold the boat."
    ]  # fmt: skip
    assert [said.reply for said in before.said] == ["Aww.", "Nice.", "Oh!"]
    assert [len(said.images) for said in before.said] == [1, 0, 0]
    assert before.said[2].time == datetime(2024, 7, 3, 20, 0, tzinfo=UTC)
    assert before.asked == datetime(2024, 9, 23, 20, 8, tzinfo=UTC)
    assert before.profile == {"name": "Ann", "persona tone": "short"}
    assert not before.running


def test_personamem_stops_where_the_question_comes(tmp_path: Path) -> None:
    write_personamem(tmp_path, 3, end_index_in_shared_context="4")
    first, *_, last = personamem.read(tmp_path, "32k")
    short, long = told(first), told(last)
    assert [(said.text, said.reply) for said in short.said] == [("I had\u2028tea.", "Nice.")]
    assert [said.text for said in long.said] == ["I had\u2028tea.", "No more tea for me."]
    assert long.said[1].reply == "", "the conversation ends with what the person said"
    assert short.profile == {"persona": "Ann drinks tea."}
    assert short.running
    assert short.said[-1].time < short.asked
    keys = list(long.keys())
    begun = list(short.keys())
    assert keys[: len(begun)] == begun, "a longer one begins with the shorter"
    assert len(set(keys)) == len(keys)


def test_p_soups_tells_the_profile_and_nothing_of_the_answer(tmp_path: Path) -> None:
    cases = p_soups.read(write_p_soups(tmp_path))
    one, swapped, other = told(cases[0]), told(cases[1]), told(cases[2])
    assert [*one.keys()] == [*swapped.keys()] != [*other.keys()]
    assert "High Openness" in one.said[0].text
    assert cases[0].options["a"] not in one.said[0].text


def test_another_picture_is_another_memory(tmp_path: Path) -> None:
    [case, _] = person(tmp_path)
    _, *keys = told(case).keys()
    told(case).said[0].images[0].write_bytes(b"something else")
    assert set(keys).isdisjoint(told(case).keys())


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"imgs": ["./samples/50/0/gone.png"]}, "gone.png is missing"),
        ({"imgs": []}, "0 pictures for 1 marks"),
        ({"sessions": [[SESSIONS[2][0] | {"time": "2024-13-01 09:00"}]], "imgs": []}, "is no time"),
    ],
)
def test_what_is_wrong_with_a_history_is_said(
    tmp_path: Path, changed: dict[str, object], reason: str
) -> None:
    [case, _] = person(tmp_path, **changed)
    with pytest.raises(BadInput, match=reason):
        told(case)
