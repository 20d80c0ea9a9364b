"""A trajectory as one text: it reads as the engine's prompts of its steps do."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("trl", reason="the extra `train` is not installed")

from checkpoints import weights_at
from PIL import Image as Pillow

from personavlm.protocol.messages import Message
from personavlm.records import Image
from personavlm.training.base import open_base
from personavlm.training.rollout.writer import Writer

SAID = "<think>It is her dog.</think><retrieve>dog</retrieve>"
TURN_END = "<|im_end|>"


def conversation(picture: Image) -> list[Message]:
    return [
        Message("user", ("What is my dog called?",)),
        Message("assistant", (SAID,)),
        Message("user", ("Memory: ", picture, " her corgi")),
    ]


@pytest.mark.parametrize("sees", [False, True])
def test_the_pieces_make_up_the_conversation(
    tiny: Path, tiny_text: Path, tmp_path: Path, sees: bool
) -> None:
    Pillow.new("RGB", (90, 60), "tan").save(tmp_path / "1.png")
    picture = Image("1", 90, 60, tmp_path / "1.png")
    base = open_base(weights_at(tiny if sees else tiny_text))
    writer = Writer(base.tokenizer, base.eyes)
    whole = conversation(picture)
    said = tuple(base.tokenizer(SAID, add_special_tokens=False)["input_ids"])
    first, second = writer.opening(whole[:1]), writer.following(whole)
    assert first.ids + said + second.ids == writer.opening(whole).ids
    assert base.tokenizer.decode(second.ids).startswith(TURN_END)
    assert first.pictures == () and second.pictures == ((picture,) if sees else ())
    if base.eyes is not None:
        assert second.ids.count(base.eyes.token) == base.eyes.count(picture) > 1
