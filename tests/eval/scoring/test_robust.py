"""Our reading of replies: what people would read in them, and nothing where they would guess."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from eval.made import write_persona_mme
from hypothesis import given
from hypothesis import strategies as st

from eval.benchmarks.persona_mme import read
from eval.case import Benchmark, Case
from eval.scoring.robust import choice, robust

OPTIONS = {"a": "No, you didn't.", "b": "A sketch.", "c": "A bike", "d": "Yes, you did"}
CASE = Case(
    Benchmark.PERSONA_MME, "1", "32k", "50/0", "Memory", "SIR", "", "f:1", "50/0", "?", OPTIONS, "d"
)  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        *((form, "d") for form in ("d", "D", "(d)", "(D).", "d.", "d)", "**(d)**", "Option d")),
        *((form, "d") for form in ("[d]", "（ｄ）", r"$\boxed{d}$", r"\boxed{(D)}", "`d`", " d\n")),
        ("(d) Yes, you did", "d"),
        ("d. Yes, you did", "d"),
        ("The answer is d.", "d"),
        ("Answer: b.", "b"),
        ("answer = (c)", "c"),
        ("The correct answer is option (b).", "b"),
        ("The correct choice would be **b** because you drew.", "b"),
        ("I'd go with (c), since you said so.", "c"),
        ("(a) is wrong, so (d)", "d"),
        ("I think (since it rained) it is (b)", "b"),
        ("(a) sounds nice. (b) and (c) too. Therefore, the answer is (d).", "d"),
        ("First I thought the answer is (a). No: the answer is (c).", "c"),
        ("(b), not (a)", "b"),
        ("(b) rather than (c)", "b"),
        ("(b) fits, while (c) doesn't say when and (a) is not true.", "b"),
        ("(b). In contrast to (c), it is about drawing", "b"),
        ("(b) A sketch. Unlike (c) it is drawn", "b"),
        ("(b) because (c) was sold", "b"),
        ("<think>(a) or (b)?</think><answer>(c)</answer>", "c"),
        ("<final_answer>(b)", "b"),
        ("<final_answer>(a)</final_answer> no <final_answer>(c)</final_answer>", "c"),
        ("<answer>Yes, you did!</answer>", "d"),
        ("(c)<final_answer>", "c"),
        ("Yes, you did", "d"),
        ("yes you did.", "d"),
        ("You told me about a bike last May.", "c"),
        ("<answer>(c)</answer> though (a) tempted me", "c"),
        # Nothing that can be told
        ("", ""),
        (")", ""),
        ("I don't know", ""),
        ("(a) or (b)", ""),
        ("The answer is (a) or (b)", ""),
        ("The answer is a matter of taste", ""),
        ("(a) fits, but (b) fits too", ""),
        ("a bike or a sketch", ""),
        ("(e)", ""),
        ("e", ""),
        ("A", "a"),
        ("A good question", ""),
        ("So a lot happened", ""),
        ("The answer isn't (a)", ""),
    ],
)
def test_a_reply(reply: str, letter: str) -> None:
    assert choice(CASE, reply) == letter


def test_an_option_inside_of_another() -> None:
    case = replace(CASE, options={"a": "Tea", "b": "Tea with milk"})
    assert choice(case, "Tea with milk.") == "b"
    assert choice(case, "Tea") == "a"
    assert choice(case, "You had tea with milk") == "", "both are in it"


def test_options_without_a_word_are_never_quoted() -> None:
    case = replace(CASE, options={"a": "!", "b": "Tea"})
    assert choice(case, "?!") == ""


@given(st.text())
def test_any_text_can_be_read_and_the_right_answer_is_not_looked_at(reply: str) -> None:
    read_ = {choice(replace(CASE, gold=gold), reply) for gold in "abcd"}
    assert len(read_) == 1
    assert read_ <= {"", *"abcd"}


@given(
    st.sampled_from("abcd"), st.sampled_from(["({})", "The answer is ({}).", "<answer>{}</answer>"])
)
def test_a_plain_answer_is_always_read(letter: str, form: str) -> None:
    assert robust(replace(CASE, gold=letter), form.format(letter)) == (letter, True)


def test_the_text_of_each_option_names_it(tmp_path: Path) -> None:
    for case in read(write_persona_mme(tmp_path), "32k"):
        for letter, text in case.options.items():
            assert choice(case, text) == letter
