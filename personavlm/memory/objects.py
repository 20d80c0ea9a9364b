"""Objects that a person has shown: what they are called, and the views there are of each.

A view is noted together with a fact ("This is my corgi Biscuit"), or pointed out by the person. An
object without any view left is gone (the schema sees to that).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import datetime
from itertools import groupby
from pathlib import Path
from sqlite3 import Connection, Row
from typing import Any

from personavlm.errors import BadInput
from personavlm.memory.database import Database, list_of, storable, to_micros
from personavlm.memory.deletion import Eraser, split_id
from personavlm.memory.knowledge import bounds
from personavlm.memory.pictures import (
    MIN_SIDE,
    EncodedPicture,
    Picture,
    encode_picture,
    picture_path,
    pixels_of,
    write_picture,
)
from personavlm.memory.sightings import Sighting, sighting
from personavlm.protocol.updates import without_marks
from personavlm.records import Crop, Image, Object, Turn, Window
from personavlm.vision.base import Box

ANYTHING = "object"  # the category of what has none: detectors take it for whatever stands out

_ROWS = (
    "SELECT o.id, o.name, o.category, c.id AS crop, c.at, c.turn_id, c.semantic_id, c.box, "
    "coalesce(s.content, c.note) AS note, c.hash, i.width, i.height, "
    "c.source, p.width AS source_width, p.height AS source_height "
    "FROM objects o JOIN crops c ON c.object_id = o.id "
    "LEFT JOIN semantic s ON s.id = c.semantic_id "
    "JOIN images i ON i.hash = c.hash JOIN images p ON p.hash = c.source"
)


class Objects:
    """Reads and writes the objects of one person."""

    def __init__(self, database: Database, eraser: Eraser) -> None:
        self._db = database
        self._eraser = eraser

    # -- reading --------------------------------------------------------------------------------

    def all(self, text: str = "", window: Window | None = None) -> list[Object]:
        """Objects, those shown last first: `text` occurs in a name, category or note, and one of
        the views is from inside the window."""
        low, high = bounds(window or Window())
        found = [
            each
            for each in self._read("TRUE", ())
            if any(low <= to_micros(crop.time) <= high for crop in each.crops)
            and text.casefold() in _words(each).casefold()
        ]
        return sorted(found, key=lambda each: each.crops[-1].time, reverse=True)

    def get(self, id: str) -> Object:
        """An object by its id, such as "object:3".

        Raises:
            BadInput: there is no such object.
        """
        kind, number = split_id(id)
        found = self.of_ids([number]) if kind == "object" else []
        if not found:
            raise BadInput("That object is no longer there.")
        return found[0]

    def of_ids(self, ids: Iterable[int]) -> list[Object]:
        """Objects by number, in order of those; what does not exist is left out."""
        return self._read("o.id IN (SELECT value FROM json_each(?))", (list_of(ids),))

    def categories(self) -> list[str]:
        """What the objects are, each once, the most frequent first."""
        rows = self._db.read(
            "SELECT lower(category) AS category FROM objects GROUP BY 1 ORDER BY count(*) DESC, 1"
        )
        return [row["category"] for row in rows]

    def _read(self, where: str, parameters: Sequence[Any]) -> list[Object]:
        rows = self._db.read(f"{_ROWS} WHERE {where} ORDER BY o.id, c.at, c.id", parameters)
        return [
            Object(id, name, category, tuple(self._crop(row) for row in views))
            for (id, name, category), views in groupby(
                rows, key=lambda row: (row["id"], row["name"], row["category"])
            )
        ]

    def _crop(self, row: Row) -> Crop:
        return Crop(
            id=row["crop"],
            image=self._image(row["hash"], row["width"], row["height"]),
            source=self._image(row["source"], row["source_width"], row["source_height"]),
            box=Box(*json.loads(row["box"])),
            time=self._db.local(row["at"]),
            note=without_marks(row["note"]),
            turn=row["turn_id"],
            fact=row["semantic_id"],
        )

    def _image(self, hash: str, width: int, height: int) -> Image:
        return Image(hash, width, height, picture_path(self._db.folder, hash))

    # -- changing -------------------------------------------------------------------------------

    def add(
        self,
        picture: Picture | Image,
        box: Box | None,
        name: str,
        category: str = "",
        note: str = "",
        *,
        time: datetime | None = None,
    ) -> Object:
        """Point something out in a picture: "this is Biscuit". Returns the object.

        What is called and is the same as one that is there already is another view of that.
        picture: one of a message, or a new one. box: in pixels of it; None for all of it. time:
        when it was shown; if not given, when its message was sent, or now.

        Raises:
            BadInput: no name, a box that cannot be used, or a picture that is no longer there.
            BadImage: a picture that cannot be used.
        """
        name, category = _named(name), storable(category).strip() or ANYTHING
        new = None if isinstance(picture, Image) else encode_picture(picture)
        if isinstance(picture, Image):
            source, scale = self.picture(picture.hash), 1.0
            pixels = pixels_of(source.path)
        else:
            assert new is not None
            source, pixels = self._image(new.hash, new.width, new.height), pixels_of(new.data)
            scale = new.width / pixels_of(picture).width
        whole = Box(0, 0, *pixels.size)
        part = whole if box is None else _checked(box, scale, whole)
        seen = sighting(name, category, source, pixels, part, margin=0)
        with self._db.write() as connection:
            if new is not None:
                _store(connection, self._db.folder, new)
            self.picture(source.hash)  # it may have gone meanwhile
            turn, sent = self._shown_in(source.hash)
            moment = time or sent or datetime.now(self._db.zone)
            note = storable(note).strip()
            id = self._write(connection, seen, moment, turn, None, note)
        return self.get(f"object:{id}")

    def keep(self, fact: int, turn: Turn, sightings: Iterable[Sighting]) -> list[int]:
        """Store what was seen with a fact, in the caller's transaction. Returns the objects."""
        with self._db.write() as connection:
            ids = [
                self._write(connection, seen, turn.time, turn.id, fact, "") for seen in sightings
            ]
        return list(dict.fromkeys(ids))

    def rename(self, id: str, name: str, category: str | None = None) -> None:
        """Call an object something else; with `category`, say what it is.

        Raises:
            BadInput: no name, or no such object.
        """
        known, name = self.get(id), _named(name)
        category = known.category if category is None else storable(category).strip() or ANYTHING
        with self._db.write() as connection:
            connection.execute(
                "UPDATE objects SET name = ?, category = ? WHERE id = ?", (name, category, known.id)
            )
        self._db.scrub()

    def merge(self, kept: str, other: str) -> None:
        """Two objects are one: the views of `other` become views of `kept`. Can be undone once.

        Raises:
            BadInput: there is no such object, or both are the same.
        """
        one, two = self.get(kept), self.get(other)
        if one.id == two.id:
            raise BadInput("These are the same object already.")
        self._eraser.merge_objects(one.id, two.id)

    def _write(
        self,
        connection: Connection,
        seen: Sighting,
        at: datetime,
        turn: int | None,
        fact: int | None,
        note: str,
    ) -> int:
        """Store one view. Returns its object."""
        if seen.crop is not None:
            _store(connection, self._db.folder, seen.crop)
        id = self._same(seen)
        if id is None:
            cursor = connection.execute(
                "INSERT INTO objects (name, category) VALUES (?, ?)", (seen.name, seen.category)
            )
            id = cursor.lastrowid
            assert id is not None
        connection.execute(
            "INSERT INTO crops (object_id, at, semantic_id, turn_id, note, source, hash, box) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(id, to_micros(at), fact, turn, note, seen.source.hash),
                seen.source.hash if seen.crop is None else seen.crop.hash,
                json.dumps(astuple(seen.box)),
            ),
        )
        return id

    def _same(self, seen: Sighting) -> int | None:
        """The object that is called and is the same. "A mug" is no name: there are many."""
        if seen.name.casefold() == seen.category.casefold():
            return None
        rows = self._db.read(
            "SELECT id FROM objects WHERE lower(name) = lower(?) AND lower(category) = lower(?)",
            (seen.name, seen.category),
        )
        return rows[0]["id"] if rows else None

    def picture(self, hash: str) -> Image:
        """A picture of this memory.

        Raises:
            BadInput: it is not there.
        """
        rows = self._db.read("SELECT * FROM images WHERE hash = ?", (hash,))
        if not rows:
            raise BadInput("That picture is no longer there.")
        return self._image(hash, rows[0]["width"], rows[0]["height"])

    def _shown_in(self, hash: str) -> tuple[int | None, datetime | None]:
        """The last message that shows a picture, and when it was sent."""
        rows = self._db.read(
            "SELECT turn_id, at FROM turn_images JOIN turns ON turns.id = turn_id "
            "WHERE hash = ? ORDER BY turn_id DESC LIMIT 1",
            (hash,),
        )
        return (rows[0]["turn_id"], self._db.local(rows[0]["at"])) if rows else (None, None)


