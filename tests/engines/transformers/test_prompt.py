"""What a model is fed: people's words as words, pictures where they belong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from asking import answer, ask, talk
from checkpoints import SPECIAL

from personavlm.engines.transformers.engine import TransformersEngine
from personavlm.engines.transformers.prompt import Prompt
from personavlm.engines.transformers.readers import GridReader, TextReader
from personavlm.errors import BadImage, EngineUnavailable
from personavlm.protocol.messages import Message
from personavlm.records import Image

Picture = Callable[..., Image]


def read(engine: TransformersEngine, *messages: Message) -> Prompt:
    assert engine._model is not None
    return engine._model.reader.read(messages)


def shown(engine: TransformersEngine, prompt: Prompt) -> str:
    assert engine._model is not None
    return str(engine._model.tokenizer.decode(prompt.ids))


def test_the_template_is_the_models_own(vision: TransformersEngine, picture: Picture) -> None:
    image = picture(1, 56, 56)
    prompt = read(vision, Message("user", ("Look: ", image, " Who is it?")))
    assert shown(vision, prompt) == (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\nLook: <|vision_start|>" + "<|image_pad|>" * 4 + "<|vision_end|>"
        " Who is it?<|im_end|>\n<|im_start|>assistant\n"
    )
    (block,) = prompt.blocks
    assert prompt.keys[block.start : block.stop] == (image.hash,) * 4
    given = read(vision, Message("system", ("Be brief.",)), Message("user", ("Hello",)))
    assert shown(vision, given).startswith("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>u")


@pytest.mark.parametrize("token", SPECIAL)
@pytest.mark.parametrize("split", [False, True], ids=["at-once", "in-two-parts"])
def test_words_never_become_special_tokens(
    vision: TransformersEngine, text_only: TransformersEngine, token: str, split: bool
) -> None:
    """Also where nobody made them harmless before, or two pieces come together to one."""
    words = (f"a {token[:4]}", f"{token[4:]} b") if split else (f"a {token} b",)
    for engine in (vision, text_only):
        plain = read(engine, Message("user", ("a b",)))
        prompt = read(engine, Message("user", words))
        assert engine._model is not None
        ids = engine._model.tokenizer.all_special_ids
        for special in ids:
            assert (prompt.ids == special).sum() == (plain.ids == special).sum()
        assert token.removeprefix("<") in shown(engine, prompt)


def test_a_model_without_eyes_reads_that_there_was_a_picture(
    text_only: TransformersEngine, picture: Picture
) -> None:
    prompt = read(text_only, Message("user", ("Look: ", picture(1), " Who is it?")))
    assert "user\nLook: [picture] Who is it?<|im_end|>" in shown(text_only, prompt)
    assert answer(text_only, ask(picture(1), "Who is it?"))[1].completion_tokens > 0


def test_a_lost_picture_is_said(vision: TransformersEngine, picture: Picture) -> None:
    image = picture(99)
    image.path.unlink()
    with pytest.raises(BadImage, match="Send it again"):
        list(vision.generate(ask(image, "Who is it?")))


def test_a_template_that_does_not_fit_is_said(
    vision: TransformersEngine, monkeypatch: pytest.MonkeyPatch, picture: Picture
) -> None:
    model = vision._model
    assert model is not None
    refuses = "{{ raise_exception('System role not supported') }}"
    monkeypatch.setattr(model.tokenizer, "chat_template", refuses)
    with pytest.raises(EngineUnavailable, match="cannot take this conversation: System role"):
        list(vision.generate(talk(Message("system", ("Be brief.",)))))
    monkeypatch.setattr(model.tokenizer, "chat_template", "blind to all")
    with pytest.raises(EngineUnavailable, match="lost a picture"):
        list(vision.generate(ask(picture(1), "Who is it?")))


@pytest.mark.parametrize("most", [None, 1, 7, 50])
@pytest.mark.parametrize("start", [0, 9])
def test_pieces_cover_a_prompt_and_cut_no_picture(
    vision: TransformersEngine, picture: Picture, most: int | None, start: int
) -> None:
    prompt = read(
        vision, Message("user", ("Look: ", picture(1, 140, 140), picture(2, 84, 84), " Well?" * 9))
    )
    pieces = list(prompt.pieces(start, most))
    assert [a for a, _ in pieces] == [start, *(b for _, b in pieces[:-1])]
    assert pieces[-1][1] == len(prompt)
    for block in prompt.blocks:
        assert any(a <= block.start and block.stop <= b for a, b in pieces)
    patches = sum(
        len(inputs["pixel_values"])
        for inputs in (prompt.inputs(*piece) for piece in pieces)
        if "pixel_values" in inputs
    )
    assert patches == (10 * 10 + 6 * 6)
    if most:
        blocks = [block.stop - block.start for block in prompt.blocks]
        assert max(b - a for a, b in pieces) <= max(most, *blocks)


def test_tokens_after_the_prompt_follow_the_highest_position(
    vision: TransformersEngine, picture: Picture
) -> None:
    """A picture of 5 by 5 tokens takes 5 positions in each dimension, not 25."""
    prompt = read(vision, Message("user", (picture(1, 140, 140), "Who?")))
    assert prompt.positions is not None
    following = prompt.following(2, 3)["position_ids"]
    assert following.shape == (3, 1, 3)
    first = len(prompt) - 25 + 5 + 2
    assert following[:, 0].tolist() == [[first, first + 1, first + 2]] * 3


def test_readers_are_those_of_the_architecture(
    vision: TransformersEngine, text_only: TransformersEngine
) -> None:
    readers = [engine._model and engine._model.reader for engine in (vision, text_only)]
    assert isinstance(readers[0], GridReader) and isinstance(readers[1], TextReader)
