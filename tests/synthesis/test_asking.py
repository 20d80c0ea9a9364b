"""Questions: right by construction, with nothing about them that gives the key away."""

import math
from collections import Counter

import pytest

from personavlm.synthesis.lexicon import lexicon
from personavlm.synthesis.life import Life, Question
from personavlm.synthesis.measures import LEAKS
from personavlm.synthesis.split import Split
from personavlm.synthesis.story import UNKNOWN, option
from personavlm.synthesis.tasks import TASKS


def asked(lives: list[Life]) -> list[tuple[Life, Question]]:
    return [(life, question) for life in lives for question in life.questions]


def test_all_thirteen_tasks_are_asked(train, test):
    for lives in (train, test):
        counts = Counter(question.task for _, question in asked(lives))
        assert counts.keys() == TASKS.keys()
        assert min(counts.values()) > 20


@pytest.mark.parametrize("rule", LEAKS)
def test_a_rule_that_looks_at_the_options_alone_gets_no_further_than_chance(rule, train, test):
    questions = [question for _, question in asked([*train, *test])]
    right = sum(LEAKS[rule](question) == question.gold for question in questions)
    chance = len(questions) / 4
    assert len(questions) > 800
    assert abs(right - chance) < 3 * math.sqrt(chance * 3 / 4)


def test_the_length_of_a_reply_does_not_tell_whether_it_suits(train, test):
    replies = [question.replies for _, question in asked([*train, *test]) if question.replies]
    shorter = sum(len(pair.chosen) < len(pair.rejected) for pair in replies)
    assert len(replies) > 150
    assert abs(shorter - len(replies) / 2) < 3 * math.sqrt(len(replies) / 4)


def test_wrong_options_are_what_else_could_be_true_of_the_same_matter(train, test):
    known = {s.id: {option(value.answer) for value in s.values}
             for split in Split for s in lexicon(split).subjects}  # fmt: skip
    unknown = {option(text) for text in UNKNOWN}
    for _, question in asked([*train, *test]):
        allowed = known[question.subject] | (unknown if question.task == "LGT" else set())
        assert set(question.options) <= allowed
        assert len(set(question.options)) == 4


def test_the_evidence_holds_the_answer(train, test):
    """Where the answer is worded as it was told, it stands in a turn that is named."""
    said = {s.id: {option(v.answer): v.said for v in s.values}
            for split in Split for s in lexicon(split).subjects}  # fmt: skip
    checked = 0
    for life, question in asked([*train, *test]):
        told = said[question.subject].get(question.answer)
        if not told:
            continue
        checked += 1
        turns = [life.turns[number] for number in question.evidence]
        assert any(told.casefold() in f"{t.text} {t.reply}".casefold() for t in turns)
    assert checked > 800


def test_the_older_preference_is_among_the_options_and_its_turn_is_no_evidence(train):
    seen = 0
    for life, question in asked(train):
        if question.task != "LPR":
            continue
        [number] = question.evidence
        change = life.turns[number].change
        assert change is not None and change.before is not None
        assert option(change.value) == question.answer
        assert option(change.before) in question.options
        seen += 1
    assert seen > 20


def test_unknown_is_right_only_where_nothing_was_told(train, test):
    unknown = {option(text) for text in UNKNOWN}
    counts = Counter()
    for life, question in asked([*train, *test]):
        if question.task == "LGT" and unknown & set(question.options):
            told = [
                t for t in life.turns if t.topic == question.subject and "/again/" in t.templates[0]
            ]
            assert (question.answer in unknown) == (not told)
            counts[question.answer in unknown] += 1
    assert counts[True] > 5 and counts[False] > 20


def test_dated_questions_name_the_day_that_it_was_told(train, test):
    dated = [(life, q) for life, q in asked([*train, *test]) if q.since]
    assert len(dated) > 30
    for life, question in dated:
        told = life.turns[question.evidence[0]].time
        assert question.since <= told <= question.until
        assert f"{told.day} {told:%B}" in question.text
