"""PersonaVLM: the model that all people share, and the door to each person's agent."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from personavlm.agent import Agent
from personavlm.engines.base import Engine
from personavlm.engines.choose import choose_engine
from personavlm.errors import PersonaVLMError
from personavlm.memory.database import Database, person_folder
from personavlm.memory.encode import CachedEncoder, MiniLM, TextEncoder
from personavlm.updater import Updater

log = logging.getLogger(__name__)

DEFAULT_DATA_DIR = Path("data")


class PersonaVLM:
    """Owns the engine and the encoder; opens agents. Safe to use from several threads."""

    def __init__(
        self, engine: Engine, engine_note: str, encoder: TextEncoder, data_dir: Path
    ) -> None:
        self.engine = engine
        self.engine_note = engine_note
        self.encoder = encoder
        self.data_dir = data_dir
        self._agents: dict[Path, Agent] = {}
        self._lock = threading.Lock()
        self._updater = Updater(self._open_agents)
        self._loaded = threading.Event()
        self._phase = "Loading…"  # what the loader is at
        self._load_error: PersonaVLMError | None = None
        self._loader: threading.Thread | None = None

    @classmethod
    def from_pretrained(
        cls,
        repo: str | None = None,
        *,
        engine: str = "auto",
        data_dir: str | Path | None = None,
    ) -> PersonaVLM:
        """The model, ready to open agents; what is slow loads on first use.

        engine: "auto" or "preview" (the embedded engine, which needs no weights). data_dir: where
        memories live, `./data` by default.

        Raises:
            EngineUnavailable: the engine asked for cannot run here.
        """
        encoder = CachedEncoder(MiniLM())
        chosen, note = choose_engine(engine, repo, encoder)
        return cls(chosen, note, encoder, Path(data_dir) if data_dir else DEFAULT_DATA_DIR)

    def agent(
        self, user_id: str, *, profile: Mapping[str, str] | None = None, zone: str | None = None
    ) -> Agent:
        """Open, or create, one person's agent; the same object while it is open.

        user_id: any text. profile: core memory to start a new person with. zone: their time zone
        (IANA name) if they are new; this machine's otherwise.

        Raises:
            BadInput: an empty id, an unknown zone. MemoryUnavailable, MemoryCorrupt.
        """
        folder = person_folder(self.data_dir, user_id)
        with self._lock:
            agent = self._agents.get(folder)
            if agent is None or agent.closed:
                database = Database(folder, user_id, zone)
                try:
                    agent = Agent(database, self.engine, self.encoder, profile)
                except BaseException:
                    database.close()
                    raise
                self._agents[folder] = agent
        self._updater.watch(agent)
        return agent

    def start_loading(self) -> None:
        """Load what is slow in the background; `loading` tells how far it is."""
        with self._lock:
            if self._loader is None:
                self._loader = threading.Thread(target=self._load, name="loader", daemon=True)
                self._loader.start()

    def loading(self) -> str | None:
        """None when everything is loaded, else what is being waited for.

        Raises:
            PersonaVLMError: it could not be loaded.
        """
        if self._load_error is not None:
            raise self._load_error
        if self._loaded.is_set() or self._loader is None:
            return None
        return self._phase

    def _load(self) -> None:
        try:
            self._phase = "Loading the text encoder (all-MiniLM-L6-v2)…"
            self.encoder.encode(["ready"])
            self._phase = f"Preparing the {self.engine.name} engine…"
            self.engine.load(self._report)
        except PersonaVLMError as error:
            self._load_error = error
            log.error("Loading failed: %s", error)
        else:
            self._loaded.set()

    def _report(self, line: str) -> None:
        self._phase = line

    def _open_agents(self) -> list[Agent]:
        with self._lock:
            self._agents = {key: a for key, a in self._agents.items() if not a.closed}
            return list(self._agents.values())

    def close(self) -> None:
        """End all sessions, finish their updates, free everything. Calling it twice is fine."""
        self._updater.stop()
        with ExitStack() as stack:  # one that fails keeps no other from being closed
            stack.callback(self.engine.close)
            for agent in self._open_agents():
                stack.callback(agent.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
