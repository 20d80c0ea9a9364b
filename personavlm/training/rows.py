"""Training conversations in the layout of the published data, read and checked one by one.

A row: `{"conversations": [{"from": "human", "value": "..."}, {"from": "gpt", ...}, ...],
"image": ["./imgs/1.png"]}`. Each `<image>` in a human turn stands for the next of the pictures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from personavlm.errors import BadImage, BadInput
from personavlm.memory.pictures import pixels_of
from personavlm.prompts.recover.samples import read_conversations
from personavlm.protocol.messages import Message
from personavlm.records import Image

MARK = "<image>"
_ROLES = ("human", "gpt")

Conversation = tuple[Message, ...]


def read_rows(file: Path, pictures: Path) -> Iterator[Conversation]:
    """Each conversation as messages, the person's and the assistant's in turn.

    pictures: the folder that all pictures lie below. Each is decoded once here, so that a damaged
    one is known before training begins.

    Raises:
        BadInput: the file, or a row of it (the first is row 1), is not in this layout; with why.
    """
    number = 0
    for number, row in enumerate(read_conversations(file), start=1):
        try:
            yield _conversation(row, pictures)
        except BadInput as error:
            raise BadInput(f"{file}, row {number}: {error}") from error
    if not number:
        raise BadInput(f"{file} has no conversations.")


def _conversation(row: object, folder: Path) -> Conversation:
    if not isinstance(row, dict) or not isinstance(row.get("conversations"), list):
        raise BadInput('there is no list "conversations".')
    turns = [_turn(turn, place) for place, turn in enumerate(row["conversations"])]
    if not turns or len(turns) % 2:
        raise BadInput("a conversation ends with a reply, and it has to have one.")
    images = [_picture(name, folder) for name in _names(row.get("image"))]
    marks = sum(text.count(MARK) for text in turns[::2])
    if marks != len(images):
        raise BadInput(f"there are {marks} marks {MARK} and {len(images)} pictures.")
    pending = iter(images)
    return tuple(
        Message("user", _parts(text, pending)) if place % 2 == 0 else Message("assistant", (text,))
        for place, text in enumerate(turns)
    )


def _turn(turn: object, place: int) -> str:
    """What was said; turns alternate, and people begin."""
    role = _ROLES[place % 2]
    if not isinstance(turn, dict) or turn.get("from") != role:
        raise BadInput(f'turn {place + 1} is not from "{role}".')
    value = turn.get("value")
    if not isinstance(value, str) or not (value.strip() or role == "gpt"):
        raise BadInput(f"turn {place + 1} has no text.")
    return value  # an empty reply is one too: a person without habits, say


def _names(value: object) -> Sequence[str]:
    names = [value] if isinstance(value, str) else [] if value is None else value
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return names
    raise BadInput('"image" is not a list of file names.')


def _picture(name: str, folder: Path) -> Image:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BadInput(f"the picture {name} lies outside of {folder}.")
    if not path.is_file():
        raise BadInput(f"the picture {name} is not in {folder}.")
    try:
        pixels = pixels_of(path)
    except BadImage as error:
        raise BadInput(f"the picture {name}: {error}") from error
    return Image("", pixels.width, pixels.height, path)


def _parts(text: str, pending: Iterator[Image]) -> tuple[str | Image, ...]:
    first, *rest = text.split(MARK)
    parts: list[str | Image] = [first]
    for after in rest:
        parts += [next(pending), after]
    return tuple(part for part in parts if part != "")
