"""Memory: what one person's agent knows, to search, read, edit, delete, export and import."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from personavlm.errors import BadInput
from personavlm.memory.archive import TABLES, export_archive, read_archive, replace_all
from personavlm.memory.budget import within_image_budget
from personavlm.memory.database import Database, storable
from personavlm.memory.deletion import Eraser, clear_tables, split_id
from personavlm.memory.encode import TextEncoder
from personavlm.memory.hits import Limits
from personavlm.memory.index import OWNER_OF, VectorIndex
from personavlm.memory.knowledge import Knowledge
from personavlm.memory.objects import Objects
from personavlm.memory.recognise import Recogniser
from personavlm.memory.rerank import Reranker
from personavlm.memory.retrieve import Findings, Retriever
from personavlm.memory.sight import See, Sight
from personavlm.memory.supersede import outdated
from personavlm.memory.traced import unpack
from personavlm.memory.turns import Turns
from personavlm.records import Entry, Fact, Image, MemoryType, Object, Reply, Topic, Turn, Window

EVERYTHING = Window()


def new_salt() -> str:
    """A name for what engines keep of this person's prompts. Nothing kept under an older one is
    ever used again: so a deletion reaches an engine's cache too."""
    return secrets.token_hex(16)


class Memory:
    """One person's memory. Safe to use from several threads."""

    def __init__(
        self,
        database: Database,
        encoder: TextEncoder,
        reranker: Reranker | None = None,
        see: See | None = None,
    ) -> None:
        """see: gives what sees objects in pictures, once that is needed."""
        self.database = database
        self.turns = Turns(database)
        self.knowledge = Knowledge(database)
        self.index = VectorIndex(database, encoder)
        self.eraser = Eraser(database, self.index)
        self._encoder = encoder
        self._retriever = Retriever(
            database, self.turns, self.knowledge, self.index, encoder, reranker
        )
        self.search = self._retriever.search
        self.objects = Objects(database, self.eraser)
        self.see = see or Sight()
        self._recogniser = Recogniser(database, self.objects, self.see)
        self.recognise = self._recogniser.hits
        self.updating = threading.RLock()  # held by an update while it works
        self.salt = new_salt()

    def outdated(self, content: str, at: datetime) -> list[int]:
        """The facts that a new one, told at `at`, replaces."""
        return outdated(content, at, self.knowledge, self.index, self._encoder)

    def embed(self, texts: Sequence[str]) -> None:
        """Embed what will be needed in a moment at once: that is faster than one by one."""
        self._encoder.encode([text for text in texts if text.strip()])

    def find(
        self,
        keywords: str,
        query: str,
        window: Window,
        *,
        pictures: Sequence[Image] = (),
        exclude: Collection[str] = (),
        limits: Limits | None = None,
        **how: Any,
    ) -> Findings:
        """Search by words, as `Retriever.find` does, and by the pictures of the message.

        An object brings the fact that its view was noted with, which is not told twice.
        """
        found = self._retriever.find(keywords, query, window, exclude=exclude, limits=limits, **how)
        objects = self.recognise(pictures, window if window.open else found.window, exclude)
        if not objects:
            return found
        told = {id for hit in objects for id in hit.tells}
        hits = (*objects, *(hit for hit in found.hits if hit.id not in told))
        return replace(found, hits=within_image_budget(hits, (limits or Limits()).images))

    def sync(self) -> None:
        """Embed, and describe, everything that is new, so that no search has to wait for it."""
        self.index.sync()
        self._recogniser.sync()

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

    def get(self, id: str) -> Fact | Topic | Entry | Turn | Object:
        """A memory by its id, such as "semantic:12".

        Raises:
            BadInput: there is no such memory.
        """
        kind, number = split_id(id)
        found: Sequence[Fact | Topic | Entry | Turn | Object]
        match kind:
            case "object":
                found = self.objects.of_ids([number])
            case "crop":
                found = ()  # it is a part of its object
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
        zone = self.database.zone
        views = self.knowledge.views
        trace = tuple(unpack(step, self.get, self.turns, views, zone) for step in packed)
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
            "(SELECT count(*) FROM objects) AS objects, "
            "(SELECT count(*) FROM jobs) AS pending"
        )[0]
        return dict(row)

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
        if isinstance(memory, Object):
            self.objects.rename(id, text)
            return
        match memory:
            case Fact():
                # The model's reason was for its own words, and may quote them.
                change = "UPDATE semantic SET content = ?, edited = 1, reason = '' WHERE id = ?"
            case Topic():
                change = "UPDATE topics SET summary = ? WHERE id = ?"
            case Entry():
                change = "UPDATE entries SET value = ?, session_id = NULL WHERE id = ?"
            case Turn():
                raise BadInput("A message is edited in the chat, not in memory.")
        with self.database.write() as connection:
            connection.execute(change, (text, number))
            if keywords is not None and not isinstance(memory, Entry):
                table = "semantic" if isinstance(memory, Fact) else "topics"
                self.knowledge.set_keywords(table, number, keywords)
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
        self._recogniser.reset()
        self.database.scrub()


def parse_keywords(text: str) -> tuple[str, ...]:
    """Keywords as a person types them: separated by commas or semicolons."""
    return tuple(word for word in re.split(r"\s*[,;]\s*", text.strip()) if word)
