"""The memories that trajectories search: lives told to the product's own agent.

In the model's place a recording of the life's targets answers the update stage, so what memory
keeps, replaces and finds is the product's doing. A memory is built once; each process works on
copies, because an open one belongs to one process.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock

from personavlm.agent import Agent
from personavlm.engines.base import Chunk, Engine, Request
from personavlm.memory.database import Database
from personavlm.memory.encode import TextEncoder
from personavlm.memory.memory import Memory
from personavlm.memory.personality_log import PersonalityLog
from personavlm.personality import BigFive
from personavlm.protocol import (
    SemanticDecision,
    Task,
    TopicDraft,
    image_objects,
    write_entries,
    write_semantic,
    write_topics,
    write_traits,
)
from personavlm.records import MemoryType, Usage
from personavlm.training.rollout.lives import Said, Session, Told, read_life

ZONE = "UTC"
BUILT = "built"  # a file that is there once a memory is whole
_PERSON = "person"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose memory can be searched."""

    memory: Memory
    personality: BigFive


@dataclass(frozen=True, slots=True)
class People:
    """root: the folder of the RL file. memories: a folder for what is built from its lives."""

    root: Path
    memories: Path
    encoder: TextEncoder

    @contextmanager
    def opened(self, user: str) -> Iterator[Person]:
        """A person with all that they told.

        Raises:
            BadInput: their life is missing or malformed.
        """
        told = read_life(self.root, user)
        place = self.memories / self.encoder.name.replace("/", "--") / told.key
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(place.with_suffix(".lock")):
            if not (place / BUILT).exists():
                _build(told, place, self.encoder)
        with TemporaryDirectory() as folder:
            copied = shutil.copytree(place, Path(folder) / _PERSON)
            with closing(Database(copied, _PERSON, ZONE)) as database:
                memory = Memory(database, self.encoder)
                yield Person(memory, PersonalityLog(database).current())


def _build(told: Told, place: Path, encoder: TextEncoder) -> None:
    draft = place.with_suffix(".draft")
    for old in (place, draft):
        shutil.rmtree(old, ignore_errors=True)
    with closing(Database(draft, _PERSON, ZONE)) as database:
        # Whatever ends this process before it is whole, it is built anew: no need to wait for the
        # disk.
        database.read("PRAGMA synchronous = OFF")
        recording = _Recording()
        agent = Agent(database, recording, encoder)
        first = told.sessions[0][0].time
        profile = told.life.init_profile
        agent.memory.knowledge.replace_entries(MemoryType.CORE, profile, first, None)
        parts = zip(told.sessions, told.life.sessions, told.life.profiles(), strict=True)
        for turns, session, after in parts:
            for said in turns:
                recording.play(_of_turn(said))
                agent.observe(said.text, said.reply, list(map(str, said.pictures)), time=said.time)
                agent.update()
            recording.play(_of_session(session, after))
            agent.finish()
        database.scrub()
    (draft / "lock").unlink(missing_ok=True)
    (draft / BUILT).touch()
    draft.replace(place)


class _Recording(Engine):
    """Says what was recorded for each task."""

    name = "recording"

    def __init__(self) -> None:
        self._texts: dict[Task, str] = {}

    def play(self, texts: dict[Task, str]) -> None:
        self._texts = texts

    def generate(self, request: Request) -> Iterator[Chunk]:
        yield Chunk(self._texts[request.task], Usage())


def _of_turn(said: Said) -> dict[Task, str]:
    noted = said.noted
    keywords = tuple(word for word in noted.keywords.split(", ") if word)
    objects = image_objects(noted.content)
    decision = SemanticDecision("", noted.decision, noted.content, keywords, objects)
    return {Task.PERSONALITY: write_traits(said.shown), Task.SEMANTIC: write_semantic(decision)}


def _of_session(session: Session, profile: dict[str, str]) -> dict[Task, str]:
    topics = (
        TopicDraft(
            one.topic_summary, tuple(one.keywords.split(", ")), tuple(one.source_dialog_indices)
        )
        for one in session.EpisodicMemory
    )
    return {
        Task.EPISODIC: write_topics(topics),
        Task.PROCEDURAL: write_entries(session.ProceduralMemory),
        Task.CORE: write_entries(profile),
    }
