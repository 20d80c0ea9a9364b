"""Where the objects that a message names are in its pictures (paper, section 3.3).

Model work only: nothing is stored here. What cannot be found is the whole picture, and a picture
that cannot be read is left out with a note: no fact is lost for what could not be seen.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from personavlm.errors import BadImage, PersonaVLMError
from personavlm.memory.pictures import MIN_SIDE, EncodedPicture, encode_picture, pixels_of
from personavlm.memory.sight import See
from personavlm.protocol.updates import ImageObject
from personavlm.records import Image
from personavlm.vision.base import MARGIN, Box, cropped

if TYPE_CHECKING:
    from PIL import Image as Pillow

log = logging.getLogger(__name__)

# What models raise where they cannot be loaded or run; torch's out-of-memory is a RuntimeError.
BLIND = (PersonaVLMError, OSError, RuntimeError, ValueError)
MOST_NAMED = 8  # objects of one message
LONGEST_NAME = 60  # characters


@dataclass(frozen=True, slots=True)
class Sighting:
    """An object in a picture. crop: what shows it; None where that is all of the picture."""

    name: str
    category: str
    source: Image
    box: Box
    crop: EncodedPicture | None


@dataclass(frozen=True, slots=True)
class Seen:
    """The objects of a message that can be kept. notes: what went otherwise than expected."""

    sightings: tuple[Sighting, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where something was found: in which of the pictures, in which box, how surely."""

    picture: int
    box: Box
    score: float


def look_for(named: Sequence[ImageObject], images: Sequence[Image], see: See) -> Seen:
    """Find each named object in the pictures of its message.

    The n-th object of a category has the n-th box of it. One that is the only one of its category
    is looked for in every picture, as they may all show it.
    """
    named = named[:MOST_NAMED]
    shown, notes = readable(images)
    if not named or not shown:
        return Seen(notes=tuple(notes) if named else ())
    pixels = [each for _, each in shown]
    spots, problem = _spots(pixels, [each.category for each in named], see)
    notes += [problem] if problem else []
    sightings = []
    for number, each in enumerate(named):
        key = each.category.casefold()
        same = [other for other in named if other.category.casefold() == key]
        nth = sum(other.category.casefold() == key for other in named[:number])
        found = _of_one(spots.get(key, []), nth, len(same))
        if not found:
            if spots:
                notes.append("not found in the picture, so all of it is kept")
            found = _whole(pixels, number, len(named))
        for spot in found:
            image, picture = shown[spot.picture]
            name = short_name(each.name, each.category)
            sightings.append(sighting(name, each.category, image, picture, spot.box))
    return Seen(tuple(sightings), tuple(dict.fromkeys(notes)))


def readable(images: Sequence[Image]) -> tuple[list[tuple[Image, Pillow.Image]], list[str]]:
    """The pictures with their pixels (RGB), and a note for each that cannot be read any more."""
    shown, notes = [], []
    for image in images:
        try:
            shown.append((image, pixels_of(image.path)))
        except BadImage as error:
            log.warning("A picture is left out of memory's sight: %s", error)
            notes.append("a picture could not be read")
    return shown, notes


def sighting(
    name: str,
    category: str,
    source: Image,
    pixels: Pillow.Image,
    box: Box,
    margin: float = MARGIN,
) -> Sighting:
    """An object in a picture, cut out. Where hardly anything would be left, all of it is taken."""
    crop = cropped(pixels, box, margin)
    if crop.size == pixels.size or min(crop.size) < MIN_SIDE:
        return Sighting(name, category, source, Box(0, 0, *pixels.size), None)
    return Sighting(name, category, source, box, encode_picture(crop))


def _spots(
    pictures: Sequence[Pillow.Image], categories: Sequence[str], see: See
) -> tuple[dict[str, list[_Spot]], str]:
    """Where each category (casefolded) was found, surest first; empty where nothing can be looked
    for, with a note on that if there is a detector."""
    wanted = list(dict.fromkeys(category.casefold() for category in categories))
    try:
        detector = see().detector
        if detector is None:
            return {}, ""
        found = detector.detect(pictures, [wanted] * len(pictures))
    except BLIND as error:
        log.warning("Objects could not be looked for: %s", error)
        return {}, "the detector could not be used, so all of the picture is kept"
    spots: dict[str, list[_Spot]] = {category: [] for category in wanted}
    for number, detections in enumerate(found):
        for each in detections:
            spots.setdefault(each.category.casefold(), []).append(
                _Spot(number, each.box, each.score)
            )
    for places in spots.values():
        places.sort(key=lambda spot: -spot.score)
    return spots, ""


def _of_one(spots: Sequence[_Spot], nth: int, same: int) -> list[_Spot]:
    """The spots of the n-th of `same` objects of a category, given where that category was found.

    The surest ones are meant, and they are named in the order of the pictures.
    """
    if same > 1:
        surest = sorted(spots[:same], key=lambda spot: spot.picture)
        return surest[nth : nth + 1]
    best: dict[int, _Spot] = {}
    for spot in spots:
        best.setdefault(spot.picture, spot)
    return [best[picture] for picture in sorted(best)]


def _whole(pictures: Sequence[Pillow.Image], number: int, named: int) -> list[_Spot]:
    """All of the picture that shows an object: the n-th for the n-th; each, for the only one."""
    whole = [_Spot(at, Box(0, 0, *picture.size), 0.0) for at, picture in enumerate(pictures)]
    return whole if named == 1 else [whole[min(number, len(whole) - 1)]]


_SENTENCE_END = re.compile(r"[.!?;:]\s+|\n")
_LEAD = re.compile(
    r"^.*\b(?:called|named|is|are|was|has|have|got|adopted|bought|meet|(?:photo|picture)s? of)\s+"
    r"(?=\S)",
    re.IGNORECASE | re.DOTALL,
)
_ASIDE = re.compile(r",?\s+(?:which|who|that)\b.*$", re.IGNORECASE | re.DOTALL)
_DETERMINER = re.compile(
    r"^(?:(?:my|our|your|his|her|their|its|the|an?|some|user(?:'s|’s)?|new)\s+)+(?=\S)",
    re.IGNORECASE,
)


def short_name(text: str, category: str) -> str:
    """What to call an object, from the words before its mark: "This is my cat Miso" is "cat Miso".

    The model writes a sentence there rather than a name.
    """
    clause = _SENTENCE_END.split(text.strip())[-1]
    name = _DETERMINER.sub("", _LEAD.sub("", _ASIDE.sub("", clause))).strip(" ,.;:!?\"'“”()[]")
    if len(name) > LONGEST_NAME:
        name = name[-LONGEST_NAME:].partition(" ")[2] or name[-LONGEST_NAME:]
    return name or category
