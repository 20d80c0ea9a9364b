"""Conversations are read as they are published, and refused where they are not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from personavlm.errors import BadInput
from personavlm.protocol.messages import Message
from personavlm.records import Image
from personavlm.training.rows import read_rows

Write = Callable[[list[Any]], Path]


def test_pictures_stand_where_their_marks_are(written: Write, rows: list[Any]) -> None:
    file = written(rows)
    text, picture, steps = read_rows(file, file.parent)
    assert text == (
        Message("user", ("Does this say where she lives?",)),
        Message("assistant", ('"name": Maya\n"home": Porto',)),
    )
    corgi, words = picture[0].parts
    assert isinstance(corgi, Image) and words == "\nMy corgi! What is on its collar?"
    assert (corgi.width, corgi.height) == (90, 60)
    assert corgi.path == file.parent.resolve() / "imgs/1.png"
    assert [message.role for message in steps] == ["user", "assistant"] * 2
    found = [part.path.name if isinstance(part, Image) else part for part in steps[2].parts]
    assert found == ["Memory: ", "1.png", " her corgi\nMemory: ", "2.png", " its bowl"]


def test_json_lines_and_one_picture_by_name(written: Write) -> None:
    file = written([])
    row = {
        "conversations": [{"from": "human", "value": "<image>"}, {"from": "gpt", "value": ""}],
        "image": "imgs/2.png",
    }
    file.write_text("\n".join([json.dumps(row)] * 2), "utf-8")
    first, second = read_rows(file, file.parent)
    assert first == second
    assert first[1].parts == ("",), "an empty reply: nothing was found to note"


def _asked(value: object, **more: object) -> dict[str, object]:
    said = [{"from": "human", "value": value}, {"from": "gpt", "value": "Yes."}]
    return {"conversations": said, **more}


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (["text"], 'no list "conversations"'),
        ({"messages": []}, 'no list "conversations"'),
        ({"conversations": []}, "ends with a reply"),
        ({"conversations": [{"from": "human", "value": "Hi"}]}, "ends with a reply"),
        ({"conversations": [{"from": "gpt", "value": "Hi"}]}, 'turn 1 is not from "human"'),
        ({"conversations": [{"from": "human", "value": "a"}] * 2}, 'turn 2 is not from "gpt"'),
        (_asked(" "), "turn 1 has no text"),
        (_asked(7), "turn 1 has no text"),
        (_asked("<image> Hi"), "1 marks <image> and 0 pictures"),
        (_asked("Hi", image=["imgs/1.png"]), "0 marks <image> and 1 pictures"),
        (_asked("<image>", image={"a": 1}), "not a list of file names"),
        (_asked("<image>", image=["imgs/9.png"]), "imgs/9.png is not in"),
        (_asked("<image>", image=["../secret.png"]), "lies outside"),
        (_asked("<image>", image=["/etc/passwd"]), "lies outside"),
        (_asked("<image>", image=["imgs/link.png"]), "lies outside"),
        (_asked("<image>", image=["imgs/torn.png"]), r"imgs/torn.png: .*damaged"),
        (_asked("<image>", image=["sft.json"]), "not a picture"),
    ],
)
def test_a_bad_row_is_named_with_its_reason(
    written: Write, rows: list[Any], tmp_path: Path, bad: object, why: str
) -> None:
    file = written([*rows, bad])
    images = file.parent / "imgs"
    whole = (images / "1.png").read_bytes()
    (tmp_path / "secret.png").write_bytes(whole)
    (images / "link.png").symlink_to(tmp_path / "secret.png")
    (images / "torn.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match=rf"sft\.json, row 4: .*{why}"):
        list(read_rows(file, file.parent))


def test_a_file_without_conversations(written: Write, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has no conversations"):
        list(read_rows(written([]), tmp_path))
    with pytest.raises(BadInput, match="cannot be read"):
        list(read_rows(tmp_path / "none.json", tmp_path))
