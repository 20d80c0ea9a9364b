"""The sample month: a life to try the app with, replayed into an empty memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from personavlm.errors import BadInput
from personavlm.ui.session import Session
from personavlm.ui.text import day


@dataclass(frozen=True)
class Progress:
    """How far the replay is: `done` of `total` messages, and where in time."""

    done: int
    total: int
    text: str


def load_sample(session: Session) -> Iterator[Progress]:
    """Replay the sample month, until the end or a stop; it then is the next morning.

    Raises BadInput where there is a memory already.
    """
    agent = session.agent
    if any(agent.memory.counts()[kind] for kind in ("turns", "core", "semantic", "episodic")):
        raise BadInput(
            "There is a memory here already, and the sample month would mix with it. "
            "Export it if you want to keep it, forget everything, then load the sample month."
        )
    folder = Path(str(files("personavlm") / "samples"))
    month = json.loads((folder / "month.json").read_text(encoding="utf-8"))
    sessions = month["sessions"]  # the profile is left out: it is learned from them
    total, done = sum(map(len, sessions)), 0
    last = agent.now()
    yield Progress(0, total, "it begins")  # the first message may have to wait for models to load
    for exchanges in sessions:
        for exchange in exchanges:
            last = _replay(session, exchange, folder)
            agent.update()  # now, so that the progress shown is that of the work
            done += 1
            yield Progress(done, total, day(last))
        agent.finish()
        if session.stop.is_set():
            break
    agent.set_clock(_next_morning(last))


def _replay(session: Session, exchange: dict[str, Any], folder: Path) -> datetime:
    agent = session.agent
    time = datetime.fromisoformat(exchange["time"])
    if time.tzinfo is None:
        time = time.replace(tzinfo=agent.zone)
    pictures = [folder / "images" / name for name in exchange.get("images", ())]
    agent.observe(exchange["user"], exchange["assistant"], pictures, time=time)
    return time


def _next_morning(time: datetime) -> datetime:
    return (time + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
