"""What a person sends, checked before anything is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from personavlm.errors import BadInput
from personavlm.memory.database import storable
from personavlm.memory.pictures import EncodedPicture, Picture, encode_picture

MAX_CHARACTERS = 8_000
MAX_IMAGES = 8


@dataclass(frozen=True, slots=True)
class Message:
    """A message fit to be stored: its text as typed, its pictures encoded."""

    text: str
    pictures: tuple[EncodedPicture, ...]


def check_message(
    text: str, image: Picture | Sequence[Picture] | None, has_pictures: bool = False
) -> Message:
    """Check a message. `has_pictures`: it brings pictures that are stored already.

    Raises:
        BadInput: it is empty, too long, or has too many pictures.
        BadImage: a picture cannot be used.
    """
    images: Sequence[Picture]
    if image is None:
        images = ()
    elif isinstance(image, (list, tuple)):
        images = image
    else:
        images = (image,)  # type: ignore[assignment]  # one picture, not a sequence of them
    if not text.strip() and not images and not has_pictures:
        raise BadInput("The message is empty. Write something or add a picture.")
    if len(text) > MAX_CHARACTERS:
        raise BadInput(
            f"The message has {len(text):,} characters; {MAX_CHARACTERS:,} are the most that fit. "
            "Shorten it or send it in parts."
        )
    if len(images) > MAX_IMAGES:
        raise BadInput(f"{len(images)} pictures at once are too many; send up to {MAX_IMAGES}.")
    return Message(storable(text), tuple(encode_picture(picture) for picture in images))
