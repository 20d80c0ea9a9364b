"""A writer that asks a model: see the package's docstring for what it leaves to it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from personavlm.engines.openai.endpoint import Endpoint
from personavlm.errors import BadInput
from personavlm.personality import BigFive
from personavlm.synthesis.life import Lacking, Life, Person, Question, Turn
from personavlm.synthesis.spent import Spent
from personavlm.synthesis.split import Split
from personavlm.synthesis.writing.asker import Asker
from personavlm.synthesis.writing.dialogue import Dialogue, entries, manner, piece_of
from personavlm.synthesis.writing.personas import Personas
from personavlm.synthesis.writing.photos import Album
from personavlm.synthesis.writing.pieces import Pieces, spent
from personavlm.synthesis.writing.plan import Frame, frame
from personavlm.synthesis.writing.prompted import fingerprint, prompt
from personavlm.synthesis.writing.questions import Questioner
from personavlm.synthesis.writing.shapes import PersonShape, ThreadsShape
from personavlm.synthesis.writing.threads import (
    Thread,
    agenda,
    require_threads,
    threads,
    wanted_lines,
)

VERSION = 1  # to be raised when the same replies give other people
ROOM, ROOM_A_THREAD = 1_000, 250  # tokens

Progress = Callable[[int, int, bool], None]


def _silent(number: int, turns: int, fresh: bool) -> None:
    """Nobody wants to know how far it is."""


@dataclass(frozen=True, slots=True)
class Material:
    """What people are made from. folder: where the replies are kept."""

    personas: Personas
    pictures: Album
    folder: Path


class ModelWriter:
    """Writes people of one split.

    progress: told, from any thread, the number of a person, how many turns were just written, and
    whether the model was asked for them; else they were there.
    """

    def __init__(self, endpoint: Endpoint, seed: int, split: Split, material: Material) -> None:
        self.source = endpoint.model
        self._asker = Asker(endpoint, seed)
        self._seed = seed
        self._split = split
        self._material = material
        self.progress: Progress = _silent

    @property
    def settings(self) -> Mapping[str, str | int]:
        return {
            "source": self.source,
            "version": VERSION,
            "prompts": fingerprint(),
            "personas": self._material.personas.source,
            "pictures": self._material.pictures.digest,
            "seed": self._seed,
            "split": self._split.value,
        }

    def turns(self, number: int) -> int:
        """How many turns a person is going to have.

        Raises:
            BadInput: there is no persona for them.
        """
        self._persona(number)
        return frame(self._split, number, self._seed, self._material.pictures).turns

    @property
    def asked(self) -> Spent:
        """What this one took."""
        return self._asker.spent

    def spent(self) -> Spent:
        return spent(self._material.folder)

    def stop(self) -> None:
        self._asker.stop()

    def write(self, number: int) -> Life:
        """Person number so and so, gone on with where they were begun.

        Raises:
            BadInput: there is no persona for them. Unusable: the model's replies are of no use.
            EngineUnavailable: it cannot be asked.
        """
        persona = self._persona(number)
        self._material.folder.mkdir(parents=True, exist_ok=True)
        pieces = Pieces(self._material.folder / f"{number:05d}.jsonl")
        plan = frame(self._split, number, self._seed, self._material.pictures)
        shape = self._person(pieces, persona, plan)
        person = _person(shape, plan)
        told = self._threads(pieces, plan, person, shape.role)
        rng = random.Random(f"{self._seed} {self._split.value} {number} told")
        dialogue = Dialogue(self._asker, pieces, person, shape.role)
        sessions: list[tuple[Turn, ...]] = []
        for place, cues in enumerate(agenda(plan, told, rng)):
            there = bool(pieces.of(piece_of(place)))
            sessions.append(dialogue.session(place, cues))
            self.progress(number, len(cues), not there)
        life = Life(number, self._split, self.source, plan.size, person, tuple(sessions), ())
        found = list(Questioner(self._asker, pieces, life, rng).about(told))
        return replace(
            life,
            questions=tuple(one for one in found if isinstance(one, Question)),
            lacking=tuple(one for one in found if isinstance(one, Lacking)),
        )

    def _persona(self, number: int) -> str:
        source, texts = self._material.personas.source, self._material.personas.texts
        if number >= len(texts):
            raise BadInput(
                f"{source} has {len(texts):,} personas for the {self._split.value} split: ask for "
                "so many people at most."
            )
        return texts[number]

    def _person(self, pieces: Pieces, persona: str, plan: Frame) -> PersonShape:
        asked = prompt(
            "person", persona=persona, character=manner(BigFive.from_values(plan.traits))
        )
        return self._asker.ask(pieces, "person", asked, PersonShape, ROOM)

    def _threads(self, pieces: Pieces, plan: Frame, person: Person, role: str) -> list[Thread]:
        told: list[Thread] = []
        for number, round_ in enumerate(plan.rounds):
            asked = prompt(
                "threads",
                name=person.name,
                days=plan.days,
                role=role,
                profile=entries(person.profile),
                wanted=wanted_lines(round_),
                used=", ".join(thread.topic for thread in told) or "nothing",
            )
            found = self._asker.ask(
                pieces,
                f"threads {number}",
                asked,
                ThreadsShape,
                ROOM + ROOM_A_THREAD * len(round_),
                partial(require_threads, round_=round_),
            )
            told += threads(found, round_)
        return told


def _person(shape: PersonShape, plan: Frame) -> Person:
    profile = {
        "name": shape.name,
        "age": str(shape.age),
        "occupation": shape.occupation,
        "home": shape.home,
    }
    more = {key: value for key, value in shape.more.items() if key.casefold() not in profile}
    return Person(shape.name.split()[0], profile | more, plan.traits, plan.drifts)
