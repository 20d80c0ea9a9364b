"""A model looks at questions once more; the scripted one says what a test wants."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from openai_server import Body, OpenAIServer
from synthesis.played import kind, reply

from personavlm.engines.openai.endpoint import Endpoint
from personavlm.synthesis.checking import ONE, READ, TRUE, WITH, WITHOUT, ModelCheck
from personavlm.synthesis.filters import Rules
from personavlm.synthesis.life import Life


@pytest.fixture
def check(server: OpenAIServer, tmp_path: Path) -> ModelCheck:
    return ModelCheck(Endpoint("checker/1", url=server.url), tmp_path)


def one(life: Life) -> Life:
    """With a single question."""
    return replace(life, questions=life.questions[:1])


def saying(piece: str, said: object) -> Callable[[Body], str]:
    text = said if isinstance(said, str) else json.dumps(said)
    return lambda body: text if kind(body) == piece else reply(body)


def test_a_good_question_stays(check: ModelCheck, by_model: list[Life]) -> None:
    life = by_model[0]
    assert set(check.faults(life).values()) == {None}
    assert check.spent().requests == 3 * len(life.questions)


@pytest.mark.parametrize(
    ("piece", "said", "rule", "reason"),
    [
        ("check_evidence", {"right": []}, WITH, "no option follows"),
        ("check_evidence", {"right": ["a", "b"]}, ONE, r"allow \(a\), \(b\); the key"),
        ("check_blind", {"right": ["KEY"]}, WITHOUT, "without the messages"),
        ("check_life", {"consistent": False, "why": "It has changed."}, TRUE, "It has changed."),
        ("check_life", "hm", READ, "there is no JSON object"),
    ],
)
def test_each_fault_has_its_rule_and_reason(
    server: OpenAIServer,
    check: ModelCheck,
    by_model: list[Life],
    piece: str,
    said: object,
    rule: str,
    reason: str,
) -> None:
    life = one(by_model[0])
    [question] = life.questions
    text = said if isinstance(said, str) else json.dumps(said)
    server.reply = saying(piece, text.replace("KEY", "abcd"[question.gold]))
    rules = Rules()
    checked = rules.check(life, check.faults(life))
    assert checked is not None and checked.life.questions == ()
    [rejection] = rules.rejections
    assert (rejection.what, rejection.where, rejection.rule) == (
        "question",
        question.subject,
        rule,
    )
    assert reason.replace("\\", "") in rejection.reason


def test_it_sees_the_evidence_alone_then_nothing_then_all(
    server: OpenAIServer, check: ModelCheck, by_model: list[Life]
) -> None:
    life = one(by_model[0])
    [question] = life.questions
    check.faults(life)
    with_evidence, blind, whole = (body["messages"][1]["content"] for body in server.asked)
    for turn in life.turns:
        assert (turn.text in with_evidence) == (turn.number in question.evidence)
        assert turn.text not in blind and turn.about in whole
    assert question.answer in blind  # as one of the options


def test_it_goes_on_where_it_stopped(
    server: OpenAIServer, check: ModelCheck, by_model: list[Life], tmp_path: Path
) -> None:
    found = check.faults(by_model[0])
    before = len(server.asked)
    again = ModelCheck(Endpoint("checker/1", url=server.url), tmp_path)
    assert again.faults(by_model[0]) == found
    assert len(server.asked) == before
    other = ModelCheck(Endpoint("checker/2", url=server.url), tmp_path)
    other.faults(one(by_model[0]))
    assert len(server.asked) == before + 3  # another model's word is its own


def test_the_simulators_lives_can_be_checked(
    server: OpenAIServer, check: ModelCheck, train: list[Life]
) -> None:
    life = one(train[0])
    server.reply = saying("check_evidence", {"right": ["abcd"[life.questions[0].gold]]})
    assert set(check.faults(life).values()) == {None}


def test_what_breaks_a_rule_is_not_asked_about(
    server: OpenAIServer, check: ModelCheck, by_model: list[Life]
) -> None:
    life = one(by_model[0])
    spoilt = replace(life.questions[0], evidence=())
    assert check.faults(replace(life, questions=(spoilt,))) == {}
    assert check.faults(replace(life, sessions=((),))) == {}
    assert server.asked == []
