"""One person's agent: durable memory, an evolving personality, and the two stages of a turn."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from personavlm.clock import Clock
from personavlm.engines.base import Engine
from personavlm.errors import BadInput, MemoryUnavailable
from personavlm.memory.database import Database
from personavlm.memory.encode import TextEncoder
from personavlm.memory.memory import Memory
from personavlm.memory.personality_log import PersonalityLog, PersonalityRecord
from personavlm.memory.pictures import Picture, unsaved_picture
from personavlm.memory.records import (
    AnswerDelta,
    Event,
    Hit,
    MemoryType,
    Remembered,
    Reply,
    Retrieval,
    Thought,
    TraceStep,
    Turn,
    Window,
)
from personavlm.message import Message, check_message
from personavlm.personality import TRAITS, BigFive
from personavlm.protocol import Query
from personavlm.respond import Context, Options, respond
from personavlm.update import UpdateStage

SESSION_GAP = timedelta(minutes=60)  # t_s of the paper (section 3.2)
PATIENCE = 60  # seconds that a message waits for the one before it
MAX_DIALOGUE_CHARACTERS = 16_000  # of the recent turns in the prompt; older ones are searched
DEFAULT_OPTIONS = Options()


class TurnLock:
    """One message of a person at a time. May be released by another thread than took it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=PATIENCE):
            raise MemoryUnavailable(
                "Another message of yours is still being answered. Stop it or wait for it."
            )

    def __exit__(self, *exception: object) -> None:
        self._lock.release()


