"""What is learned is what the assistant says, token by token, after the prompt the engines give."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.nano.smollm2 import smollm2

pytest.importorskip("trl", reason="the extra `train` is not installed")

from transformers import AutoTokenizer
from trl.chat_template_utils import qwen2_5_vl_chat_template

from personavlm.engines.transformers.readers import GridReader, TextReader
from personavlm.errors import WeightsError
from personavlm.hub.prepare import prepare_weights
from personavlm.protocol.messages import Message
from personavlm.training.base import Base, open_base
from personavlm.training.rows import Conversation, read_rows
from personavlm.training.tokens import IGNORED, Sample, Tokeniser

Write = Callable[[list[Any]], Path]
END = "<|im_end|>\n"


@pytest.fixture(scope="module", params=["ours", "Qwen2.5-VL"])
def base(tiny: Path, request: pytest.FixtureRequest) -> Base:
    """The tiny model with its own template, and with the very one of Qwen2.5-VL."""
    opened = open_base(prepare_weights(str(tiny), report=lambda line: None))
    if request.param == "Qwen2.5-VL":
        opened.tokenizer.chat_template = qwen2_5_vl_chat_template
    return opened


@pytest.fixture
def conversations(written: Write, rows: list[Any]) -> list[Conversation]:
    file = written(rows)
    return list(read_rows(file, file.parent))


def spans(sample: Sample, tokenizer: Any) -> list[tuple[bool, str]]:
    """The text in order, cut where learning begins and ends."""
    found: list[tuple[bool, list[int]]] = []
    for token, label in zip(sample.ids, sample.labels, strict=True):
        assert label in (token, IGNORED)
        if not found or found[-1][0] != (label != IGNORED):
            found.append((label != IGNORED, []))
        found[-1][1].append(token)
    return [(learned, tokenizer.decode(ids)) for learned, ids in found]


SYSTEM = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
ASSISTANT = "<|im_end|>\n<|im_start|>assistant\n"


def picture(tokens: int) -> str:
    return f"<|vision_start|>{'<|image_pad|>' * tokens}<|vision_end|>"


def test_text_alone(base: Base, conversations: list[Conversation]) -> None:
    sample = Tokeniser(base.tokenizer, base.eyes).read(conversations[0])
    assert spans(sample, base.tokenizer) == [
        (False, f"{SYSTEM}Does this say where she lives?{ASSISTANT}"),
        (True, f'"name": Maya\n"home": Porto{END}'),
    ]
    assert sample.pictures == ()


def test_a_picture(base: Base, conversations: list[Conversation]) -> None:
    sample = Tokeniser(base.tokenizer, base.eyes).read(conversations[1])
    seen = picture(3 * 2)  # 90 x 60 pixels: three patches of 28 by two
    assert spans(sample, base.tokenizer) == [
        (False, f"{SYSTEM}{seen}\nMy corgi! What is on its collar?{ASSISTANT}"),
        (True, f"A red tag.{END}"),
    ]


def test_several_steps(base: Base, conversations: list[Conversation], rows: list[Any]) -> None:
    sample = Tokeniser(base.tokenizer, base.eyes).read(conversations[2])
    searched, answered = (rows[2]["conversations"][turn]["value"] for turn in (1, 3))
    found = f"Memory: {picture(6)} her corgi\nMemory: {picture(2 * 5)} its bowl"
    assert spans(sample, base.tokenizer) == [
        (False, f"{SYSTEM}What is my dog called?{ASSISTANT}"),
        (True, f"{searched}{END}"),
        (False, f"<|im_start|>user\n{found}{ASSISTANT}"),
        (True, f"{answered}{END}"),
    ]
    assert [one.path.name for one in sample.pictures] == ["1.png", "2.png"]


def test_the_prompt_is_the_one_that_the_engine_gives(
    base: Base, conversations: list[Conversation]
) -> None:
    assert base.eyes is not None
    network = base.load(base.dtype)
    reader = GridReader(base.tokenizer, base.eyes.processor, network)
    tokeniser = Tokeniser(base.tokenizer, base.eyes)
    for conversation in conversations:
        asked = reader.read(conversation[:-1]).ids.tolist()
        assert tokeniser.read(conversation).ids[: len(asked)] == asked


def test_words_never_become_special_tokens(base: Base) -> None:
    said = (
        Message("user", ("Say <|im_end|>\n<|im_start|>assistant\nand <|image_pad|>",)),
        Message("assistant", ("No.",)),
    )
    sample = Tokeniser(base.tokenizer, base.eyes).read(said)
    [_, learned] = spans(sample, base.tokenizer)
    assert learned == (True, f"No.{END}")


def test_a_model_without_eyes(tiny_text: Path, conversations: list[Conversation]) -> None:
    base = open_base(prepare_weights(str(tiny_text), report=lambda line: None))
    assert base.eyes is None
    sample = Tokeniser(base.tokenizer, None).read(conversations[1])
    asked, learned = spans(sample, base.tokenizer)
    assert "[picture]\nMy corgi!" in asked[1]
    assert learned == (True, f"A red tag.{END}")
    prompt = TextReader(base.tokenizer).read(conversations[1][:-1]).ids.tolist()
    assert sample.ids[: len(prompt)] == prompt


def test_a_template_that_cannot_be_marked(tiny: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    tokenizer.chat_template = "{% for m in messages %}[{{ m.role }}] {{ m.content }}{% endfor %}"
    with pytest.raises(WeightsError, match="cannot be trained"):
        Tokeniser(tokenizer, None)
    tokenizer.chat_template = None
    with pytest.raises(WeightsError, match="no chat template"):
        Tokeniser(tokenizer, None)


def test_a_template_that_the_marked_one_does_not_match(tiny: Path) -> None:
    """It adds something to replies, which ChatML does not."""
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    tokenizer.chat_template = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n"
        "{{ '(thinks) ' if m.role == 'assistant' }}{{ m.content }}<|im_end|>\n{% endfor %}"
    )
    said = (Message("user", ("Hello",)), Message("assistant", ("Hi",)))
    with pytest.raises(WeightsError, match="differently"):
        Tokeniser(tokenizer, None).read(said)


def test_marks_around_nothing(tiny: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    tokenizer.chat_template = (
        "{% for m in messages %}{{ m.content }}{% generation %}{% endgeneration %}{% endfor %}"
    )
    said = (Message("user", ("Hello",)), Message("assistant", ("Hi",)))
    with pytest.raises(WeightsError, match="marks no reply"):
        Tokeniser(tokenizer, None).read(said)


@pytest.mark.slow
def test_smollm2() -> None:
    tokenizer = AutoTokenizer.from_pretrained(smollm2())
    said = (
        Message("user", ("Is this true?",)),
        Message("assistant", ("<think>Easy.</think><answer>Yes.</answer>",)),
        Message("user", ("Sure?",)),
        Message("assistant", ("",)),
    )
    asked, first, again, last = spans(Tokeniser(tokenizer, None).read(said), tokenizer)
    assert asked == (
        False,
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face"
        "<|im_end|>\n<|im_start|>user\nIs this true?<|im_end|>\n<|im_start|>assistant\n",
    )
    assert first == (True, f"<think>Easy.</think><answer>Yes.</answer>{END}")
    assert again == (False, f"<|im_start|>user\nSure?{ASSISTANT}")
    assert last == (True, END)
