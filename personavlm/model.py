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
from personavlm.engines.base import Engine, Report, silent
from personavlm.engines.choose import PREVIEW, Wanted, choose_engine, split_urls
from personavlm.errors import EngineUnavailable, PersonaVLMError
from personavlm.hub.home import cache_folder
from personavlm.hub.weights import PROMPTS, Weights
from personavlm.memory.database import Database, person_folder
from personavlm.memory.encode import CachedEncoder, MiniLM, TextEncoder
from personavlm.memory.rerank import CrossEncoder, Reranker
from personavlm.memory.sight import See, Sight
from personavlm.prompts import PromptPack
from personavlm.prompts.choose import choose_pack
from personavlm.updater import Updater
from personavlm.vision.base import Vision

log = logging.getLogger(__name__)

DEFAULT_DATA_DIR = Path("data")


class PersonaVLM:
    """Owns the engine and the encoder; opens agents. Safe to use from several threads."""

    def __init__(
        self,
        engine: Engine,
        why: str,
        encoder: TextEncoder,
        data_dir: Path,
        prompts: str = "own",
        see: See | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        """see: chooses what sees objects in pictures; otherwise the best that is to be had."""
        self.engine = engine
        self.encoder = encoder
        self._reranker = reranker
        self.data_dir = data_dir
        self._why = why
        self._prompts = prompts
        self._agents: dict[Path, Agent] = {}
        self._lock = threading.Lock()
        self._see = Sight(see or self._choose_vision)
        self._updater = Updater(self._open_agents)
        self._engine_loaded, self._loaded = threading.Event(), threading.Event()
        self._phase = "Loading…"  # what the loader is at
        self._load_error: PersonaVLMError | None = None
        self._loader: threading.Thread | None = None

    @classmethod
    def from_pretrained(
        cls,
        repo: str | None = None,
        *,
        revision: str | None = None,
        engine: str = "auto",
        data_dir: str | Path | None = None,
        prompts: str = "auto",
        engine_url: str | None = None,
        engine_key: str | None = None,
        sglang_python: str | None = None,
        reranker: str | None = None,
        report: Report = silent,
    ) -> PersonaVLM:
        """The model, ready to open agents: its weights found, downloaded, verified and loaded.

        repo: a Hub repository or a folder; the published weights where the engine needs some and
        none are named; with engine "openai", a model's name. revision: a branch, tag or commit.
        engine: "auto", "sglang", "transformers", "openai" (any model behind OpenAI's chat protocol)
        or "preview" (the embedded engine, which needs no weights and loads on first use). data_dir:
        where memories live, `./data` by default. prompts: "auto" (those that weights bring as
        prompts.json; for the published ones as they were trained, where that can be recovered),
        "own", or a prompt pack's file. engine_url: running SGLang servers, with commas between
        them, or the address that the openai engine asks; engine_key: their API key. sglang_python:
        the Python that has SGLang. reranker: a cross-encoder that rereads what a search finds.
        report: takes a line on how far loading is.

        Raises:
            EngineUnavailable: the engine asked for cannot run here. WeightsError: the weights
            cannot be had, or are damaged. BadInput: the prompt pack cannot be used.
        """
        wanted = Wanted(engine, repo, revision, split_urls(engine_url), engine_key, sglang_python)
        model = cls.prepare(wanted, data_dir, prompts, reranker)
        if model.engine.name != PREVIEW:
            try:
                model.load(report)
            except BaseException:
                model.close()
                raise
        return model

    @classmethod
    def prepare(
        cls,
        wanted: Wanted,
        data_dir: str | Path | None = None,
        prompts: str = "auto",
        reranker: str | None = None,
    ) -> PersonaVLM:
        """The model with an engine chosen but nothing loaded yet: see `load`, `start_loading`.

        Raises:
            EngineUnavailable: the engine asked for cannot run here.
        """
        encoder = CachedEncoder(MiniLM())
        engine, why = choose_engine(wanted, encoder)
        rereads = CrossEncoder(reranker) if reranker else None
        folder = Path(data_dir) if data_dir else DEFAULT_DATA_DIR
        return cls(engine, why, encoder, folder, prompts, reranker=rereads)

    @property
    def engine_note(self) -> str:
        """What runs and why, in one line."""
        prompts = "" if self.engine.name == PREVIEW else f" {self.engine.prompts.line}."
        return f"Running {self.engine.description} ({self._why}).{prompts}"

    @property
    def vision(self) -> Vision:
        """What sees objects in pictures, for all people. The first call chooses it.

        Raises:
            PersonaVLMError: the model is still being loaded, or cannot be.
        """
        return self._see()

    def _choose_vision(self) -> Vision:
        """Not before the model is loaded, as its own eyes may serve."""
        from personavlm.vision.choose import choose_vision

        if self.loading() is not None and not self._engine_loaded.is_set():
            raise EngineUnavailable("Pictures can be looked at once the model is loaded.")
        return choose_vision(self.engine, fetch=self._from_hub, report=self._report)

    @property
    def _from_hub(self) -> bool:
        """Who fetched the weights from the Hub gets the models for pictures from there too."""
        return self.engine.weights is not None and self.engine.weights.commit is not None

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
                    agent = Agent(
                        *(database, self.engine, self.encoder, profile, self._see, self._reranker)
                    )
                except BaseException:
                    database.close()
                    raise
                self._agents[folder] = agent
        self._updater.watch(agent)
        return agent

    def start_loading(self) -> None:
        """Load what is slow in the background; `loading` tells how far it is."""
        with self._lock:
            if self._loader is None and not self._loaded.is_set():
                self._loader = threading.Thread(
                    target=self._load_behind, name="loader", daemon=True
                )
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

    def load(self, report: Report = silent) -> None:
        """Load everything that a first message would have to wait for.

        Raises:
            EngineUnavailable, WeightsError, BadInput: as for `from_pretrained`.
        """
        report("Loading the text encoder (all-MiniLM-L6-v2)…")
        self.encoder.encode(["ready"])
        if self._reranker is not None:
            report(f"Loading the reranker ({self._reranker.name})…")
            self._reranker.scores("ready", ["ready"])
        report(f"Preparing the {self.engine.name} engine…")
        self.engine.load(report)
        if self.engine.name != PREVIEW:
            self.engine.prompts = self._choose_prompts(self.engine.weights, report)
        self._engine_loaded.set()
        if self._from_hub:
            report("Fetching what sees things in pictures…")
            self._see()  # now: nobody who sends a picture should have to wait for a download
        self._loaded.set()

    def _choose_prompts(self, weights: Weights | None, report: Report) -> PromptPack:
        """`auto`: those that the weights bring; the published ones are asked as trained, others in
        our own words."""
        setting = self._prompts
        brought = weights.path / PROMPTS if weights else None
        if setting == "auto" and brought and brought.is_file():
            setting = str(brought)
        elif setting == "auto" and not (weights and weights.published):
            setting = "own"
        pack, note = choose_pack(setting, cache_folder("prompts"), report)
        log.info("%s", note)
        return pack

    def _load_behind(self) -> None:
        try:
            self.load(self._report)
        except PersonaVLMError as error:
            self._load_error = error
            log.error("Loading failed: %s", error)
        except Exception as error:
            # Nobody waits for this thread, but the page waits for what it loads.
            reason = f"Loading failed ({type(error).__name__}). The log says more; start again."
            self._load_error = EngineUnavailable(reason)
            log.exception("Loading failed")

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
