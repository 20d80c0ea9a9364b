"""A process that lives with its memory until it is killed, and one that starts such processes.

    python tests/crashing.py DATA_DIR LOG_DIR

For each line "NUMBER" on stdin it forks a child that talks, undoes, edits, deletes and ends
sessions, while the background thread updates memory; it answers with the child's pid, and with its
exit status once it is dead. What a child is about to do, and what it was told is done, is in
LOG_DIR/NUMBER, one line each, written as it happens. Forking spares each child the imports.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
import traceback
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import faiss  # noqa: F401 (before the fork, so that no child has to load it)
from PIL import Image as Pillow
from scripted import HashEncoder, ScriptedEngine

import personavlm.updater
from personavlm.agent import Agent
from personavlm.engines.base import Chunk, Request
from personavlm.model import PersonaVLM
from personavlm.records import Reply


class SlowEngine(ScriptedEngine):
    """Takes its time, so that a kill may come at any point."""

    def generate(self, request: Request) -> Iterator[Chunk]:
        for chunk in super().generate(request):
            time.sleep(0.0004)
            yield chunk


def live(data_dir: Path, log: int, seed: int) -> None:
    chance = random.Random(seed)

    def note(*what: object) -> None:
        os.write(log, (json.dumps(what) + "\n").encode())

    personavlm.updater.TICK = 0.01
    model = PersonaVLM(SlowEngine(), "scripted", HashEncoder(), data_dir)
    agent = model.agent("maya", zone="Europe/Lisbon")
    last = agent.memory.turns.last()
    agent.set_clock(last.time + timedelta(minutes=1) if last else None)
    note("ready", [turn.id for turn in agent.turns()])
    number = 0
    while True:
        number += 1
        text = f"message {number} of life {seed}"
        last = agent.memory.turns.last()
        match chance.choices(range(6), (60, 6, 7, 7, 7, 7))[0]:
            case 0:
                say(agent, note, text, chance)
            case 1:
                note("ending")
                agent.end_session()
            case 2:
                agent.set_clock(agent.now() + timedelta(minutes=61))  # the timer ends the session
            case 3 if last is not None:
                note("undo", last.id)
                gone = agent.undo_turn()
                note("undone", gone and gone.id)
            case 4 if last is not None:
                note("replace", last.id, text)
                say(agent, note, text, chance, replaces=last.id)
            case 5 if last is not None:
                id = chance.randint(max(1, last.id - 20), last.id)
                note("delete", id)
                agent.memory.delete([f"turn:{id}"])
                note("deleted", id)
                if chance.random() < 0.3:
                    note("undelete", id)
                    agent.memory.undo_delete()
        time.sleep(chance.random() * 0.004)


def say(agent: Agent, note, text: str, chance: random.Random, replaces: int | None = None) -> None:  # type: ignore[no-untyped-def]
    colour = tuple(chance.randrange(256) for _ in range(3))
    picture = Pillow.new("RGB", (16, 16), colour) if chance.random() < 0.3 else None
    for event in agent.respond(text, picture, replaces=replaces):
        if isinstance(event, Reply):
            note("reply", event.turn, text, event.text)


def tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def main() -> None:
    data_dir, logs = Path(sys.argv[1]), Path(sys.argv[2])
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            log = os.open(logs / line.strip(), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            try:
                live(data_dir, log, int(line))
            finally:
                os.write(log, (json.dumps(["failed", traceback.format_exc()]) + "\n").encode())
                os._exit(1)
        tell(child)
        tell(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main()
