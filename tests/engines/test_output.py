"""Text put together from tries, up to the first stop."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personavlm.engines.output import Output
from personavlm.errors import EngineUnavailable


def cut(text: str, lengths: Sequence[int]) -> list[str]:
    pieces, start = [], 0
    for length in lengths:
        pieces.append(text[start : start + length])
        start += length
    return [*pieces, text[start:]]


@given(st.lists(st.integers(0, 5)), st.lists(st.integers(0, 5)), st.integers(0, 6))
def test_a_second_try_repeats_nothing(
    first: list[int], second: list[int], broke_after: int
) -> None:
    text = "One dog, two dogs.</end> and more"
    output = Output(("</end>", "</other>"))
    output.begin()
    got = [output.feed(piece) for piece in cut(text, first)[:broke_after]]
    output.begin()
    got += [output.feed(piece) for piece in cut(text, second)]
    output.finish()
    assert "".join(got) == "One dog, two dogs.</end>"
    assert output.stopped


def test_without_stops_all_is_text() -> None:
    output = Output(())
    output.begin()
    assert [output.feed(piece) for piece in ("a", "", "b")] == ["a", "", "b"]
    assert not output.stopped


def test_the_stop_that_ends_first_counts() -> None:
    output = Output(("abcd", "bc"))
    output.begin()
    assert output.feed("xabcd") == "xabc"


@pytest.mark.parametrize("second", [("One cat",), ("One",), ("On", "e cat")])
def test_a_second_try_that_says_something_else(second: tuple[str, ...]) -> None:
    output = Output(())
    output.begin()
    output.feed("One dog")
    output.begin()
    with pytest.raises(EngineUnavailable, match="send the message again"):
        for piece in second:
            output.feed(piece)
        output.finish()
