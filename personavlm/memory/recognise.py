"""Which of the objects that a person has shown are in a new picture (paper, section 3.2).

Each thing that the detector finds in it, or else the whole picture, is compared with every view
from inside the window. Where the cosine reaches the descriptor's threshold, it is the same object.

The vectors follow from the views: they are stored under the descriptor's name, and computed again
where another one is at work. What cannot be seen is logged and not found; nothing fails for it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from personavlm.errors import BadImage
from personavlm.memory.database import Database
from personavlm.memory.encode import Vectors
from personavlm.memory.knowledge import bounds
from personavlm.memory.objects import Objects, alike, told
from personavlm.memory.pictures import picture_path, pixels_of
from personavlm.memory.sight import See
from personavlm.memory.sightings import BLIND, readable
from personavlm.memory.when import Span
from personavlm.records import Hit, Image, MemoryType, Window
from personavlm.vision.base import Descriptor, Detection, Vision, cropped

if TYPE_CHECKING:
    from PIL import Image as Pillow

log = logging.getLogger(__name__)

VIEWS = 2  # of a search, runners-up among them (paper, section 3.2)
MOST_VIEWS = 4  # where a picture shows that many different objects
SURE = 0.2  # score from which a detection counts where nothing was named (paper, section 3.2)
MOST_THINGS = 8  # in one picture, the surest first
MOST_CATEGORIES = 40  # that are looked for
AT_ONCE = 32  # views that are described together
REST = 300.0  # seconds after which `sync` tries again what failed; a picture does so at once


@dataclass(frozen=True, slots=True)
class _Match:
    """A view like a thing in the picture. rank: 0 for that thing's nearest object, then 1..."""

    rank: int
    score: float
    object: int
    crop: int


