"""Markers made inert and back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personavlm.protocol import inert, plain, quote_field

pieces = st.sampled_from(
    ["<", ">", "</", "<|", "|>", " ", "think", "Answer", "RETRIEVE", "image", "/", "im_end", "\n"]
)
texts = st.text() | st.lists(pieces, max_size=12).map("".join)
quick = settings(max_examples=150, deadline=None)

MARKERS = (
    *("<think>", "</think>", "<answer>", "</answer>", "<retrieve>", "</retrieve>", "<image>"),
    *("<THINK>", "< / Answer >", "<Image >", "<|im_end|>", "<|vision_start|>", "<img_fill>"),
)


@pytest.mark.parametrize("marker", MARKERS)
def test_markers_are_split_but_look_the_same(marker: str) -> None:
    safe = inert(f"a {marker} b")
    assert marker not in safe
    assert safe.replace("\u2060", "") == f"a {marker} b"
    assert plain(safe) == f"a {marker} b"


@pytest.mark.parametrize("text", ["a < b > c", "<b>bold</b>", "x<3", "I think > you", "<thinking>"])
def test_other_text_is_untouched(text: str) -> None:
    assert inert(text) == text


@given(texts)
@quick
def test_idempotent_and_undone(text: str) -> None:
    assert inert(inert(text)) == inert(text)
    assert plain(inert(text)) == plain(text)
    assert "<|" not in inert(text)


@given(texts)
@quick
def test_quote_field_is_one_line_and_stays(text: str) -> None:
    line = quote_field(text)
    assert len(line.splitlines()) <= 1
    assert quote_field(line) == line
    assert line == line.strip()


def test_quote_field_keeps_words() -> None:
    assert quote_field(" a\r\n b\u2028\n\nc ") == "a b c"
