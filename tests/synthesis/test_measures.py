"""The figures of the report: each is compared with one worked out another way."""

from collections import Counter
from dataclasses import replace

from personavlm.synthesis.filters import Rules
from personavlm.synthesis.measures import Measures
from personavlm.synthesis.report import FIG_7, TABLE_6, Asked, markdown, report


def measured(lives) -> dict:
    measures = Measures()
    for life in lives:
        measures.add(life)
    return measures.summary()


def test_counts_of_one_life(train):
    life = train[0]
    found = measured([life])
    texts = [turn.text for turn in life.turns]
    assert found["people"] == 1
    assert found["turns"] == found["turns a person"] == len(texts)
    assert found["questions by task"] == Counter(question.task for question in life.questions)
    names = Counter(name for turn in life.turns for name in turn.templates)
    assert found["templates"] == len(names)
    assert found["commonest template"] == round(max(names.values()) / len(texts), 4)


def test_the_same_words_over_and_over_are_told_as_such(train):
    life = train[0]
    same = tuple(
        tuple(replace(turn, text="the same three words") for turn in session)
        for session in life.sessions
    )
    distinct = measured([replace(life, sessions=same)])["distinct n-grams"]
    turns = len(life.turns)
    assert distinct == {
        "1": round(4 / (4 * turns), 4),
        "2": round(3 / (3 * turns), 4),
        "3": round(2 / (2 * turns), 4),
    }


def test_a_set_that_gives_itself_away_is_told_as_such(train):
    life = train[0]
    rigged = tuple(
        replace(
            question,
            text="Is the answer green?",
            options=("no", "nope", "never", "the answer is green"),
            gold=3,
        )
        for question in life.questions
    )
    assert measured([replace(life, questions=rigged)])["right without memory"] == {
        "first": 0,
        "longest": 1,
        "shortest": 0,
        "most like the question": 1,
    }


def test_the_report_puts_the_published_figures_beside_ours(train):
    measures = Measures()
    measures.add(train[0])
    counts = {"sft": Counter(qa=3, core=1)}
    figures = report({"source": "simulator", "seed": 1}, measures, Rules(), counts, Asked())
    assert figures["published"]["table 6"] == TABLE_6
    text = markdown(figures)
    assert "| turns a person | " in text and " | 142.9 |" in text
    assert f"| qa | 3 | 75.0% | {FIG_7['sft']['qa']} | 43.6% |" in text
    assert "published (paper, Table 6" in text
    assert "| rl |" not in text  # it was not written
