"""One person's agent: durable memory, an evolving personality, and the two stages of a turn."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from personavlm.clock import Clock
from personavlm.conversation import Conversation
from personavlm.engines.base import Engine
from personavlm.errors import BadInput
from personavlm.memory.database import Database
from personavlm.memory.encode import TextEncoder
from personavlm.memory.memory import Memory
from personavlm.memory.personality_log import PersonalityLog, PersonalityRecord
from personavlm.memory.pictures import Picture
from personavlm.memory.rerank import Reranker
from personavlm.memory.sight import See
from personavlm.message import check_message
from personavlm.personality import TRAITS, BigFive
from personavlm.records import (
    Event,
    MemoryType,
    Remembered,
    Reply,
    Turn,
)
from personavlm.respond import Options
from personavlm.update import UpdateStage

DEFAULT_OPTIONS = Options()


class Agent:
    """Remembers one person. Made by `PersonaVLM.agent`; safe to use from several threads."""

    def __init__(
        self,
        database: Database,
        engine: Engine,
        encoder: TextEncoder,
        profile: Mapping[str, str] | None = None,
        see: See | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        """see: gives what sees objects in pictures, once that is needed."""
        self._database = database
        self._engine = engine
        self.memory = Memory(database, encoder, reranker, see)
        self._personality = PersonalityLog(database)
        self._updates = UpdateStage(engine, self.memory, self._personality)
        self.clock = Clock(lambda: database.zone)
        self._conversation = Conversation(
            database, engine, self.memory, self._personality, self.clock
        )
        self.closed = False
        self._closing = threading.Lock()
        # An earlier process may have ended while it was replying, or writing a picture.
        self.memory.turns.close_unanswered()
        self.memory.eraser.remove_strays()
        self.on_work: threading.Event | None = None  # set when there is something to update
        if profile and not self.memory.profile():
            now = self.clock.now()
            self.memory.knowledge.replace_entries(MemoryType.CORE, dict(profile), now, None)

    @property
    def user_id(self) -> str:
        return self._database.user_id

    @property
    def zone(self) -> ZoneInfo:
        return self._database.zone

    def now(self) -> datetime:
        """The time this agent goes by."""
        return self.clock.now()

    def set_clock(self, now: datetime | None) -> None:
        """ "It is now ...": time goes on from there; None goes back to real time."""
        self.clock.set(now)
        self._wake()

    # -- the response stage ---------------------------------------------------------------------

    def respond(
        self,
        text: str,
        image: Picture | Sequence[Picture] | None = None,
        *,
        time: datetime | None = None,
        options: Options = DEFAULT_OPTIONS,
        replaces: int | None = None,
        context: Sequence[Turn] = (),
    ) -> Iterator[Event]:
        """Answer a message, streamed. The turn is on disk before the final `Reply` is seen.

        image: one picture or several. time: when the message was sent, to replay a history.
        replaces: the id of the last turn, to ask again or differently. context: the turns of a
        conversation that is not stored (`options.remember` off). Closing the iterator stops the
        reply; what was said stays.

        Raises:
            BadInput: at once, with nothing stored.
            EngineUnavailable: while iterating; the turn is kept and can be asked again.
        """
        message = check_message(text, image, replaces is not None and self._has_pictures(replaces))
        moment = self.clock.read(time) if time else self.now()
        if not options.remember:
            return self._conversation.answer_unsaved(message, moment, options, context)
        self._conversation.check_time(moment, replaces)
        return self._waking(self._conversation.answer(message, moment, options, replaces))

    def _waking(self, events: Iterator[Event]) -> Generator[Event, None, None]:
        """Pass events on; however that ends, there is now something to update."""
        try:
            yield from events
        finally:
            self._wake()

    def chat(self, text: str, image: Picture | Sequence[Picture] | None = None,
             **how: Any) -> Reply:  # fmt: skip
        """`respond` to the end, then `update`."""
        reply = None
        for event in self.respond(text, image, **how):
            if isinstance(event, Reply):
                reply = event
        assert reply is not None, "respond ends with a Reply or raises"
        if reply.turn is not None:
            self.update()
        return reply

    def observe(
        self,
        text: str,
        reply: str,
        images: Sequence[Picture] = (),
        *,
        time: datetime | None = None,
    ) -> int:
        """Take over an exchange that took place elsewhere. Returns the turn's id.

        Raises:
            BadInput: the message is unusable, or older than the last one.
        """
        message = check_message(text, list(images))
        moment = self.clock.read(time) if time else self.now()
        self._conversation.check_time(moment, None)
        turn = self._conversation.observe(message, moment, reply)
        self._wake()
        return turn

    def _has_pictures(self, turn: int) -> bool:
        return any(found.images for found in self.memory.turns.get([turn]))

    # -- the update stage -----------------------------------------------------------------------

    def update(self) -> list[Remembered]:
        """Do what `respond` left to do: everything queued, in this thread.

        Raises:
            EngineUnavailable: the engine stopped; the rest stays queued.
        """
        return self._updates.run()

    def updating(self) -> bool:
        """Whether memory still has to take in something."""
        return self._updates.pending() > 0

    def end_session(self, wait: bool = False) -> None:
        """End the running session: topics, habits and profile are drawn from it."""
        with self._database.write():
            session = self.memory.turns.open_session()
            if session is not None:
                self.memory.turns.end_session(session)
        self._wake()
        if wait:
            self.update()

    def end_if_idle(self) -> bool:
        """End the running session if nothing was said for an hour by this agent's clock.

        A history that is being replayed bears other times than the clock: what counts for it is
        when its last message came in.
        """
        with self._database.write():  # no message may come in between
            if idle := self._conversation.idle():
                self.end_session()
        return idle

    def finish(self) -> list[Remembered]:
        """End the session and do all updates."""
        self.end_session()
        return self.update()

    def remembered(self, turn: int) -> list[Remembered]:
        """What the update stage made of a turn, or why it saved nothing; empty while pending."""
        return self._updates.remembered(turn)

    # -- looking back, taking back --------------------------------------------------------------

    def turns(self, session: int | None = None) -> list[Turn]:
        """All turns in order, or one session's."""
        return self.memory.turns.all() if session is None else self.memory.turns.of_session(session)

    def session_open(self) -> bool:
        """Whether a session is running."""
        return self.memory.turns.open_session() is not None

    def reply(self, turn: int) -> Reply:
        """A stored reply with its trace."""
        return self.memory.reply(turn)

    def undo_turn(self) -> Turn | None:
        """Take back the last turn and all that came of it. None if there is none."""
        with self._conversation.lock:
            last = self.memory.turns.last()
            if last is None:
                return None
            with self._database.write():
                was_open = self.memory.turns.is_open(last.session)
                self.memory.eraser.strip_turn(last.id)
                self.memory.turns.remove(last)
                session = self.memory.turns.open_session()
                if session is not None and not was_open:
                    self.memory.turns.end_session(session)
            self.memory.eraser.remove_strays()
            self._database.scrub()
        self._wake()
        return last

    # -- personality ----------------------------------------------------------------------------

    @property
    def personality(self) -> BigFive:
        """The Big Five as of now, each from 1 to 5."""
        return self._personality.current()

    @property
    def personality_history(self) -> list[PersonalityRecord]:
        """How it came about, oldest first."""
        return self._personality.history()

    @property
    def frozen_traits(self) -> frozenset[str]:
        """Traits that no update moves."""
        return self._personality.frozen()

    def freeze(self, trait: str, on: bool) -> None:
        """Leave a trait as it is from here on, or let it move again."""
        _check_trait(trait)
        self._personality.freeze(trait, on)

    def correct(self, trait: str, value: float) -> None:
        """Set a trait to what the person says it is (1 to 5)."""
        vector = self.personality.with_trait(_check_trait(trait), value)
        self._personality.append(self.now(), vector, "corrected")

    def reset(self, trait: str | None = None) -> None:
        """Put a trait, or all of them, back to neutral."""
        vector = self.personality.with_trait(_check_trait(trait), 3.0) if trait else BigFive()
        self._personality.append(self.now(), vector, "reset")

    # -- the end --------------------------------------------------------------------------------

    def forget(self) -> None:
        """Remove everything about this person, from disk too.

        This waits for no reply: one that is being told is told to its end, but not stored.
        """
        self.memory.forget()

    def close(self) -> None:
        """End the session, do what is queued, and let the memory go. Calling it twice is fine."""
        with self._closing:  # a second caller waits for the first
            if self.closed:
                return
            try:
                self.finish()
            finally:
                self.memory.index.unload()  # a GPU gives its room back now
                self._database.close()
                self.closed = True

    def _wake(self) -> None:
        if self.on_work is not None:
            self.on_work.set()


def _check_trait(trait: str) -> str:
    if trait not in TRAITS:
        raise BadInput(f"{trait!r} is not a trait. The traits are {', '.join(TRAITS)}.")
    return trait
