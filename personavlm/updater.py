"""The background thread that runs update stages and ends idle sessions, for all open agents.

One thread: updates give way to people who wait, and each person's are done in order. Started by the
first agent. `Agent.update` does the same in the caller's thread.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from personavlm.agent import Agent
from personavlm.errors import PersonaVLMError

log = logging.getLogger(__name__)

TICK = 5.0  # seconds between looks at the clocks
RETRY = 30.0  # seconds before an update that failed is tried again


class Updater:
    """Watches agents; works when one of them has something queued."""

    def __init__(self, agents: Callable[[], list[Agent]]) -> None:
        self._agents = agents
        self._work = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def watch(self, agent: Agent) -> None:
        """See to this agent from now on; starts with what an earlier process left undone."""
        agent.on_work = self._work
        with self._lock:
            if self._thread is None and not self._stop.is_set():
                self._thread = threading.Thread(target=self._run, name="updater", daemon=True)
                self._thread.start()
        self._work.set()

    def stop(self) -> None:
        """Finish the job at hand and stop."""
        self._stop.set()
        self._work.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        # The executor turns whatever a job raises into a value: one bad job ends no thread.
        with ThreadPoolExecutor(1, thread_name_prefix="update") as executor:
            pause = TICK
            while not self._stop.is_set():
                self._work.wait(pause)
                self._work.clear()
                pause = TICK
                for agent in self._agents():
                    if self._stop.is_set():
                        return
                    try:
                        job = executor.submit(_see_to, agent)
                    except RuntimeError:  # the interpreter is shutting down; the queue is on disk
                        return
                    error = job.exception()
                    if error is not None:
                        pause = RETRY
                        known = isinstance(error, PersonaVLMError)
                        log.warning(
                            "An update failed: %s", error, exc_info=None if known else error
                        )


def _see_to(agent: Agent) -> None:
    if agent.closed:
        return
    gone_quiet = agent.end_if_idle()
    agent.update()
    if gone_quiet:
        agent.memory.index.unload()  # megabytes, for somebody who may not come back today
