"""A second look at each question, by a model: after the rules, with a reason where it falls.

It has to be answerable from its evidence, with one right option; not without the evidence; and its
answer has to hold after all that was told. What can be seen in pictures is told in words.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from personavlm.engines.openai.endpoint import Endpoint
from personavlm.protocol import format_time
from personavlm.synthesis.filters import Fault, life_faults, question_fault
from personavlm.synthesis.life import Life, Question
from personavlm.synthesis.pictures import described
from personavlm.synthesis.spent import Spent
from personavlm.synthesis.trajectories import LETTERS
from personavlm.synthesis.writer import Unusable, Unwritten
from personavlm.synthesis.writing.asker import Asker
from personavlm.synthesis.writing.dialogue import entries
from personavlm.synthesis.writing.pieces import Pieces, spent
from personavlm.synthesis.writing.prompted import fingerprint, prompt
from personavlm.synthesis.writing.questions import listed, shown
from personavlm.synthesis.writing.shapes import ConsistentShape, RightShape

ROOM = 800  # tokens
WITH, WITHOUT = "answerable with its evidence", "not answerable without its evidence"
ONE, TRUE = "one option is right", "consistent with the life"
READ = "the check can be read"


class ModelCheck:
    """Asks one model about questions, those of several lives at a time."""

    def __init__(self, endpoint: Endpoint, out: Path) -> None:
        """out: the folder of the run; replies are kept below it, apart for each model and text."""
        self.model = endpoint.model
        self._asker = Asker(endpoint, seed=0, temperature=0.0)
        name = re.sub(r"[^A-Za-z0-9.-]+", "-", endpoint.model)
        told = hashlib.sha256(f"{endpoint.model} {fingerprint()}".encode()).hexdigest()[:8]
        self._folder = out / "checks" / f"{name}-{told}"

    def stop(self) -> None:
        """End at the next question."""
        self._asker.stop()

    def spent(self) -> Spent:
        return spent(self._folder)

    def faults(self, life: Life | Unwritten) -> dict[str, Fault]:
        """What is wrong with the questions that keep the rules, by their subjects.

        Raises:
            EngineUnavailable: the model cannot be asked.
        """
        if isinstance(life, Unwritten) or life_faults(life):
            return {}
        self._folder.mkdir(parents=True, exist_ok=True)
        pieces = Pieces(self._folder / f"{life.number:05d}.jsonl")
        found: dict[str, Fault] = {}
        for question in life.questions:
            if question_fault(life, question) is None:
                try:
                    found[question.subject] = self._fault(pieces, life, question)
                except Unusable as error:
                    found[question.subject] = READ, str(error)
        return found

    def _fault(self, pieces: Pieces, life: Life, question: Question) -> Fault:
        key = LETTERS[question.gold]
        options = listed(question.options)
        evidence = [life.turns[number] for number in question.evidence]
        about = {"name": life.person.name, "question": question.text, "options": options}
        right = self._right(pieces, f"evidence {question.subject}", prompt(
            "check_evidence", told=shown(evidence), **about
        ))  # fmt: skip
        if not right:
            return WITH, "no option follows from the messages that are named"
        if right != {key}:
            return ONE, f"the messages allow {_letters(right)}; the key is ({key})"
        *_, profile = life.profiles()
        known = entries({} if question.key else profile)
        blind = self._right(pieces, f"blind {question.subject}", prompt(
            "check_blind", profile=known, **about
        ))  # fmt: skip
        if blind == {key}:
            return WITHOUT, "the key can be told without the messages"
        return self._untrue(pieces, life, question)

    def _right(self, pieces: Pieces, piece: str, asked: str) -> set[str]:
        return set(self._asker.ask(pieces, piece, asked, RightShape, ROOM).right)

    def _untrue(self, pieces: Pieces, life: Life, question: Question) -> Fault:
        told = "\n".join(
            f"- {turn.time:%Y-%m-%d}: {turn.about}"
            + (f" (Picture: {described(turn.picture)})" if turn.picture else "")
            for turn in life.turns
        )
        asked = prompt(
            "check_life",
            name=life.person.name,
            told=told,
            today=format_time(question.time),
            question=question.text,
            answer=question.answer,
        )
        found = self._asker.ask(pieces, f"life {question.subject}", asked, ConsistentShape, ROOM)
        return None if found.consistent else (TRUE, found.why)


def _letters(found: set[str]) -> str:
    return ", ".join(f"({letter})" for letter in sorted(found))
