"""What a folder of verdicts is of: which systems, compared by which judge, on which questions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from eval.benchmarks.files import json_of
from eval.journal import Run
from eval.methods.subject import ANSWERED_BY
from eval.open import lines
from eval.open.judge import AGAIN, TASK
from eval.open.lines import Compared
from eval.open.questions import Drawn
from eval.open.verdicts import Shown, Verdict
from personavlm.errors import BadInput


@dataclass(frozen=True, slots=True)
class System:
    """One side: the name of its row, what answered, and what the paper's tables call it."""

    name: str
    answered_by: str
    published: tuple[str, ...]

    @classmethod
    def of(cls, run: Run) -> System:
        told = run.manifest
        return cls(told.method, str(told.settings[ANSWERED_BY]), tuple(told.published))


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judge on two systems. questions: how many; of: how many can be asked openly, and left_out
    how many cannot, by the reason. told_of: for how many the judge is told something of the person.
    prompt: SHA-256 of the judge's. data, revision, code and commit: as manifests of runs have them.
    """

    ours: System
    theirs: System
    judge: str
    url: str
    prompt: str
    context: str
    questions: int
    of: int
    left_out: dict[str, int]
    told_of: int
    seed: int
    data: dict[str, str]
    revision: str
    code: str
    commit: str


JUDGEMENT = TypeAdapter(Judgement)


def judgement(
    ours: Run, theirs: Run, judge: str, url: str, drawn: Drawn, told_of: int
) -> Judgement:
    """Of these replies, by the judge of this name at this address."""
    told = ours.manifest
    prompt = hashlib.sha256(f"{TASK}\0{AGAIN}".encode()).hexdigest()
    return Judgement(
        System.of(ours), System.of(theirs), judge, url, prompt, drawn.context,
        len(drawn.cases), drawn.of, dict(drawn.left_out), told_of,
        int(told.settings["seed"]), told.data, told.revision, told.code, told.commit,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """A folder of verdicts as it is on disk. compared: what they are verdicts on, by case."""

    folder: Path
    about: Judgement
    verdicts: tuple[Verdict, ...]
    compared: Mapping[str, Compared]

    @property
    def complete(self) -> bool:
        return len(self.verdicts) == len(Shown) * self.about.questions


def judged(out: Path) -> list[Judged]:
    """Those below a folder, in the order of their names.

    Raises:
        BadInput: one is damaged.
    """
    return [_read(path.parent) for path in sorted(out.glob(f"*/*/{lines.ABOUT}"))]


def _read(folder: Path) -> Judged:
    try:
        about = JUDGEMENT.validate_python(json_of(folder / lines.ABOUT))
    except ValidationError as error:
        raise BadInput(f"{folder / lines.ABOUT} cannot be read. Remove {folder}.") from error
    return Judged(folder, about, lines.verdicts(folder), lines.compared(folder))


def claimed(about: Judgement) -> dict[str, object]:
    """As it is written."""
    return asdict(about)