class Agent:
    """Remembers one person. Made by `PersonaVLM.agent`; safe to use from several threads."""

    def __init__(
        self,
        database: Database,
        engine: Engine,
        encoder: TextEncoder,
        profile: Mapping[str, str] | None = None,
    ) -> None:
        self._database = database
        self._engine = engine
        self.memory = Memory(database, encoder)
        self._personality = PersonalityLog(database)
        self._updates = UpdateStage(engine, self.memory, self._personality)
        self.clock = Clock(database.zone)
        self._turn_lock = TurnLock()
        self.closed = False
        self.memory.turns.close_unanswered()  # an earlier process ended while it was replying
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
        if options.remember:
            self._check_time(moment, replaces)
            return self._stored_turn(message, moment, options, replaces)
        return self._unsaved_turn(message, moment, options, context)

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
        self._check_time(moment, None)
        with self._turn_lock:
            turn = self._open_turn(message, moment, None)
            self.memory.turns.finish(turn, reply, "done")
        self._wake()
        return turn

    def _stored_turn(
        self,
        message: Message,
        moment: datetime,
        options: Options,
        replaces: int | None,
    ) -> Generator[Event, None, None]:
        with self._turn_lock:
            id = self._open_turn(message, moment, replaces)
            turn = self.memory.turn(id)
            query = Query(turn.text, turn.time, turn.images)
            told: list[Event] = []
            state = "stopped"
            try:
                for event in respond(
                    self._engine, self._search, self._context(query, turn, options), options
                ):
                    if isinstance(event, Reply):
                        event = replace(event, turn=id)
                        self.memory.turns.finish(id, event.text, "done", event.trace, event.usage)
                        state = "done"
                    told.append(event)
                    yield event
            except GeneratorExit:
                raise
            except BaseException:
                state = "failed" if state != "done" else state
                raise
            finally:
                if state != "done":
                    self._keep_unfinished(id, told, state == "failed")
                self._wake()

    def _keep_unfinished(self, turn: int, told: Sequence[Event], failed: bool) -> None:
        """Store what there is of a reply that was stopped or broke off."""
        partial = "".join(event.text for event in told if isinstance(event, AnswerDelta))
        trace: list[TraceStep] = [e for e in told if isinstance(e, (Thought, Retrieval))]
        self.memory.turns.finish(turn, partial or None, "failed" if failed else "stopped", trace)

    def _unsaved_turn(
        self,
        message: Message,
        moment: datetime,
        options: Options,
        context: Sequence[Turn],
    ) -> Iterator[Event]:
        """Answer without storing anything."""
        with TemporaryDirectory() as folder:
            images = tuple(unsaved_picture(Path(folder), p) for p in message.pictures)
            query = Query(message.text, moment, images)
            standing = self._context(query, None, options)
            if context:
                standing = replace(standing, dialogue=_fitting(context))
            yield from respond(self._engine, self._search, standing, options)

    def _open_turn(
        self,
        message: Message,
        moment: datetime,
        replaces: int | None,
    ) -> int:
        """Put the message on disk, in the running session or a new one."""
        turns = self.memory.turns
        with self._database.write():
            if replaces is not None:
                last = turns.last()
                if last is None or last.id != replaces:
                    raise BadInput("Only the last message can be asked again or edited.")
                self.memory.eraser.strip_turn(replaces)
                turns.rewrite(replaces, moment, message.text, message.pictures)
                return replaces
            self._end_if_idle(moment)
            session = turns.open_session()
            number = session.id if session else turns.start_session(moment)
            id = turns.add(number, moment, message.text, message.pictures)
        self.memory.index.touch("turn", [id])
        return id

    def _context(self, query: Query, turn: Turn | None, options: Options) -> Context:
        recent: Sequence[Turn] = ()
        session = self.memory.turns.open_session()
        if session is not None and (turn is None or turn.session == session.id):
            since = query.time - SESSION_GAP
            recent = [
                t
                for t in self.memory.turns.since(session.id, since)
                if (turn is None or t.id != turn.id) and t.time <= query.time
            ]
        if not options.recall:
            return Context({}, BigFive(), (), query)
        return Context(self.memory.profile(), self.personality, _fitting(recent), query)

    def _search(
        self,
        keywords: str,
        query: str,
        window: Window,
        exclude: frozenset[str],
        shown: frozenset[int],
    ) -> tuple[Hit, ...]:
        open_turns = self._unanswered()
        return self.memory.search(
            keywords, query, window, exclude=exclude, shown_turns=shown | open_turns
        )

    def _unanswered(self) -> frozenset[int]:
        """The message that is being answered must not find itself."""
        rows = self._database.read("SELECT id FROM turns WHERE state = 'open'")
        return frozenset(row["id"] for row in rows)

    def _check_time(self, moment: datetime, replaces: int | None) -> None:
        last = self.memory.turns.last()
        if last is not None and last.id != replaces and moment < last.time:
            raise BadInput(
                f"It cannot be {moment:%Y-%m-%d %H:%M} now: your last message is from "
                f"{last.time:%Y-%m-%d %H:%M}. Set the clock to a later time."
            )

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
        session = self.memory.turns.open_session()
        if session is not None:
            self.memory.turns.end_session(session)
        self._wake()
        if wait:
            self.update()

    def end_if_idle(self) -> None:
        """End the running session if nothing was said for an hour."""
        with self._database.write():
            self._end_if_idle(self.now())

    def _end_if_idle(self, moment: datetime) -> None:
        session = self.memory.turns.open_session()
        if session is not None and moment - session.last > SESSION_GAP:
            self.memory.turns.end_session(session)
            self._wake()

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
        with self._turn_lock, self.memory.updating:
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
        """Remove everything about this person, from disk too."""
        with self._turn_lock:
            self.memory.forget()

    def close(self) -> None:
        """End the session, do what is queued, and let the memory go. Calling it twice is fine."""
        if self.closed:
            return
        self.closed = True
        try:
            self.finish()
        finally:
            self._database.close()

    def _wake(self) -> None:
        if self.on_work is not None:
            self.on_work.set()


def _fitting(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The latest turns that fit the prompt; those before them are found by searching."""
    room = MAX_DIALOGUE_CHARACTERS
    kept: list[Turn] = []
    for turn in reversed(turns):
        room -= len(turn.text) + len(turn.reply or "")
        if room < 0:
            break
        kept.append(turn)
    return tuple(reversed(kept))


def _check_trait(trait: str) -> str:
    if trait not in TRAITS:
        raise BadInput(f"{trait!r} is not a trait. The traits are {', '.join(TRAITS)}.")
    return trait