def _store(connection: Connection, folder: Path, picture: EncodedPicture) -> None:
    write_picture(folder, picture.hash, picture.data)
    connection.execute(
        "INSERT OR IGNORE INTO images VALUES (?, ?, ?)",
        (picture.hash, picture.width, picture.height),
    )


def _named(name: str) -> str:
    name = " ".join(storable(name).split())
    if not name:
        raise BadInput("An object needs a name: what do you call it?")
    return name


def _checked(box: Box, scale: float, whole: Box) -> Box:
    """A box that a person drew, in pixels of the stored picture."""
    left, top, right, bottom = (round(scale * edge) for edge in astuple(box))
    inside = Box(max(left, 0), max(top, 0), min(right, whole.right), min(bottom, whole.bottom))
    if min(inside.right - inside.left, inside.bottom - inside.top) < MIN_SIDE:
        raise BadInput(
            f"The box has to cover at least {MIN_SIDE}x{MIN_SIDE} pixels of the picture."
        )
    return inside


def told(known: Object, crop: Crop) -> str:
    """An object in words: its name, what it is, and what was said with one of its views."""
    kind = known.category
    plain = kind == ANYTHING or kind.casefold() in known.name.casefold()
    what = known.name if plain else f"{known.name} ({kind})"
    return f"{what}: {crop.note}" if crop.note else what


def alike(known: Object, crop: Crop, score: float) -> str:
    """Why an object is found: the view that is like the picture, and how like (a cosine)."""
    return f"looks like {known.name} in your picture of {crop.time:%Y-%m-%d} ({score:.3f})"


def _words(known: Object) -> str:
    return " ".join([known.name, known.category, *(crop.note for crop in known.crops)])
