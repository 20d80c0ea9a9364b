"""What one browser tab holds between events, and what a panel hands to the page.

A tab has no memory of its own: everything that lasts is in the agent. Agents are looked up anew for
each event and closed when nobody used them for a while (`Lobby.sweep`). Gradio would drop a tab's
state by itself, but without telling us when it is short of room, so closing does not hang on that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradio.components import Component, State

from personavlm.errors import MemoryCorrupt, MemoryUnavailable
from personavlm.records import Reply, Turn
from personavlm.respond import Options

if TYPE_CHECKING:
    from personavlm.agent import Agent
    from personavlm.model import PersonaVLM


FEWEST_REPLIES = 8


class Lobby:
    """The agents that are open now: one for each person, shared by that person's tabs.

    replies: how many are written at once; more wait in the page's queue. As many as the engine has
    lanes; at least a few, so that with a single lane one person's search runs while another's words
    are written, and nobody sees an empty chat.
    """

    def __init__(self, model: PersonaVLM) -> None:
        self.model = model
        self.replies = max(FEWEST_REPLIES, model.engine.concurrency)
        self._used: dict[str, float] = {}
        self._lock = threading.Lock()

    def agent(self, user_id: str, zone: str | None = None) -> Agent:
        """Open or find a person's agent; raises PersonaVLMError if memory cannot be opened."""
        with self._lock:
            self._used[user_id] = time.monotonic()
        return self.model.agent(user_id, zone=zone)

    def sweep(self, idle_seconds: float) -> int:
        """Close the agents that were idle for so long; one that still works is left alone."""
        before = time.monotonic() - idle_seconds
        with self._lock:
            idle = [user_id for user_id, used in self._used.items() if used < before]
        closed = 0
        for user_id in idle:
            agent = self.model.agent(user_id)
            if not agent.updating():
                with self._lock:
                    self._used.pop(user_id, None)
                agent.close()
                closed += 1
        return closed


@dataclass(frozen=True)
class Unsaved:
    """An exchange of a chat with memory off: it is here and nowhere else."""

    turn: Turn
    reply: Reply
    files: tuple[str, ...] = ()  # its uploaded pictures, for a retry


STRIDE = 10  # turns


@dataclass(eq=False)
class Session:
    """One browser tab. Mutable, because it lives in a gr.State and events share it."""

    lobby: Lobby
    user_id: str = ""  # empty until the browser has told who it is
    zone: str | None = None
    options: Options = field(default_factory=Options)
    unsaved: list[Unsaved] = field(default_factory=list)
    shown_turns: int = 30  # at least, of a chat that has as many
    editing: int | None = None  # the turn that the text in the box will replace
    problem: str = ""  # why the reply to `problem_turn` failed
    problem_turn: int | None = None
    damage: str = ""  # what happened to this person's memory file
    busy: bool = False  # a reply is being written into this tab
    stop: threading.Event = field(default_factory=threading.Event)

    def first_shown(self, turns: int) -> int:
        """Where the chat begins, of so many turns. It moves on by several at once: folds that are
        open stay with their place on the page, so a start that moved each turn would close one and
        open another."""
        return max(0, turns - self.shown_turns) // STRIDE * STRIDE

    @property
    def model(self) -> PersonaVLM:
        return self.lobby.model

    @property
    def agent(self) -> Agent:
        """This person's agent, opened if need be; raises PersonaVLMError. Cheap: do not keep it."""
        if not self.user_id:
            raise MemoryUnavailable("This page is still starting. Try again in a moment.")
        try:
            return self.lobby.agent(self.user_id, self.zone)
        except MemoryCorrupt as error:  # raised once: the next try opens an empty memory
            self.damage = str(error)
            raise

    def forget_unsaved(self) -> None:
        """Drop the chat that was held with memory off, and its pictures."""
        for item in self.unsaved:
            for file in item.files:
                Path(file).unlink(missing_ok=True)
        self.unsaved.clear()

    def __deepcopy__(self, memo: dict[int, Any]) -> Session:
        """gr.State copies what its factory made; a tab and its model must not be copied."""
        return self


@dataclass(frozen=True)
class Panel:
    """A part of the page that shows memory.

    `refresh(session)` returns one value or update for each of `outputs`, in their order, and never
    raises PersonaVLMError (it shows it). `changed` counts what the panel itself changed in memory
    (a deletion, an import, forgetting): its `.change` makes the page draw the chat again and
    refresh the other panel.
    """

    refresh: Callable[[Session], tuple[Any, ...]]
    outputs: list[Component]
    changed: State | None = None
