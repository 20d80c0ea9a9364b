"""Sessions and turns in the database: what was said, and how the reply came about.

A turn is written when the person sends it, before any model runs, and completed by its reply. A
trace is stored with its hits named by id: a memory that is deleted later is gone from old traces.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from sqlite3 import Row
from typing import Any, Literal

from personavlm.memory.database import Database, list_of, to_micros
from personavlm.memory.pictures import EncodedPicture, picture_path, write_picture
from personavlm.personality import SETTLED_AFTER
from personavlm.records import Hit, Image, Retrieval, Thought, TraceStep, Turn, Usage

TurnState = Literal["open", "done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Session:
    """A stretch of turns without a long gap. `ended` is None while it runs."""

    id: int
    started: datetime
    ended: datetime | None
    last: datetime  # the time of its last turn


class Turns:
    """Reads and writes sessions and turns of one person."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # -- sessions -------------------------------------------------------------------------------

    def open_session(self) -> Session | None:
        """The session that is running, if any."""
        rows = self._db.read(
            "SELECT s.id, s.started, s.ended, coalesce(max(t.at), s.started) AS last "
            "FROM sessions s LEFT JOIN turns t ON t.session_id = s.id "
            "WHERE s.ended IS NULL GROUP BY s.id ORDER BY s.id DESC LIMIT 1"
        )
        return self._session(rows[0]) if rows else None

    def start_session(self, at: datetime) -> int:
        with self._db.write() as connection:
            cursor = connection.execute(
                "INSERT INTO sessions (started) VALUES (?)", (to_micros(at),)
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def end_session(self, session: Session) -> None:
        """Mark a session as ended and queue its consolidation, in one transaction."""
        with self._db.write() as connection:
            changed = connection.execute(
                "UPDATE sessions SET ended = ? WHERE id = ? AND ended IS NULL",
                (to_micros(session.last), session.id),
            )
            if changed.rowcount:
                connection.execute(
                    "INSERT INTO jobs (kind, session_id) VALUES ('session', ?)", (session.id,)
                )

    def is_open(self, session: int) -> bool:
        rows = self._db.read("SELECT 1 FROM sessions WHERE id = ? AND ended IS NULL", (session,))
        return bool(rows)

    def _session(self, row: Row) -> Session:
        ended = row["ended"]
        local = self._db.local
        return Session(
            row["id"],
            local(row["started"]),
            local(ended) if ended is not None else None,
            local(row["last"]),
        )

    # -- writing a turn -------------------------------------------------------------------------

    def add(self, session: int, at: datetime, text: str, pictures: Sequence[EncodedPicture]) -> int:
        """Store what the person sent, before anything answers it. Returns the turn's id."""
        with self._db.write() as connection:
            cursor = connection.execute(
                "INSERT INTO turns (session_id, at, text, state) VALUES (?, ?, ?, 'open')",
                (session, to_micros(at), text),
            )
            turn = cursor.lastrowid
            assert turn is not None
            self._attach(turn, pictures)
        return turn

    def rewrite(
        self, turn: int, at: datetime, text: str, pictures: Sequence[EncodedPicture]
    ) -> None:
        """Put another message in a turn's place; without new pictures it keeps the ones it has."""
        with self._db.write() as connection:
            connection.execute(
                "UPDATE turns SET at = ?, text = ?, reply = NULL, state = 'open', trace = '[]', "
                "usage = '[]', answered_by = '' WHERE id = ?",
                (to_micros(at), text, turn),
            )
            if pictures:
                connection.execute("DELETE FROM turn_images WHERE turn_id = ?", (turn,))
                self._attach(turn, pictures)

    def remove(self, turn: Turn) -> None:
        """Delete a turn; its session too if that was the only one."""
        with self._db.write() as connection:
            connection.execute("DELETE FROM turns WHERE id = ?", (turn.id,))
            connection.execute(
                "DELETE FROM sessions WHERE id = ? AND id NOT IN (SELECT session_id FROM turns)",
                (turn.session,),
            )

    def _attach(self, turn: int, pictures: Sequence[EncodedPicture]) -> None:
        for picture in pictures:
            write_picture(self._db.folder, picture.hash, picture.data)
        with self._db.write() as connection:
            for position, picture in enumerate(pictures):
                connection.execute(
                    "INSERT OR IGNORE INTO images VALUES (?, ?, ?)",
                    (picture.hash, picture.width, picture.height),
                )
                connection.execute(
                    "INSERT INTO turn_images VALUES (?, ?, ?)", (turn, position, picture.hash)
                )

    def finish(
        self,
        turn: int,
        reply: str | None,
        state: TurnState,
        trace: Iterable[TraceStep] = (),
        usage: Usage | None = None,
        answered_by: str = "",
    ) -> None:
        """Store the reply, and queue the update of memory in the same transaction.

        A turn that is no longer waiting for one (deleted, forgotten, replaced by an import) is
        left as it is.
        """
        with self._db.write() as connection:
            changed = connection.execute(
                "UPDATE turns SET reply = ?, state = ?, trace = ?, usage = ?, answered_by = ? "
                "WHERE id = ? AND state = 'open'",
                (
                    *(reply, state, _pack_trace(trace)),
                    *(json.dumps(astuple(usage or Usage())), answered_by, turn),
                ),
            )
            if changed.rowcount:
                connection.execute("INSERT INTO jobs (kind, turn_id) VALUES ('turn', ?)", (turn,))

    def close_unanswered(self) -> list[int]:
        """Mark turns that were left without a reply, and queue what they tell. Returns their ids.

        A process that died leaves one, or a disk that had no room for the reply.
        """
        left = [row["id"] for row in self._db.read("SELECT id FROM turns WHERE state = 'open'")]
        for turn in left:
            self.finish(turn, None, "failed")
        return left

    # -- reading turns --------------------------------------------------------------------------

    def get(self, ids: Sequence[int]) -> list[Turn]:
        """Turns by id, oldest first; ids that do not exist are left out."""
        if not ids:
            return []
        return self._turns("WHERE t.id IN (SELECT value FROM json_each(?))", [list_of(ids)])

    def of_session(self, session: int) -> list[Turn]:
        return self._turns("WHERE t.session_id = ?", [session])

    def all(self) -> list[Turn]:
        return self._turns("", [])

    def last(self) -> Turn | None:
        """The latest turn."""
        found = self._turns("WHERE t.id = (SELECT max(id) FROM turns)", [])
        return found[0] if found else None

    def last_time(self, but: int | None = None) -> datetime | None:
        """When the latest turn was; the one before it where that is `but`."""
        rows = self._db.read(
            "SELECT at FROM turns WHERE id IS NOT ? ORDER BY id DESC LIMIT 1", (but,)
        )
        return self._db.local(rows[0]["at"]) if rows else None

    def since(self, session: int, start: datetime) -> list[Turn]:
        """The turns of a session from `start` on, oldest first."""
        return self._turns("WHERE t.session_id = ? AND t.at >= ?", [session, to_micros(start)])

    def count_before(self, turn: int) -> int:
        """How many turns came before this one, at most SETTLED_AFTER: the m of the personality
        update, which larger ones make no difference to."""
        row = self._db.read(
            "SELECT count(*) FROM (SELECT 1 FROM turns WHERE id < ? LIMIT ?)",
            (turn, SETTLED_AFTER),
        )[0]
        return int(row[0])

    def trace(self, turn: int) -> tuple[list[dict[str, Any]], Usage, str]:
        """The stored trace, its hits still ids (see `Memory.reply`), the usage, who answered."""
        rows = self._db.read("SELECT trace, usage, answered_by FROM turns WHERE id = ?", (turn,))
        if not rows:
            return [], Usage(), ""
        row = rows[0]
        return json.loads(row["trace"]), Usage(*json.loads(row["usage"])), row["answered_by"]

    def _turns(self, where: str, parameters: Sequence[Any]) -> list[Turn]:
        rows = self._db.read(
            "SELECT t.id, t.session_id, t.at, t.text, t.reply, t.state, "
            "EXISTS (SELECT 1 FROM turn_images p WHERE p.turn_id = t.id) AS pictured "
            f"FROM turns t {where} ORDER BY t.at, t.id",
            parameters,
        )
        pictures = self._pictures([row["id"] for row in rows if row["pictured"]])
        return [
            Turn(
                id=row["id"],
                session=row["session_id"],
                time=self._db.local(row["at"]),
                text=row["text"],
                images=pictures.get(row["id"], ()),
                reply=row["reply"],
                state=row["state"],
            )
            for row in rows
        ]

    def _pictures(self, turns: Sequence[int]) -> dict[int, tuple[Image, ...]]:
        if not turns:
            return {}
        rows = self._db.read(
            "SELECT p.turn_id, p.hash, i.width, i.height FROM turn_images p "
            "JOIN images i USING (hash) WHERE p.turn_id IN (SELECT value FROM json_each(?)) "
            "ORDER BY p.turn_id, p.position",
            (list_of(turns),),
        )
        found: dict[int, tuple[Image, ...]] = {}
        for row in rows:
            path = picture_path(self._db.folder, row["hash"])
            image = Image(row["hash"], row["width"], row["height"], path)
            found[row["turn_id"]] = (*found.get(row["turn_id"], ()), image)
        return found


def _why(hit: Hit) -> str:
    """Why a memory was found; of an object which view is meant, as words would tell its name."""
    return f"crop:{hit.object.crops[0].id}" if hit.object else hit.why


def _pack_trace(trace: Iterable[TraceStep]) -> str:
    packed: list[dict[str, Any]] = []
    for step in trace:
        match step:
            case Thought(text, seconds):
                packed.append({"thought": text, "seconds": round(seconds, 3)})
            case Retrieval():
                packed.append(
                    {
                        "keywords": step.keywords,
                        "start": step.start and step.start.isoformat(),
                        "end": step.end and step.end.isoformat(),
                        "note": step.note,
                        "seconds": round(step.seconds, 3),
                        "hits": [
                            [
                                *(hit.id, [turn.id for turn in hit.turns]),
                                *(_why(hit), round(hit.score, 4)),
                            ]
                            for hit in step.hits
                        ],
                    }
                )
    return json.dumps(packed, ensure_ascii=False)
