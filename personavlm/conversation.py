"""A person's running conversation: the response stage made durable.

A message is on disk before any model runs, and its reply before that is reported done. Whatever
ends a reply (its last word, a stop, a failing engine, a dead process), what was said stays.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from personavlm.clock import Clock, elapsed
from personavlm.engines.base import Engine
from personavlm.errors import BadInput, MemoryUnavailable
from personavlm.memory.database import Database, storable
from personavlm.memory.hits import Limits
from personavlm.memory.memory import Memory
from personavlm.memory.personality_log import PersonalityLog
from personavlm.memory.pictures import unsaved_picture
from personavlm.memory.retrieve import Findings
from personavlm.memory.turns import TurnState
from personavlm.message import Message
from personavlm.personality import BigFive
from personavlm.protocol import Query
from personavlm.records import (
    AnswerDelta,
    Event,
    Hit,
    MemoryType,
    Reply,
    Retrieval,
    Thought,
    TraceStep,
    Turn,
    Window,
)
from personavlm.respond import Context, Options, respond

SESSION_GAP = timedelta(minutes=60)  # t_s of the paper (section 3.2)
NOW = timedelta(0)
CROSSING = timedelta(minutes=1)
PATIENCE = 60  # seconds that a message waits for the one before it
MAX_DIALOGUE_CHARACTERS = 16_000  # of the recent turns in the prompt; older ones are searched


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


class Conversation:
    """Opens, answers and closes the turns of one person, and knows which session they are in."""

    def __init__(
        self,
        database: Database,
        engine: Engine,
        memory: Memory,
        personality: PersonalityLog,
        clock: Clock,
    ) -> None:
        self._db = database
        self._engine = engine
        self._memory = memory
        self._personality = personality
        self._clock = clock
        self._last_seen: datetime | None = None  # when the last message came in, by the clock
        self.lock = TurnLock()

    def answer(
        self,
        message: Message,
        moment: datetime,
        options: Options,
        replaces: int | None,
    ) -> Generator[Event, None, None]:
        """Answer a message that is on disk before any model runs, and store what came of it."""
        with self.lock:
            id = self._open_turn(message, moment, replaces)
            turn = self._memory.turn(id)
            query = Query(turn.text, turn.time, turn.images)
            told: list[Event] = []
            state = "stopped"
            try:
                standing = self._context(query, turn, options)
                for event in self._respond(standing, options):
                    if isinstance(event, Reply):
                        event = replace(event, turn=id)
                        self._memory.turns.finish(
                            *(id, event.text, "done"),
                            *(event.trace, event.usage, event.answered_by),
                        )
                        self._memory.index.touch("turn", [id])
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

    def _keep_unfinished(self, turn: int, told: Sequence[Event], failed: bool) -> None:
        """Store what there is of a reply that was stopped or broke off."""
        partial = "".join(event.text for event in told if isinstance(event, AnswerDelta))
        trace: list[TraceStep] = [e for e in told if isinstance(e, (Thought, Retrieval))]
        state: TurnState = "failed" if failed else "stopped"
        self._memory.turns.finish(
            turn, partial or None, state, trace, answered_by=self._engine.label
        )
        self._memory.index.touch("turn", [turn])

    def answer_unsaved(
        self,
        message: Message,
        moment: datetime,
        options: Options,
        context: Sequence[Turn],
    ) -> Iterator[Event]:
        """Answer without storing anything."""
        # Making a folder takes longer than all else here: most messages have no picture.
        with TemporaryDirectory() if message.pictures else nullcontext("") as folder:
            images = tuple(unsaved_picture(Path(folder), p) for p in message.pictures)
            query = Query(message.text, moment, images)
            standing = self._context(query, None, options)
            if context:
                standing = replace(standing, dialogue=_fitting(context))
            yield from self._respond(standing, options)

    def _respond(self, standing: Context, options: Options) -> Iterator[Event]:
        """`respond` from this memory, less the kinds that it is not to be shown."""
        search = partial(self._search, options.without)
        recognise = partial(self._recognise, options.without)
        return respond(self._engine, search, recognise, standing, options)

    def _open_turn(
        self,
        message: Message,
        moment: datetime,
        replaces: int | None,
    ) -> int:
        """Put the message on disk, in the running session or a new one."""
        turns = self._memory.turns
        self._last_seen = self._clock.now()
        with self._db.write():
            # A turn may have been left open, its reply impossible to store on a full disk.
            self._memory.index.touch("turn", turns.close_unanswered())
            moment = self._in_order(moment, replaces)
            if replaces is not None:
                last = turns.last()
                if last is None or last.id != replaces:
                    raise BadInput("Only the last message can be asked again or edited.")
                self._memory.eraser.strip_turn(replaces)
                turns.rewrite(replaces, moment, message.text, message.pictures)
                return replaces
            session = turns.open_session()
            if session is not None and elapsed(session.last, moment) > SESSION_GAP:
                turns.end_session(session)
                session = None
            number = session.id if session else turns.start_session(moment)
            return turns.add(number, moment, message.text, message.pictures)

    def _in_order(self, moment: datetime, replaces: int | None) -> datetime:
        """Of two messages sent at once, the one that is taken second is the later one."""
        last = self._memory.turns.last_time(but=replaces)
        return last if last is not None and elapsed(last, moment) < NOW else moment

    def _context(self, query: Query, turn: Turn | None, options: Options) -> Context:
        recent: Sequence[Turn] = ()
        session = self._memory.turns.open_session()
        if session is not None and (turn is None or turn.session == session.id):
            since = query.time.astimezone(UTC) - SESSION_GAP
            recent = [
                t
                for t in self._memory.turns.since(session.id, since)
                if (turn is None or t.id != turn.id) and elapsed(t.time, query.time) >= NOW
            ]
        if not options.recall:
            return Context({}, BigFive(), (), query, self._memory.salt)
        return Context(
            {} if MemoryType.CORE in options.without else self._memory.profile(),
            self._personality.current() if options.personality else BigFive(),
            _fitting(recent),
            query,
            self._memory.salt,
        )

    def _search(
        self,
        without: frozenset[MemoryType],
        keywords: str,
        query: Query,
        window: Window,
        exclude: frozenset[str],
        shown: frozenset[int],
    ) -> Findings:
        shown |= self._unanswered()
        return self._memory.find(
            *(keywords, query.text, window),
            pictures=() if MemoryType.SEMANTIC in without else query.images,
            now=query.time,
            exclude=exclude,
            shown_turns=shown,
            limits=Limits().less(without),
        )

    def _recognise(self, without: frozenset[MemoryType], query: Query) -> tuple[Hit, ...]:
        """The objects that the pictures of a message show: semantic memory has them."""
        if MemoryType.SEMANTIC in without:
            return ()
        return self._memory.recognise(query.images, Window())

    def _unanswered(self) -> frozenset[int]:
        """The message that is being answered must not find itself."""
        rows = self._db.read("SELECT id FROM turns WHERE state = 'open'")
        return frozenset(row["id"] for row in rows)

    def check_time(self, moment: datetime, replaces: int | None) -> None:
        """Refuse a message from before the last one.

        Raises:
            BadInput: it is older by more than messages sent at once may cross.
        """
        last = self._memory.turns.last_time(but=replaces)
        if last is not None and elapsed(moment, last) > CROSSING:
            raise BadInput(
                f"It cannot be {moment:%Y-%m-%d %H:%M} now: your last message is from "
                f"{last:%Y-%m-%d %H:%M}. Set the clock to a later time."
            )

    def observe(self, message: Message, moment: datetime, reply: str) -> int:
        """Store an exchange that took place elsewhere, in one transaction."""
        with self.lock:
            with self._db.write():
                turn = self._open_turn(message, moment, None)
                self._memory.turns.finish(turn, storable(reply), "done")
            self._memory.index.touch("turn", [turn])
        return turn

    def idle(self) -> bool:
        """Whether a session is running in which nothing was said for an hour, by the clock.

        A history that is being replayed bears other times than the clock: what counts for it is
        when its last message came in.
        """
        session = self._memory.turns.open_session()
        if session is None:
            return False
        return elapsed(self._last_seen or session.last, self._clock.now()) > SESSION_GAP


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
