"""Memories that the system built itself: histories replayed through the product's own agent.

One folder a memory, named by what was told and by what built it, so every method and ablation of a
model shares it. Each exchange is on disk before the next is told: a process that was killed goes on
after the last one. Where questions come in the middle of a conversation, a later one starts from a
copy of what an earlier one had built.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from eval.benchmarks.replay import ZONE, Told
from personavlm.agent import Agent
from personavlm.memory.database import Database
from personavlm.model import PersonaVLM
from personavlm.records import MemoryType

BUILT = "built"  # a file that is there once a memory is whole
PERSON = "person"


@dataclass(frozen=True, slots=True)
class Memories:
    """The memories that one model built. folder: theirs alone; made on first use."""

    model: PersonaVLM
    folder: Path

    @classmethod
    def of(cls, model: PersonaVLM, settings: Mapping[str, object], folder: Path) -> Memories:
        """Those of a model with these settings, in a folder that holds others' too."""
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
        return cls(model, folder / digest.hexdigest()[:16])

    @contextmanager
    def kept(self) -> Iterator[Callable[[Told], Agent]]:
        """`opened`, one memory at a time: each stays open until another one is asked for."""
        with ExitStack() as open:
            last: tuple[object, Agent] | None = None

            def agent(told: Told) -> Agent:
                nonlocal last
                content = (told.profile, told.said, told.running)
                if last is None or last[0] != content:
                    last = None
                    open.close()
                    last = (content, open.enter_context(self.opened(told)))
                return last[1]

            yield agent

    @contextmanager
    def opened(self, told: Told) -> Iterator[Agent]:
        """An agent that was told this and no more; built first where it is not there yet.

        Raises:
            BadInput: something that was told cannot be taken in. EngineUnavailable: the engine
            stopped; what is built so far stays.
        """
        *earlier, key = told.keys()
        place = self.folder / key
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(place.with_suffix(".lock")):
            if not (place / BUILT).exists():
                self._start(place, earlier)
            with closing(Database(place, PERSON, ZONE)) as database:
                agent = self._agent(database)
                if not (place / BUILT).exists():
                    # What is committed outlives this process, which is what is promised here.
                    # Outliving a power cut too would cost a wait for the disk each time.
                    database.read("PRAGMA synchronous = NORMAL")
                    _replay(agent, told)
                    database.scrub()  # on the disk itself, before it is called whole
                    (place / BUILT).touch()
                yield agent

    def built(self, told: Told) -> bool:
        """Whether that memory is there."""
        *_, last = told.keys()
        return (self.folder / last / BUILT).exists()

    def _start(self, place: Path, earlier: list[str]) -> None:
        """Begin with a copy of the longest beginning that was built, if any was."""
        begun = next((k for k in reversed(earlier) if (self.folder / k / BUILT).exists()), None)
        if begun is None or place.exists():
            return
        draft = place.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        with FileLock((self.folder / begun).with_suffix(".lock")):
            shutil.copytree(self.folder / begun, draft, ignore=shutil.ignore_patterns(BUILT))
        draft.replace(place)

    def _agent(self, database: Database) -> Agent:
        """Without the background thread of `PersonaVLM.agent`: what is old stays as it was left."""
        model = self.model
        return Agent(database, model.engine, model.encoder, see=lambda: model.vision)


def _replay(agent: Agent, told: Told) -> None:
    """Tell what is not told yet, each exchange taken in before the next."""
    begun = agent.turns()
    if begun and begun[-1].state != "done":  # killed before its reply was on disk
        agent.undo_turn()
        begun = agent.turns()
    if not begun and told.profile and not agent.memory.profile():
        at = told.said[0].time if told.said else told.asked
        agent.memory.knowledge.replace_entries(MemoryType.CORE, dict(told.profile), at, None)
    agent.update()
    for said in told.said[len(begun) :]:
        images = [str(path) for path in said.images]
        agent.observe(said.text, said.reply, images, time=said.time)
        agent.update()
    if not told.running:
        agent.finish()
