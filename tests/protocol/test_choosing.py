"""A question and its options."""

from personavlm.protocol.choosing import choosing, with_options


def test_a_question_stands_before_its_options() -> None:
    asked = with_options("Which one?", {"a": "this", "b": "that"})
    assert asked.startswith("Which one?\n\nOptions:\n(a). this\n(b). that\n\nChoose the one")
    assert "brackets, (a) or (b), and" in asked
    assert "(a), (b), (c) or (d), and" in choosing("abcd")


def test_without_options_it_is_asked_as_it_stands() -> None:
    assert with_options("Who?", {}) == "Who?"
    assert choosing(()) == ""
