"""PersonaMem's files: questions, options, the conversation up to a question; and damaged ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from eval.made import write_personamem

from eval.benchmarks.personamem import messages, read
from personavlm.errors import BadInput


def test_a_question_as_a_case(tmp_path: Path) -> None:
    cases = read(write_personamem(tmp_path), "32k")
    assert len(cases) == 21
    assert len({case.id for case in cases}) == 21
    case = cases[1]
    assert (case.id, case.persona, case.cluster) == ("q1", "1", "1")
    assert (case.group, case.task) == ("recalling_facts_mentioned_by_the_user", "drinks")
    assert case.question == "What shall I drink, 1?"
    assert case.options == {
        "a": "Coffee, with milk.",
        "b": "Water with a slice of lemon.",
        "c": "Nothing at all, thank you.",
        "d": "Tea.",
    }
    assert (case.gold, case.row) == ("b", "questions_32k.csv:2")


def test_only_the_messages_before_a_question(tmp_path: Path) -> None:
    case = read(write_personamem(tmp_path), "32k")[0]
    assert case.history is not None
    said = messages(case.history)
    assert [message.role for message in said] == ["system", "user", "assistant"]
    assert said[1].content == "User: I had\u2028tea.", "a line separator is no end of a line"


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("correct_answer", "c", "row 21: correct_answer: String should match"),
        ("correct_answer", "(e)", "row 21: correct_answer: String should match"),
        ("end_index_in_shared_context", "many", "row 21: end_index_in_shared_context: Input"),
        ("user_question_or_message", "", "row 21: user_question_or_message: String should have"),
        ("question_id", "q3", "row 21: question_id q3 is that of row 4 too"),
        ("all_options", "[", "row 21: all_options is not a list of texts"),
        ("all_options", "__import__('os').getcwd()", "row 21: all_options is not a list of texts"),
        ("all_options", "['(a) x', '(b) y']", "row 21: all_options is not a list of 4 texts"),
        ("all_options", "['(a) x', '(c) y', '(b) z', '(d) w']", "the text at 'b' does not start"),
    ],
)
def test_what_is_wrong_with_a_row(tmp_path: Path, column: str, value: str, reason: str) -> None:
    write_personamem(tmp_path, **{column: value})
    with pytest.raises(BadInput, match=r"questions_32k\.csv") as told:
        read(tmp_path, "32k")
    assert reason in str(told.value)


def test_a_missing_column_file_or_cell(tmp_path: Path) -> None:
    folder = write_personamem(tmp_path)
    with pytest.raises(BadInput, match=r"has no questions_128k\.csv"):
        read(folder, "128k")
    with pytest.raises(BadInput, match="is not a folder"):
        read(folder / "nowhere", "32k")
    path = folder / "questions_32k.csv"
    whole = path.read_text("utf-8")
    path.write_text(whole.replace("persona_id", "person", 1), "utf-8")
    with pytest.raises(BadInput, match="row 1: persona_id: Field required"):
        read(folder, "32k")
    path.write_text(whole.rstrip().rsplit(",", 2)[0], "utf-8")
    with pytest.raises(BadInput, match="row 21: not as many cells as the header has"):
        read(folder, "32k")
    path.write_bytes(whole.encode("utf-16"))
    with pytest.raises(BadInput, match="is not UTF-8 text"):
        read(folder, "32k")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no conversation c0ffee"),
        ('{"c0ffee": [', "line 1 is not JSON"),
        ('{"c0ffee": [{"role": "user"}]}', "line 1: 0.content: Field required"),
        ('{"c0ffee": [{"role": "user", "content": ""}]}', "a question wants 3 messages of 1"),
    ],
)
def test_a_damaged_conversation(tmp_path: Path, text: str, reason: str) -> None:
    case = read(write_personamem(tmp_path), "32k")[0]
    assert case.history is not None
    case.history.path.write_text(text)
    with pytest.raises(BadInput, match=r"shared_contexts_32k\.jsonl") as told:
        messages(case.history)
    assert reason in str(told.value)
    case.history.path.write_bytes(b'{"c0ffee": "\xff"}')
    with pytest.raises(BadInput, match="is not UTF-8 text"):
        messages(case.history)
    case.history.path.unlink()
    with pytest.raises(BadInput, match="is missing"):
        messages(case.history)
