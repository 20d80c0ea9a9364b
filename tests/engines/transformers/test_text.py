"""Text as it comes out of tokens: whole characters, nothing after a stop, nothing lost."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personavlm.engines.transformers.text import TextStream


@pytest.fixture(scope="module")
def tokenizer(vision_folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(vision_folder)


def stream(tokenizer: Any, ids: list[int], stops: tuple[str, ...] = ()) -> list[str]:
    """The pieces that come for each token, and at the end."""
    out = TextStream(tokenizer, stops)
    pieces = []
    for token in ids:
        pieces.append(out.push(token))
        if out.stopped:
            break
    return [*pieces, out.finish()]


def encode(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def test_characters_of_several_tokens_come_whole(tokenizer: Any) -> None:
    text = "naïve 犬 🐕‍🦺 مرحبا"
    ids = encode(tokenizer, text)
    assert len(ids) > len(text)  # of bytes, then
    pieces = stream(tokenizer, ids)
    assert "".join(pieces) == text
    assert not any("\ufffd" in piece for piece in pieces)


@pytest.mark.parametrize("seed", range(20))
def test_any_tokens_come_to_their_decoding(tokenizer: Any, seed: int) -> None:
    """Halves of characters, special tokens and all."""
    chance = random.Random(seed)
    ids = [chance.randrange(len(tokenizer)) for _ in range(200)]
    assert "".join(stream(tokenizer, ids)) == tokenizer.decode(ids, skip_special_tokens=True)


def test_half_a_character_at_the_end_shows_as_one_that_cannot_be_read(tokenizer: Any) -> None:
    ids = encode(tokenizer, "a 犬")[:-1]
    pieces = stream(tokenizer, ids)
    assert "".join(pieces[:-1]) == "a "
    assert pieces[-1] == "\ufffd"


def test_a_stop_string_over_several_tokens(tokenizer: Any) -> None:
    text = "It is <b>Biscuit</b>.</answer> and more</answer>"
    ids = encode(tokenizer, text)
    pieces = stream(tokenizer, ids, ("</answer>", "</retrieve>"))
    assert "".join(pieces) == "It is <b>Biscuit</b>.</answer>"
    assert len(pieces) < len(ids)


def test_what_may_become_a_stop_is_held_back_until_it_does_not(tokenizer: Any) -> None:
    out = TextStream(tokenizer, ("</answer>",))
    shown = "".join(out.push(token) for token in encode(tokenizer, "a </answ"))
    assert shown == "a "
    shown += "".join(out.push(token) for token in encode(tokenizer, "ers>"))
    assert shown == "a </answers>"
    shown += "".join(out.push(token) for token in encode(tokenizer, " </"))
    assert shown == "a </answers> "
    assert shown + out.finish() == "a </answers> </"


@settings(max_examples=150, deadline=None)
@given(
    text=st.text("ab<>/é犬", max_size=40),
    stops=st.lists(st.text("ab<>/", min_size=1, max_size=4), max_size=3),
)
def test_the_output_is_cut_after_the_stop_that_ends_first(
    tokenizer: Any, text: str, stops: list[str]
) -> None:
    ends = [text.find(stop) + len(stop) for stop in stops if stop in text]
    expected = text[: min(ends)] if ends else text
    ids = [token for char in text for token in encode(tokenizer, char)]
    assert "".join(stream(tokenizer, ids, tuple(stops))) == expected
