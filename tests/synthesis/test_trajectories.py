"""How questions are answered: searches that can be read, answers that rest on what they found."""

import re
from collections import Counter
from dataclasses import replace

import pytest

from eval.case import Benchmark, Case
from eval.methods import question as evaluation
from personavlm.memory.budget import length
from personavlm.memory.hits import Limits
from personavlm.prompts.pack import OWN
from personavlm.protocol import Answer, RetrieveRequest, Step, StepParser, Task
from personavlm.records import MemoryType
from personavlm.synthesis.life import Life
from personavlm.synthesis.recall import AS_THE_PRODUCT, Recall
from personavlm.synthesis.trajectories import (
    HOUR,
    LETTERS,
    SECOND_TRY,
    held,
    key_of,
    problem,
    trajectories,
    with_options,
)


def read(text: str, life: Life) -> Step:
    parser = StepParser(life.turns[0].time.tzinfo)
    parser.feed(text)
    return parser.finish()[1]


def test_every_step_of_a_trajectory_is_in_the_trained_format(train):
    searches = 0
    for life in train[:6]:
        for trajectory in trajectories(life):
            assert problem(trajectory) is None
            messages = OWN.render(Task.REASON, trajectory.inputs)
            assert [message.role for message in messages[::2]] == ["user"] * len(messages[::2])
            for number, message in enumerate(messages[1::2]):
                step = read(message.text, life)
                made = trajectory.inputs.retrieved[number]
                assert step.problem is None
                assert isinstance(step.action, RetrieveRequest)
                assert step.action.keywords == made.keywords
                assert step.thought == trajectory.inputs.thoughts[number]
                searches += 1
    assert searches > 100


def test_a_choice_is_answered_with_the_letter_of_the_key(train):
    life = train[0]
    keys = [key_of(question) for question in life.questions]
    choices = [t for t in trajectories(life) if t.kind == "choice" and not t.inputs.dialogue]
    assert [read(t.text, life).action for t in choices] == [Answer(key) for key in keys]


def test_the_options_are_weighed_up_to_the_right_one_and_the_last_named_is_the_answer(train):
    weighed = 0
    for life in train[:6]:
        by_text = {with_options(question): question for question in life.questions}
        for trajectory in trajectories(life):
            if trajectory.kind != "choice":
                continue
            question = by_text[trajectory.inputs.query.text]
            verdicts = re.findall(r"\(([a-d])\)\. (.*?)\? (Yes|No)", trajectory.text)
            letters, options, words = zip(*verdicts, strict=True)
            assert letters == tuple(LETTERS[: question.gold + 1])
            assert options == question.options[: question.gold + 1]
            assert words == ("No",) * question.gold + ("Yes",)
            weighed += 1
    assert weighed > 50


def test_the_first_word_after_what_is_asked_tells_where_the_answer_stands(train):
    begun = {"searched": Counter(), "just said": Counter(), "in the profile": Counter()}
    for life in train[:10]:
        for trajectory in trajectories(life):
            if trajectory.kind == "chat":
                continue
            thought = (*trajectory.inputs.thoughts, read(trajectory.text, life).thought)[0]
            _, _, where = thought.partition(". ")
            kind = "searched" if trajectory.searches else "just said"
            if not (trajectory.searches or trajectory.inputs.dialogue):
                kind = "in the profile"
            begun[kind][where.split()[0]] += 1
    first = [set(words) for words in begun.values()]
    assert all(len(words) == 1 for words in first)
    assert len(set.union(*first)) == len(first)


def test_what_the_answer_follows_from_was_found_or_stands_in_the_prompt(train, test):
    kinds = Counter()
    for life in [*train[:10], *test[:6]]:
        for trajectory in trajectories(life):
            if trajectory.kind == "chat":
                assert trajectory.searches == 0
                continue
            if trajectory.searches or trajectory.inputs.dialogue:
                assert held(trajectory)
                kinds["searched" if trajectory.searches else "just said"] += 1
            else:  # core memory tells
                kinds["in the profile"] += 1
                assert any(value in trajectory.text.casefold() or key in trajectory.text
                           for key, value in trajectory.inputs.profile.items())  # fmt: skip
    assert min(kinds[kind] for kind in ("searched", "just said", "in the profile")) > 20


def test_a_thought_quotes_what_was_said_before_it_answers(train):
    quoted = 0
    for life in train[:6]:
        told = {turn.number: turn.text for turn in life.turns}
        for trajectory in trajectories(life):
            if trajectory.kind == "choice" and trajectory.inputs.dialogue:
                (turn,) = trajectory.evidence
                before, found, _ = trajectory.text.partition(f'"{told[turn]}"')
                assert found and "(a)" not in before
                quoted += 1
    assert quoted > 20


def test_a_second_search_follows_one_that_found_nothing_of_it(train):
    twice = once = 0
    for life in train:
        for trajectory in trajectories(life):
            once += trajectory.searches == 1
            if trajectory.searches == 2:
                twice += 1
                missed = trajectory.inputs.retrieved[0].hits
                facts = {int(hit.id.partition(":")[2]) for hit in missed}
                assert not facts & set(trajectory.evidence)
    assert SECOND_TRY / 2 < twice / (once + twice) < SECOND_TRY * 2


def test_a_dated_question_is_searched_within_its_day(test):
    seen = 0
    for life in test:
        for question in life.questions:
            if question.since is None:
                continue
            seen += 1
            hits = Recall(life).found(question)
            assert any(hit.type is MemoryType.SEMANTIC for hit in hits)
            for hit in hits:
                if hit.type is not MemoryType.PROCEDURAL:
                    assert question.since <= hit.time <= question.until
    assert seen > 10


@pytest.mark.parametrize("limits", [AS_THE_PRODUCT, Limits(2, 1, 1, turn_tokens=60)])
def test_no_more_is_found_than_a_search_returns(test, limits):
    topics = 0
    for life in test[:4]:
        recall = Recall(life, limits)
        for question in life.questions:
            found = recall.found(question)
            counts = Counter(hit.type for hit in found)
            assert counts[MemoryType.SEMANTIC] <= limits.semantic
            assert counts[MemoryType.EPISODIC] <= limits.episodic
            assert counts[MemoryType.PROCEDURAL] <= limits.procedural
            for turns in (hit.turns for hit in found if hit.type is MemoryType.EPISODIC):
                topics += 1
                assert len(turns) == 1 or sum(map(length, turns)) <= limits.turn_tokens
    assert topics > 10


def test_an_answer_without_its_evidence_is_found_out(train):
    searched = next(t for t in trajectories(train[0]) if t.searches == 1)
    [found] = searched.inputs.retrieved
    empty = replace(searched.inputs, retrieved=(replace(found, hits=()),))
    assert not held(replace(searched, inputs=empty))
    assert problem(replace(searched, answer="(e)")) == "it is read back as another answer"
    assert "no answer" in problem(replace(searched, text="<think>x</think><retrieve>y</retrieve>"))


def test_only_the_last_hour_stands_in_the_prompt(test):
    for trajectory in trajectories(test[2]):
        for turn in trajectory.inputs.dialogue:
            assert trajectory.inputs.query.time - turn.time <= HOUR


def test_a_choice_is_put_as_the_evaluation_puts_it(train):
    question = train[0].questions[0]
    options = dict(zip(LETTERS, question.options, strict=True))
    case = Case(
        Benchmark.PERSONA_MME, id="1", context="32k", persona="1", group="", task="", half="",
        row="", cluster="", question=question.text, options=options, gold="a",
    )  # fmt: skip
    assert with_options(question) == evaluation.with_options(case)
