"""People written by a model: a scripted one, over real HTTP."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from openai_server import BROKEN, KEY, NO_CREDIT, Body, OpenAIServer
from synthesis.played import kind, model_writer, reply

from personavlm.errors import BadInput, EngineUnavailable
from personavlm.personality import BigFive
from personavlm.synthesis.filters import UNUSABLE, Rules
from personavlm.synthesis.formats import Format
from personavlm.synthesis.life import Life, Photo
from personavlm.synthesis.produce import produce
from personavlm.synthesis.writer import Unusable


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_life_keeps_all_rules(by_model: list[Life]) -> None:
    rules = Rules()
    for life in by_model:
        checked = rules.check(life)
        assert checked is not None
        assert len(checked.life.questions) >= len(life.questions) - 1  # one key may tip the balance
        assert checked.targets and checked.trajectories
    assert {each.rule for each in rules.rejections} <= {"options are balanced"}


def test_code_decides_what_has_to_be_true(by_model: list[Life]) -> None:
    for life in by_model:
        assert life.source == "scripted"
        assert 20 <= len(life.turns) <= life.size
        for one, other in pairwise(life.sessions):
            assert (other[0].time - one[-1].time).total_seconds() > 3600
        shown = [turn.picture for turn in life.turns if turn.picture]
        assert 0.1 < len(shown) / len(life.turns) < 0.25
        assert all(isinstance(picture, Photo) and picture.height == 30 for picture in shown)
        for question in life.questions:
            told = [turn for turn in life.turns if turn.topic == question.subject]
            assert set(question.evidence) <= {turn.number for turn in told}
            newest = life.turns[question.evidence[-1]]
            assert f"called <{question.answer}>" in newest.text
            assert question.text.startswith("What do I call")
    places = Counter(question.gold for life in by_model for question in life.questions)
    assert len(places) == 4


def test_answers_are_worked_out_from_memory_alone(by_model: list[Life]) -> None:
    for life in by_model:
        for question in life.questions:
            worked = question.worked
            assert worked is not None and worked.choice == question.gold
            assert bool(worked.search) == (question.key is None)
            if question.key is None:
                assert question.keywords[1:] == ("name",)  # its own, not the thread's
    checked = Rules().check(by_model[0])
    assert checked is not None
    asked = [each for each in checked.trajectories if each.kind == "open"]
    assert {each.answer.split()[:3] == ["You", "call", "it"] for each in asked} == {True}


def test_it_changes_what_is_kept_and_shows_a_trait(by_model: list[Life]) -> None:
    changes = [turn.change for life in by_model for turn in life.turns if turn.change]
    assert changes and all(change.memory == "profile" for change in changes)
    assert any(turn.shown == (4, 3, 3, 3, 3) for turn in by_model[0].turns)
    *_, profile = by_model[0].profiles()
    assert profile["pet"] == "a tame jackdaw"


def test_the_model_is_told_the_character_of_the_time(server: OpenAIServer, tmp_path: Path) -> None:
    life = model_writer(server, tmp_path, tmp_path / "out").write(0)
    [drift] = life.person.drifts
    asked = [body["messages"][1]["content"] for body in server.asked if kind(body) == "session"]

    def told(traits: BigFive) -> str:
        return f"{drift.trait} {getattr(traits, drift.trait):.1f}"

    first, last = life.turns[0], life.sessions[-1][0]
    assert told(life.person.traits_at(first.number)) in asked[0]
    assert told(life.person.traits_at(last.number)) in asked[-1]
    assert told(life.person.traits_at(0)) != told(life.person.traits_at(last.number))


def spoilt(bad: dict[str, list[str]]) -> Callable[[Body], str]:
    """Replies as ever, after these about each kind of piece."""
    left = {piece: list(texts) for piece, texts in bad.items()}

    def answer(body: Body) -> str:
        waiting = left.get(kind(body))
        return waiting.pop(0) if waiting else reply(body)

    return answer


def test_what_does_not_fit_is_asked_again_with_the_reason(
    server: OpenAIServer, tmp_path: Path
) -> None:
    bad = {
        "person": [("I would rather not.", "there is no JSON object in it"),
                   ('{"name": "A B", "age": 7}', "age: Input should be greater than or equal")],
        "threads": [('{"threads": []}', "there has to be one thread for each of")],
        "session": [('{"turns": [}', "it is no valid JSON"),
                    ('{"turns": []}', "there are 0 turns, not")],
        "question": [('{"question": "<think>?"}', "tags in angle brackets")],
        "answer": [('{"option": "e"}', "thought: Field required")],
    }  # fmt: skip
    server.reply = spoilt({piece: [text for text, _ in texts] for piece, texts in bad.items()})
    life = model_writer(server, tmp_path, tmp_path / "out").write(0)
    assert not life.lacking
    again = [body["messages"][2:] for body in server.asked if len(body["messages"]) > 2]
    expected = [each for texts in bad.values() for each in texts]
    assert len(again) == len(expected)
    for (sent, asked), (text, problem) in zip(again, expected, strict=True):
        assert sent["content"] == text and problem in asked["content"]


def test_a_question_that_never_fits_is_left_out_with_its_reason(
    server: OpenAIServer, tmp_path: Path
) -> None:
    server.reply = spoilt({"question": ["{}"] * 3})
    life = model_writer(server, tmp_path, tmp_path / "out").write(0)
    [lacking] = life.lacking
    rules = Rules()
    rules.check(life)
    assert (rules.rejections[0].where, rules.rejections[0].rule) == (lacking.subject, UNUSABLE)
    assert "question: Field required" in rules.rejections[0].reason


def test_a_person_who_never_fits_is_left_out_and_not_asked_for_again(
    server: OpenAIServer, tmp_path: Path
) -> None:
    server.reply = spoilt({"person": ["{}"] * 3})
    writer = model_writer(server, tmp_path, tmp_path / "out")
    figures = produce(writer, 2, tmp_path / "out", [Format.RL])
    assert figures["measures"]["people"] == 1
    [line] = (tmp_path / "out" / "rejections.jsonl").read_text().splitlines()[:1]
    assert json.loads(line) == {
        **{"life": 0, "what": "life", "where": "", "rule": UNUSABLE},
        "reason": "person: name: Field required",
    }
    before = len(server.asked)
    produce(writer, 2, tmp_path / "out", [Format.RL])
    assert len(server.asked) == before


def test_a_run_that_broke_off_goes_on_and_asks_nothing_twice(
    server: OpenAIServer, tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    produce(model_writer(server, tmp_path, whole), 2, whole, [Format.SFT], at_once=2)
    asked = len(server.asked)

    def failing(body: Body) -> str:
        if len(server.asked) == asked + 20:
            server.refusals.append(BROKEN)  # for a while
        if len(server.asked) >= asked + 30:
            server.refusals.append(NO_CREDIT)  # for good
        return reply(body)

    server.reply = failing
    with pytest.raises(EngineUnavailable, match="no credit left"):
        produce(model_writer(server, tmp_path, broken), 2, broken, [Format.SFT], at_once=2)
    assert not (broken / "sft").exists()
    kept = sum(len(path.read_text().splitlines()) for path in broken.glob("pieces/*.jsonl"))
    server.refusals.clear()
    server.reply = reply
    before = len(server.asked)
    produce(model_writer(server, tmp_path, broken), 2, broken, [Format.SFT], at_once=2)
    assert len(server.asked) - before == asked - kept  # what was answered is not asked again
    same = {"sft/sft.json", "lives/00000.json", "lives/00001.json", "report.json"}
    found, expected = digests(broken), digests(whole)
    assert {name: found[name] for name in same} == {name: expected[name] for name in same}


def test_progress_tells_what_was_asked_for_and_what_was_there(
    server: OpenAIServer, tmp_path: Path
) -> None:
    for fresh in (True, False):
        told: list[tuple[int, int, bool]] = []
        writer = model_writer(server, tmp_path, tmp_path / "out")
        writer.progress = lambda *which, told=told: told.append(which)
        life = writer.write(0)
        assert sum(turns for _, turns, _ in told) == writer.turns(0) == len(life.turns)
        assert {number for number, *_ in told} == {0}
        assert {asked for *_, asked in told} == {fresh}
        assert (writer.asked.requests > 0) == fresh
        assert writer.spent().requests == len(server.asked)


def test_a_request_that_is_refused_is_a_person_left_out(
    server: OpenAIServer, tmp_path: Path
) -> None:
    server.refuses = {"messages"}  # whatever it is asked
    with pytest.raises(Unusable, match=r"person: .* refuses this request"):
        model_writer(server, tmp_path, tmp_path / "out").write(0)


def test_more_people_than_personas_cannot_be_written(server: OpenAIServer, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"has \d\d personas for the train split"):
        model_writer(server, tmp_path, tmp_path / "out").turns(40)
    assert server.asked == []


def test_no_key_is_written_down(server: OpenAIServer, tmp_path: Path) -> None:
    model_writer(server, tmp_path, tmp_path / "out").write(0)
    assert set(server.keys) == {KEY}
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert KEY.encode() not in written