class Recogniser:
    """Finds one person's objects in pictures. Safe to use from several threads."""

    def __init__(self, database: Database, objects: Objects, see: See) -> None:
        self._db = database
        self._objects = objects
        self._see = see
        self._lock = threading.Lock()  # held while models look; never while the database is
        self._done: tuple[Any, ...] | None = None  # how many views there were when all were seen to
        self._rest_until = 0.0  # by the monotonic clock
        self._last: tuple[object, Vectors] | None = None  # the message looked at last

    def reset(self) -> None:
        """Forget what was looked at last; the views may all be others now."""
        with self._lock:
            self._done = self._last = None

    def sync(self) -> None:
        """Describe the views that are new, if there are any."""
        with self._lock:
            there = tuple(self._db.read("SELECT count(*), max(id) FROM crops")[0])
            if not there[0] or there == self._done or time.monotonic() < self._rest_until:
                return
            try:
                self._describe(self._see().descriptor)
                self._done = there
            except BLIND as error:
                self._rest_until = time.monotonic() + REST
                log.warning("Objects cannot be recognised at present: %s", error)

    def hits(
        self, pictures: Sequence[Image], window: Window, exclude: Collection[str] = ()
    ) -> tuple[Hit, ...]:
        """The objects that the pictures show, each with the view inside the window that is most
        like it: the nearest object of each thing in them first, then the likest of the others.

        exclude: ids of hits that were returned before.
        """
        span = bounds(window)
        if not pictures or not self._any(span):
            return ()
        try:
            with self._lock:
                vision = self._see()
                self._describe(vision.descriptor)
                things = self._things(pictures, vision)
        except BLIND as error:
            log.warning("A picture cannot be compared with memory: %s", error)
            return ()
        matches = self._matches(things, vision.descriptor, span)
        return self._hits([each for each in matches if f"object:{each.object}" not in exclude])

    # -- looking --------------------------------------------------------------------------------

    def _things(self, pictures: Sequence[Image], vision: Vision) -> Vectors:
        """A vector for each thing in the pictures of a message."""
        categories = self._objects.categories()[:MOST_CATEGORIES]
        key = (tuple(each.hash for each in pictures), categories)
        if self._last is not None and self._last[0] == key:
            return self._last[1]
        shown = [pixels for _, pixels in readable(pictures)[0]]
        crops = [
            crop
            for pixels, found in zip(shown, _found(shown, categories, vision), strict=True)
            for crop in [cropped(pixels, each.box) for each in found[:MOST_THINGS]] or [pixels]
        ]
        vectors = vision.descriptor.describe(crops)
        self._last = key, vectors
        return vectors

    def _describe(self, descriptor: Descriptor) -> None:
        """Compute and store the vectors that are missing."""
        rows = self._db.read(
            "SELECT DISTINCT hash FROM crops WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE "
            "owner = 'crop' AND owner_id = crops.id AND view = 'picture' AND encoder = ?)",
            (descriptor.name,),
        )
        missing = iter(self._views(row["hash"] for row in rows))
        while batch := dict(islice(missing, AT_ONCE)):
            vectors = descriptor.describe(list(batch.values()))
            with self._db.write() as connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO vectors (owner, owner_id, view, encoder, vector) "
                    "SELECT 'crop', id, 'picture', ?, ? FROM crops WHERE hash = ?",
                    [
                        (descriptor.name, vector.tobytes(), hash)
                        for hash, vector in zip(batch, vectors, strict=True)
                    ],
                )

    def _views(self, hashes: Iterable[str]) -> Iterable[tuple[str, Pillow.Image]]:
        for hash in hashes:
            try:
                yield hash, pixels_of(picture_path(self._db.folder, hash))
            except BadImage as error:
                log.warning("An object's picture cannot be read: %s", error)

    # -- comparing ------------------------------------------------------------------------------

    def _any(self, span: Span) -> bool:
        rows = self._db.read("SELECT EXISTS (SELECT 1 FROM crops WHERE at BETWEEN ? AND ?)", span)
        return bool(rows[0][0])

    def _matches(self, things: Vectors, descriptor: Descriptor, span: Span) -> list[_Match]:
        """The best matches that are good enough, one an object."""
        rows = self._db.read(
            "SELECT c.id, c.object_id, v.vector FROM crops c JOIN vectors v ON v.owner = 'crop' "
            "AND v.owner_id = c.id AND v.view = 'picture' AND v.encoder = ? "
            "WHERE c.at BETWEEN ? AND ? ORDER BY c.id",
            (descriptor.name, *span),
        )
        if not rows or not len(things):
            return []
        views = np.frombuffer(b"".join(row["vector"] for row in rows), np.float32)
        likeness = things @ views.reshape(len(rows), -1).T
        best: dict[int, _Match] = {}
        for scores in likeness:
            near = [int(i) for i in np.argsort(-scores) if scores[i] >= descriptor.threshold]
            nearest: dict[int, int] = {}  # of each object, its likest view
            for view in near:
                nearest.setdefault(rows[view]["object_id"], view)
            for rank, (object, view) in enumerate(nearest.items()):
                match = _Match(rank, float(scores[view]), object, rows[view]["id"])
                best[object] = min(best.get(object, match), match, key=_order)
        ranked = sorted(best.values(), key=_order)
        first = [match for match in ranked if match.rank == 0][:MOST_VIEWS]
        return [*first, *ranked[len(first) : VIEWS]]

    def _hits(self, matches: Sequence[_Match]) -> tuple[Hit, ...]:
        objects = {each.id: each for each in self._objects.of_ids(m.object for m in matches)}
        hits = []
        for match in matches:
            known = objects.get(match.object)
            views = () if known is None else known.crops
            for crop in (crop for crop in views if crop.id == match.crop):
                assert known is not None
                hits.append(
                    Hit(
                        id=f"object:{known.id}",
                        type=MemoryType.SEMANTIC,
                        time=crop.time,
                        text=told(known, crop),
                        why=alike(known, crop, match.score),
                        score=match.score,
                        images=(crop.image,),
                        object=replace(known, crops=(crop,)),
                    )
                )
        return tuple(hits)


def _order(match: _Match) -> tuple[int, float, int]:
    return match.rank, -match.score, match.object


def _found(
    pictures: Sequence[Pillow.Image], categories: Sequence[str], vision: Vision
) -> list[list[Detection]]:
    """What the detector finds in each picture; nothing where there is none, or it fails."""
    if vision.detector is not None and pictures:
        try:
            found = vision.detector.detect(pictures, [categories] * len(pictures))
            return [[each for each in things if each.score >= SURE] for things in found]
        except BLIND as error:
            log.warning("Objects could not be looked for: %s", error)
    return [[] for _ in pictures]
