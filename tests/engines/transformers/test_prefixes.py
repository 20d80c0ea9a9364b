"""What was read is not read again, nor by others; and it changes nothing in what is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from asking import answer, ask, talk
from checkpoints import engine_at

from personavlm.engines.transformers import prefixes
from personavlm.engines.transformers.engine import TransformersEngine
from personavlm.protocol.messages import Message
from personavlm.records import Image

Picture = Callable[..., Image]
Part = str | Image


@pytest.fixture
def fresh(vision_folder: Path) -> TransformersEngine:
    return engine_at(vision_folder)


def trajectory(first: Sequence[Part], found: Sequence[Part]) -> list[Message]:
    """The second step of a response: a question, a request, and what was found."""
    request = "<think>Let me look.</think><retrieve>\n</retrieve>"
    return [
        Message("user", tuple(first)),
        Message("assistant", (request,)),
        Message("user", tuple(found)),
    ]


@pytest.mark.parametrize("before", [False, True], ids=["no-picture-before", "picture-before"])
@pytest.mark.parametrize("after", [False, True], ids=["no-picture-after", "picture-after"])
def test_a_second_step_reads_only_what_is_new(
    fresh: TransformersEngine,
    vision: TransformersEngine,
    picture: Picture,
    before: bool,
    after: bool,
) -> None:
    first = [picture(1, 150, 90), "Who is this?"] if before else ["Who is this?"]
    found = ["Found: ", picture(2, 90, 150), " Biscuit."] if after else ["Found: Biscuit."]
    messages = trajectory(first, found)
    _, one = answer(fresh, talk(messages[0], salt="maya"))
    said, two = answer(fresh, talk(*messages, salt="maya", max_tokens=40))
    assert said == answer(vision, talk(*messages, salt=f"other {before} {after}", max_tokens=40))[0]
    assert two.cached_tokens == one.prompt_tokens  # to the beginning of the assistant's turn
    assert two.prompt_tokens > two.cached_tokens + 20


def test_what_was_said_is_not_read_again_either(vision: TransformersEngine) -> None:
    """With a reply that comes back word for word, in the tokens it was said in."""
    said, one = answer(vision, ask("Hello", max_tokens=8, salt="said"))
    model = vision._model
    assert model is not None
    (kept,) = [k for k in vision._prefixes._kept if k.salt == "said"]
    assert len(kept.keys) == one.prompt_tokens + 7  # the eighth was drawn, but not read
    follow = [Message("user", ("Hello",)), Message("assistant", (said,)), Message("user", ("So",))]
    prompt = model.reader.read(follow)
    shared = prefixes._common(kept.keys, prompt.keys)
    assert answer(vision, talk(*follow, salt="said"))[1].cached_tokens == shared
    assert shared >= one.prompt_tokens


def test_the_same_prompt_is_read_but_for_its_last_token(
    vision: TransformersEngine, picture: Picture
) -> None:
    request = ask(picture(3), "And this?", salt="twice")
    first, fresh = answer(vision, request)
    again, cached = answer(vision, request)
    assert first == again
    assert (fresh.cached_tokens, cached.cached_tokens) == (0, cached.prompt_tokens - 1)


def test_another_picture_is_another_beginning(vision: TransformersEngine, picture: Picture) -> None:
    """The same tokens all along: only the pictures' hashes tell the two apart."""
    one, other = picture(4), picture(5)
    assert (one.width, one.height) == (other.width, other.height)
    answer(vision, ask("See: ", one, " What is it?", salt="pictures"))
    said, usage = answer(vision, ask("See: ", other, " What is it?", salt="pictures"))
    assert said == answer(vision, ask("See: ", other, " What is it?", salt="alone"))[0]
    blind = answer(vision, ask("See: ", salt="blind"))[1].prompt_tokens
    assert 0 < usage.cached_tokens < blind


def test_nobody_goes_on_from_what_another_person_said(fresh: TransformersEngine) -> None:
    for salt in ("ann", "ben", "", "cleo"):
        request = ask("A question that all of them ask", salt=salt)
        assert answer(fresh, request)[1].cached_tokens == 0
    assert answer(fresh, ask("A question that all of them ask", salt="ben"))[1].cached_tokens > 0


def test_the_longest_of_several_beginnings_is_taken(vision: TransformersEngine) -> None:
    for words in ("a b c d e f", "a b c d x", "y"):
        answer(vision, ask(words, salt="longest", max_tokens=1))
    model = vision._model
    assert model is not None
    keys = model.reader.read(ask("a b c d e f g").messages).keys
    best = model.reader.read(ask("a b c d e f").messages).keys
    usage = answer(vision, ask("a b c d e f g", salt="longest"))[1]
    assert usage.cached_tokens == prefixes._common(best, keys)


def test_only_the_last_sequences_are_kept(
    vision_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prefixes, "MOST_SEQUENCES", 2)
    with engine_at(vision_folder) as engine:
        for salt in ("a", "b", "a", "c"):  # "b" was used least lately
            answer(engine, ask("Hello", salt=salt, max_tokens=2))
        assert [kept.salt for kept in engine._prefixes._kept] == ["a", "c"]
        tokens = sum(len(kept.keys) for kept in engine._prefixes._kept)
        monkeypatch.setattr(prefixes, "MOST_TOKENS", tokens)
        answer(engine, ask("Hello and more", salt="d", max_tokens=2))
        assert [kept.salt for kept in engine._prefixes._kept] == ["d"]
        monkeypatch.setattr(prefixes, "MOST_TOKENS", 5)
        answer(engine, ask("Hello", salt="e", max_tokens=2))
        assert len(engine._prefixes) <= 1  # too long to be kept at all


def test_a_sequence_replaces_its_own_beginning(vision: TransformersEngine) -> None:
    for words in ("Once", "Once upon", "Once upon a time"):
        answer(vision, ask(words, salt="story", max_tokens=1))
        answer(vision, ask(words, salt="story", max_tokens=12))
    kept = [k for k in vision._prefixes._kept if k.salt == "story"]
    assert len(kept) == 3  # the short output of each went when the long one came
