"""A model under test whose words a test sets, and a person whose history it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eval.made import persona_mme_row, write_history, write_persona_mme
from scripted import HashEncoder, ScriptedEngine

from eval.benchmarks.persona_mme import read
from eval.case import Case
from eval.methods.memories import Memories
from eval.methods.subject import Subject
from personavlm.engines.choose import Wanted
from personavlm.model import PersonaVLM

SESSIONS: list[list[dict[str, str]]] = [
    [
        {"time": "2024-07-01 09:00 (Monday)", "user": "My cat is Moss. <img>", "assistant": "Aww."},
        {"time": "2024-07-01 09:02 (Monday)", "user": "I row on Fridays.", "assistant": "Nice."},
    ],
    [],
    [{"time": "2024-07-03 20:00 (Wednesday)", "user": "I sold the boat.", "assistant": "Oh!"}],
]
TURNS = 3
BUILDING = 2 * TURNS + 3 * 2  # calls: two a turn, three for each of its two sessions


def subject(folder: Path, engine: ScriptedEngine | None = None, **wanted: Any) -> Subject:
    """A model with a scripted engine and an encoder without a model."""
    model = PersonaVLM(engine or ScriptedEngine(), "a test", HashEncoder(), folder / "unused")
    return Subject(model, Wanted(**({"model": "org/some-model"} | wanted)))


def memories(folder: Path, of: Subject) -> Memories:
    return Memories.of(of.model, of.settings, folder / "memories")


def person(folder: Path, questions: int = 2, **changed: Any) -> list[Case]:
    """A person's cases, with a history of three turns in two sessions, and a picture."""
    write_history(folder, "50/0", 1, **({"sessions": SESSIONS} | changed))
    write_persona_mme(folder, [persona_mme_row(number) for number in range(questions)])
    return read(folder, "32k")
