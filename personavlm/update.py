"""The update stage: what a turn, and a finished session, leave in memory (paper, section 3.3).

Work is queued in the person's database together with what caused it, so a crash loses none of it.
A job asks the model first and then writes all it found in one transaction that also removes the
job: it takes effect exactly once, however often it was begun.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from personavlm.engines.base import Engine, Request
from personavlm.errors import EngineUnavailable
from personavlm.jobs import Job, Jobs, Superseded
from personavlm.memory.memory import Memory
from personavlm.memory.personality_log import PersonalityLog
from personavlm.memory.sightings import Seen, look_for
from personavlm.outcomes import Kind, Outcomes
from personavlm.personality import evolve
from personavlm.protocol import (
    Inputs,
    Parsed,
    Query,
    SemanticDecision,
    SessionInputs,
    Task,
    TopicDraft,
    TurnInputs,
    grammar_for,
    merge_entries,
    parse_entries,
    parse_semantic,
    parse_topics,
    parse_traits,
)
from personavlm.records import MemoryType, Remembered, Turn

log = logging.getLogger(__name__)

MAX_HABITS = 5  # paper, Fig. 19
MAX_SESSION_TURNS = 60  # a prompt's worth; longer sessions are consolidated in stretches


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """A topic and the ids of its turns; or no draft, and the problem that there was."""

    draft: TopicDraft | None
    turns: tuple[int, ...]
    problem: str


class UpdateStage:
    """Does the queued updates of one person, oldest first."""

    def __init__(self, engine: Engine, memory: Memory, personality: PersonalityLog) -> None:
        self._engine = engine
        self._memory = memory
        self._db = memory.database
        self._personality = personality
        self._outcomes = Outcomes(memory)
        self._jobs = Jobs(memory.database)
        self.pending = self._jobs.pending

    def run(self) -> list[Remembered]:
        """Do everything that is queued. Returns what came of it.

        Raises:
            EngineUnavailable: the engine stopped; what is left stays queued.
        """
        done: list[Remembered] = []
        while True:
            with self._memory.updating:
                job = self._jobs.next()
                if job is None:
                    break
                done += self._work(job)
        self._memory.sync()
        return done

    def _work(self, job: Job) -> list[Remembered]:
        """One job, whole or not at all; one whose grounds have changed meanwhile stays queued.

        A job that keeps failing is given up, and says so.
        """
        try:
            return self._turn(job) if job.turn is not None else self._session(job)
        except Superseded:
            return []
        except EngineUnavailable:
            raise
        except Exception:
            self._count_failure(job)
            raise

    def _count_failure(self, job: Job) -> None:
        with self._db.write():
            if self._jobs.count_failure(job):
                note = "the update failed repeatedly and was given up; the message itself is kept"
                kind: Kind = "semantic" if job.turn is not None else "episodic"
                self._record(job, kind, False, note)

    # -- after a turn ---------------------------------------------------------------------------

    def _turn(self, job: Job) -> list[Remembered]:
        assert job.turn is not None
        found = self._memory.turns.get([job.turn])
        if not found:
            raise Superseded
        turn = found[0]
        before = self._before(turn)
        inputs = TurnInputs(
            self._memory.profile(),
            before[-MAX_SESSION_TURNS:],
            Query(turn.text, turn.time, turn.images),
        )
        traits = parse_traits(self._ask(Task.PERSONALITY, inputs))
        decision = parse_semantic(self._ask(Task.SEMANTIC, inputs))
        kept = decision.value
        if kept.keep:
            self._memory.embed([turn.text, kept.content, ", ".join(kept.keywords)])
        over = self._memory.outdated(kept.content, turn.time) if kept.keep else []
        seen = look_for(kept.objects, turn.images, self._memory.see) if kept.keep else Seen()
        with self._db.write():
            if self._before(turn) != before:  # a message was deleted meanwhile: see without it
                return []
            self._jobs.take(job)
            self._write_traits(job, turn, traits)
            fact = self._write_fact(job, turn, decision, over, seen)
        if fact is not None:
            self._memory.index.touch("semantic", [fact])
        return self._outcomes.of_turn(turn.id)

    def _before(self, turn: Turn) -> tuple[Turn, ...]:
        """The turns of its session before this one."""
        return tuple(t for t in self._memory.turns.of_session(turn.session) if t.id < turn.id)

    def _write_traits(self, job: Job, turn: Turn, traits: Parsed[tuple[int | None, ...]]) -> None:
        current, m = self._personality.current(), self._memory.turns.count_before(turn.id)
        vector = evolve(current, traits.value, m, frozen=self._personality.frozen())
        self._personality.append(turn.time, vector, "inferred", turn.id, traits.value)
        note = traits.problem or ""
        self._record(job, "personality", vector != current, note)

    def _write_fact(
        self,
        job: Job,
        turn: Turn,
        decision: Parsed[SemanticDecision],
        over: Sequence[int],
        seen: Seen,
    ) -> int | None:
        value = decision.value
        if not value.keep:
            self._record(job, "semantic", False, decision.problem or value.reason)
            return None
        fact = self._memory.knowledge.add_fact(
            turn.time, value.content, value.keywords, value.reason, turn.id
        )
        self._memory.knowledge.replace_facts(over, fact)
        objects = self._memory.objects.keep(fact, turn, seen.sightings)
        ids = [f"semantic:{fact}", *(f"object:{id}" for id in objects)]
        self._record(job, "semantic", True, "; ".join(seen.notes), ids)
        return fact

    # -- when a session ends --------------------------------------------------------------------

    def _session(self, job: Job) -> list[Remembered]:
        assert job.session is not None
        seen = self._standing(job.session)
        turns, profile, habits = seen
        if not turns:
            with self._db.write():
                self._jobs.take(job)
            return []
        stretches = [
            SessionInputs(profile, tuple(turns[i : i + MAX_SESSION_TURNS]), habits)
            for i in range(0, len(turns), MAX_SESSION_TURNS)
        ]
        # As in the paper's code: episodes first, then habits, then the profile.
        topics = self._topics(stretches)
        new_habits = self._merge(Task.PROCEDURAL, stretches, habits, MAX_HABITS)
        new_profile = self._merge(Task.CORE, stretches, profile, None)
        self._memory.embed([
            *(text for topic in topics if (draft := topic.draft) is not None
              for text in (draft.summary, ", ".join(draft.keywords))),
            *(f"{key}: {new}" for key, new in new_habits.value.items() if habits.get(key) != new),
        ])  # fmt: skip
        with self._db.write():
            # The person may have deleted or edited some of it meanwhile, and must not find it back.
            if self._standing(job.session) != seen:
                return []
            self._jobs.take(job)
            written = self._write_topics(job, job.session, topics)
            last = turns[-1].time
            changed = self._write_entries(job, last, MemoryType.PROCEDURAL, new_habits)
            self._write_entries(job, last, MemoryType.CORE, new_profile)
        self._memory.index.touch("topic", written)
        self._memory.index.touch("entry", changed)
        return self._outcomes.of_session(job.session)

    def _standing(self, session: int) -> tuple[list[Turn], dict[str, str], dict[str, str]]:
        """What the update of a session starts from: its turns, the profile, the habits."""
        habits = self._memory.knowledge.current(MemoryType.PROCEDURAL)
        return self._memory.turns.of_session(session), self._memory.profile(), habits

    def _topics(self, stretches: Sequence[SessionInputs]) -> list[FoundTopic]:
        found = []
        for stretch in stretches:
            parsed = parse_topics(self._ask(Task.EPISODIC, stretch), rounds=len(stretch.dialogue))
            for draft in parsed.value:
                turns = tuple(stretch.dialogue[i].id for i in draft.indices)
                found.append(FoundTopic(draft, turns, ""))
            if not parsed.value:
                problem = parsed.problem or "no topic was found"
                found.append(FoundTopic(None, (), problem))
        return found

    def _merge(
        self,
        task: Literal[Task.PROCEDURAL, Task.CORE],
        stretches: Sequence[SessionInputs],
        current: dict[str, str],
        limit: int | None,
    ) -> Parsed[dict[str, str]]:
        """The entries after a session, each stretch of it seeing what the one before left."""
        problems = []
        for stretch in stretches:
            seen = (
                replace(stretch, habits=current)
                if task is Task.PROCEDURAL
                else replace(stretch, profile=current)
            )
            parsed = parse_entries(self._ask(task, seen))
            current = merge_entries(current, parsed.value, limit=limit)
            problems += [parsed.problem] if parsed.problem else []
        return Parsed(current, "; ".join(problems) or None)

    def _write_topics(self, job: Job, session: int, topics: Iterable[FoundTopic]) -> list[int]:
        written: list[int] = []
        notes: list[str] = []
        for topic in topics:
            if topic.draft is not None and topic.turns:
                draft = topic.draft
                written.append(
                    self._memory.knowledge.add_topic(
                        session, draft.summary, draft.keywords, topic.turns
                    )
                )
            elif topic.problem:
                notes.append(f"{topic.problem}; the messages stay searchable one by one")
        ids = [f"episodic:{id}" for id in written]
        self._record(job, "episodic", bool(written), "; ".join(notes), ids)
        return written

    def _write_entries(
        self,
        job: Job,
        at: datetime,
        kind: Literal[MemoryType.CORE, MemoryType.PROCEDURAL],
        merged: Parsed[dict[str, str]],
    ) -> list[int]:
        """Make the merged entries current. Returns the ids of all that changed."""
        knowledge = self._memory.knowledge
        before = {entry.id for entry in knowledge.entries(kind)}
        new = knowledge.replace_entries(kind, merged.value, at, job.session)
        after = {entry.id for entry in knowledge.entries(kind)}
        note = merged.problem or ("" if new else "nothing new")
        name: Kind = "procedural" if kind is MemoryType.PROCEDURAL else "core"
        self._record(job, name, bool(new), note, [f"{name}:{id}" for id in new])
        return sorted(before ^ after)

    # -- shared ---------------------------------------------------------------------------------

    def _ask(self, task: Task, inputs: Inputs) -> str:
        grammar = grammar_for(task, inputs)
        request = Request(
            task,
            inputs,
            self._engine.prompts.render(task, inputs),
            grammar=grammar,
            max_tokens=grammar.max_tokens if grammar else 1024,
            background=True,
            salt=self._memory.salt,
        )
        return "".join(chunk.text for chunk in self._engine.generate(request))

    def _record(
        self, job: Job, kind: Kind, saved: bool, note: str, memory_ids: Sequence[str] = ()
    ) -> None:
        self._outcomes.record(kind, saved, note, memory_ids, turn=job.turn, session=job.session)

    def remembered(self, turn: int) -> list[Remembered]:
        """What came of a turn; of its session too, if it was that session's last one."""
        return self._outcomes.of_turn(turn)
