"""Memory: what one person's agent knows, to search, read, edit, delete, export and import."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from personavlm.errors import BadInput
from personavlm.memory.archive import TABLES, export_archive, read_archive, replace_all
from personavlm.memory.database import Database, storable
from personavlm.memory.deletion import Eraser, clear_tables, split_id
from personavlm.memory.encode import TextEncoder
from personavlm.memory.index import OWNER_OF, VectorIndex
from personavlm.memory.knowledge import Knowledge
from personavlm.memory.records import (
    Entry,
    Fact,
    Hit,
    MemoryType,
    Reply,
    Retrieval,
    Thought,
    Topic,
    TraceStep,
    Turn,
    Window,
)
from personavlm.memory.rerank import Reranker
from personavlm.memory.retrieve import Retriever
from personavlm.memory.supersede import outdated
from personavlm.memory.turns import Turns

EVERYTHING = Window()


def new_salt() -> str:
    """A name for what engines keep of this person's prompts. Nothing kept under an older one is
    ever used again: so a deletion reaches an engine's cache too."""
    return secrets.token_hex(16)


class Memory:
    """One person's memory. Safe to use from several threads."""

    def __init__(
        self, database: Database, encoder: TextEncoder, reranker: Reranker | None = None
    ) -> None:
        self.database = database
        self.turns = Turns(database)
        self.knowledge = Knowledge(database)
        self.index = VectorIndex(database, encoder)
        self.eraser = Eraser(database, self.index)
        self._encoder = encoder
        self._retriever = Retriever(
            database, self.turns, self.knowledge, self.index, encoder, reranker
        )
        self.search, self.find = self._retriever.search, self._retriever.find
        self.updating = threading.RLock()  # held by an update while it works
        self.salt = new_salt()

    def outdated(self, content: str, at: datetime) -> list[int]:
        """The facts that a new one, told at `at`, replaces."""
        return outdated(content, at, self.knowledge, self.index, self._encoder)

    # -- reading --------------------------------------------------------------------------------

    def profile(self) -> dict[str, str]:
        """Core memory as the model is given it: key to value."""
        return self.knowledge.current(MemoryType.CORE)

    def core(
        self, text: str = "", window: Window = EVERYTHING, history: bool = False
    ) -> list[Entry]:
        """Core memory; with `history`, superseded values too."""
        return self.knowledge.entries(MemoryType.CORE, None, text, window, history)

    def procedural(
        self, text: str = "", window: Window = EVERYTHING, history: bool = False
    ) -> list[Entry]:
        """Goals and habits; with `history`, superseded ones too."""
        return self.knowledge.entries(MemoryType.PROCEDURAL, None, text, window, history)

    def semantic(self, text: str = "", window: Window = EVERYTHING) -> list[Fact]:
        """Facts and preferences, newest first."""
        return self.knowledge.facts(None, text, window)

    def episodic(self, text: str = "", window: Window = EVERYTHING) -> list[Topic]:
        """Topics of past sessions, newest first."""
        return self.knowledge.topics(None, text, window)

    def turn(self, id: int) -> Turn:
        """One exchange.

        Raises:
            BadInput: there is no such turn.
        """
        found = self.turns.get([id])
        if not found:
            raise BadInput("That message is no longer there.")
        return found[0]

    def get(self, id: str) -> Fact | Topic | Entry | Turn:
        """A memory by its id, such as "semantic:12".

        Raises:
            BadInput: there is no such memory.
        """
        kind, number = split_id(id)
        found: Sequence[Fact | Topic | Entry | Turn]
        match kind:
            case "semantic":
                found = self.knowledge.facts([number])
            case "episodic":
                found = self.knowledge.topics([number])
            case "turn":
                found = self.turns.get([number])
            case _:
                found = self.knowledge.entries(MemoryType(kind), [number], history=True)
        if not found:
            raise BadInput("That memory is no longer there.")
        return found[0]

    def reply(self, turn: int) -> Reply:
        """A stored reply with its trace; memories that were deleted since are gone from it."""
        packed, usage, answered_by = self.turns.trace(turn)
        trace = tuple(self._unpack(step) for step in packed)
        return Reply(self.turn(turn).reply or "", trace, usage, turn, answered_by)

    def counts(self) -> dict[str, int]:
        """How much there is of each kind."""
        row = self.database.read(
            "SELECT (SELECT count(*) FROM sessions) AS sessions, "
            "(SELECT count(*) FROM turns) AS turns, "
            "(SELECT count(*) FROM entries WHERE type = 'core' AND superseded IS NULL) AS core, "
            "(SELECT count(*) FROM semantic) AS semantic, "
            "(SELECT count(*) FROM topics) AS episodic, "
            "(SELECT count(*) FROM entries WHERE type = 'procedural' AND superseded IS NULL) "
            "AS procedural, (SELECT count(*) FROM images) AS images, "
            "(SELECT count(*) FROM jobs) AS pending"
        )[0]
        return dict(row)

    def _unpack(self, step: dict[str, object]) -> TraceStep:
        if "thought" in step:
            return Thought(str(step["thought"]), float(str(step["seconds"])))
        hits = [
            self._stored_hit(id, turns, why, score)
            for id, turns, why, score in step["hits"]  # type: ignore[attr-defined]
        ]
        return Retrieval(
            keywords=str(step["keywords"]),
            start=self._time(step["start"]),
            end=self._time(step["end"]),
            hits=tuple(hit for hit in hits if hit is not None),
            note=str(step["note"]),
            seconds=float(str(step["seconds"])),
        )

    def _stored_hit(self, id: str, turns: list[int], why: str, score: float) -> Hit | None:
        try:
            memory = self.get(id)
        except BadInput:
            return None
        brought = tuple(self.turns.get(turns))
        images = tuple({i.hash: i for turn in brought for i in turn.images}.values())
        kind = MemoryType.EPISODIC if isinstance(memory, Turn) else MemoryType(id.split(":")[0])
        match memory:
            case Fact():
                return Hit(id, kind, memory.time, memory.content, why, score, memory.keywords,
                           images, brought)  # fmt: skip
            case Topic():
                return Hit(id, kind, memory.start, memory.summary, why, score, memory.keywords,
                           images, brought, memory.end)  # fmt: skip
            case Entry():
                return Hit(id, kind, memory.time, f"{memory.key}: {memory.value}", why, score)
            case Turn():
                return Hit(id, kind, memory.time, memory.text, why, score, (), images, brought)

    def _time(self, text: object) -> datetime | None:
        return datetime.fromisoformat(str(text)).astimezone(self.database.zone) if text else None

    # -- changing -------------------------------------------------------------------------------

    def edit(self, id: str, text: str, keywords: Sequence[str] | None = None) -> None:
        """Put the person's own words in place of a memory's.

        Raises:
            BadInput: the text is empty, or there is no such memory.
        """
        text = storable(text).strip()
        if not text:
            raise BadInput("A memory cannot be empty. Delete it instead.")
        kind, number = split_id(id)
        memory = self.get(id)
        with self.database.write() as connection:
            match memory:
                case Fact() | Topic():
                    table, column = (
                        ("semantic", "content") if kind == "semantic" else ("topics", "summary")
                    )
                    connection.execute(
                        f"UPDATE {table} SET {column} = ? WHERE id = ?", (text, number)
                    )
                    if keywords is not None:
                        self.knowledge.set_keywords(table, number, keywords)
                    if kind == "semantic":
                        # The model's reason was for its own words, and may quote them.
                        connection.execute(
                            "UPDATE semantic SET edited = 1, reason = '' WHERE id = ?", (number,)
                        )
                case Entry():
                    connection.execute(
                        "UPDATE entries SET value = ?, session_id = NULL WHERE id = ?",
                        (text, number),
                    )
                case Turn():
                    raise BadInput("A message is edited in the chat, not in memory.")
            connection.execute(
                "DELETE FROM vectors WHERE owner = ? AND owner_id = ?", (OWNER_OF[kind], number)
            )
        self.index.touch(OWNER_OF[kind], [number])
        self.database.scrub()

    def delete(self, ids: Sequence[str]) -> None:
        """Delete memories, or turns with all that came of them. Can be undone once.

        Raises:
            BadInput: an id is malformed.
        """
        self.eraser.delete(ids)
        self.salt = new_salt()

    def undo_delete(self) -> int:
        """Put the last deletion back. Returns how many memories and turns came back."""
        return self.eraser.undo()

    def can_undo(self) -> bool:
        """Whether there is a deletion to undo."""
        return self.eraser.can_undo

    def export(self) -> bytes:
        """Everything about the person: one zip with memory.json and the pictures."""
        return export_archive(self.database)

    def import_(self, archive: bytes | Path, *, take_over: bool = False) -> None:
        """Replace this memory by an exported one, whole or not at all.

        Raises:
            BadInput: damaged, not an export, or another person's (unless `take_over`).
        """
        content = read_archive(archive)
        if content.user_id != self.database.user_id and not take_over:
            raise BadInput(
                "This archive was exported from another person's memory. "
                "If it is yours all the same, confirm that (“This archive is mine” on the page, "
                "take_over elsewhere) and import it again."
            )
        with self.updating:
            try:
                with self.database.write():
                    replace_all(self.database, content)
                    self.eraser.forget_undo()
            except BaseException:
                self.eraser.remove_strays()  # the pictures of an archive that was refused
                raise
            self.database.zone = content.zone
            self._after_replacement()

    def forget(self) -> None:
        """Remove everything about the person: rows, vectors, pictures, queued work, the log."""
        with self.database.write() as connection:
            connection.execute("DELETE FROM jobs")  # no need to wait until all is taken in
        with self.updating:
            with self.database.write() as connection:
                clear_tables(connection, [*reversed(TABLES), "vectors"])
                connection.execute("DELETE FROM sqlite_sequence")
                self.eraser.forget_undo()
            self._after_replacement()
            self.database.vacuum()
            self.database.remove_damaged()

    def _after_replacement(self) -> None:
        self.salt = new_salt()
        self.eraser.remove_strays()
        self.index.unload()
        self.database.scrub()


def parse_keywords(text: str) -> tuple[str, ...]:
    """Keywords as a person types them: separated by commas or semicolons."""
    return tuple(word for word in re.split(r"\s*[,;]\s*", text.strip()) if word)
