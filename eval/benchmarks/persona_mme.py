"""Persona-MME: questions about months of talk, and whether a reply fits a personality.

`Persona-MME.json` is a list of questions; `samples/{50,100,200,500}/N/user_data.json` beside it are
the histories (`persona_mme_history`). The folders 50 and 100 (messages) are the 32k context, 200
and 500 the 128k one. A question with an `alignment` becomes three cases: itself, and whether each
of the two replies fits the person.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from eval.benchmarks.files import Strict, Time, find, json_rows
from eval.case import Benchmark, Case, HistoryRef
from personavlm.errors import BadInput

CONTEXTS = ("32k", "128k")
FOLDERS = {"50": "32k", "100": "32k", "200": "128k", "500": "128k"}
ALIGNMENT = "Alignment"
ALIGNED, MISALIGNED = "aligned", "misaligned"
FITS = {"a": "Yes, it aligns well.", "b": "No, it misaligns."}

# Aspects as the paper's tables name them, by their names in the file; tasks in the file's own words
# with the abbreviations of the paper's table 4.
ASPECTS = {
    "Memory Recall": "Memory",
    "Intent Inference": "Intent",
    "Preference Recognition": "Preference",
    "Behavioral Awareness": "Behavior",
    "Relationship Understanding": "Relationship",
    "Personalized Growth Modeling": "Growth",
}
TASKS = {
    "Visual Detail Recall": ("VDR", "Memory"),
    "Semantic Information Recall": ("SIR", "Memory"),
    "Explicit Intent Inference": ("EII", "Intent"),
    "Implicit Intent Recognition": ("IIR", "Intent"),
    "Latest Preference Recognition": ("LPR", "Preference"),
    "Interest Evolution Analysis": ("IEA", "Preference"),
    "Implicit Preference Recommendation": ("IPR", "Preference"),
    "Behavioral Pattern Recognition": ("BPR", "Behavior"),
    "Long-term Goal Tracking": ("LGT", "Behavior"),
    "Relationship Recognition": ("RR", "Relationship"),
    "Relationship Dynamics Comprehension": ("RDC", "Relationship"),
    "Tiered Explanation Delivery": ("TED", "Growth"),
    "Generalizing to New Scenarios": ("GNS", "Growth"),
}


class Replies(Strict):
    chosen: str
    rejected: str


class Question(Strict):
    data_path: Annotated[str, Field(pattern=r"samples/(50|100|200|500)/\d+/user_data\.json$")]
    type: str
    question_type: str
    time: Time
    query: Annotated[str, Field(min_length=1)]
    choices: Annotated[dict[str, str], Field(min_length=2)]
    answer: Annotated[str, Field(pattern=r"^\([a-z]\)$")]
    alignment: Replies | None = None

    @field_validator("type", "question_type")
    @classmethod
    def known(cls, name: str) -> str:
        """Some names in the file have a star before them."""
        bare = name.lstrip("* ").strip()
        if bare not in ASPECTS and bare not in TASKS:
            raise ValueError(f"{name!r} is none of the benchmark's")
        return bare

    @field_validator("choices")
    @classmethod
    def lettered(cls, choices: dict[str, str]) -> dict[str, str]:
        wanted = [f"({chr(ord('a') + place)})" for place in range(len(choices))]
        if list(choices) != wanted:
            raise ValueError(f"expected the keys {', '.join(wanted)}")
        return choices


def files(folder: Path, context: str) -> list[Path]:
    """The files that the questions are read from.

    Raises:
        Absent: they are not there.
    """
    return [find(folder, "Persona-MME.json", "Persona-MME/Persona-MME.json")]


def read(folder: Path, context: str) -> list[Case]:
    """The questions of one context length, in the order of the file.

    Raises:
        BadInput: a file is missing or malformed; the message has file, row and reason.
    """
    [path] = files(folder, context)
    cases: list[Case] = []
    for number, row in enumerate(json_rows(path, Question), 1):
        if row.answer not in row.choices:
            raise BadInput(f"{path}, row {number}: answer: {row.answer} is none of the choices.")
        if TASKS.get(row.question_type, ("", ""))[1] != ASPECTS.get(row.type):
            raise BadInput(
                f"{path}, row {number}: {row.question_type!r} is no task of {row.type!r}."
            )
        size, user = row.data_path.split("/")[-3:-1]
        if FOLDERS[size] == context:
            cases += _cases(row, path, number, f"{size}/{user}")
    return cases


def _cases(row: Question, path: Path, number: int, persona: str) -> list[Case]:
    history = HistoryRef(path.parent / "samples" / persona / "user_data.json")
    asked = Case(
        Benchmark.PERSONA_MME,
        id=f"{persona}/{number}",
        context=FOLDERS[persona.split("/")[0]],
        persona=persona,
        group=ASPECTS[row.type],
        task=TASKS[row.question_type][0],
        half="",
        row=f"{path.name}:{number}",
        cluster=persona,
        question=row.query,
        options={key[1]: text for key, text in row.choices.items()},
        gold=row.answer[1],
        time=re.split(r"\s*\(", row.time)[0],  # a weekday may follow
        history=history,
    )
    if row.alignment is None:
        return [asked]
    halves = ((ALIGNED, row.alignment.chosen, "a"), (MISALIGNED, row.alignment.rejected, "b"))
    return [asked] + [_fits(asked, half, reply, gold) for half, reply, gold in halves]


def _fits(asked: Case, half: str, reply: str, gold: str) -> Case:
    """Whether a reply to the question fits the person."""
    return Case(
        asked.benchmark,
        id=f"{asked.id}/{half}",
        context=asked.context,
        persona=asked.persona,
        group=ALIGNMENT,
        task="PA",
        half=half,
        row=asked.row,
        cluster=asked.cluster,
        question=(
            f"{asked.question}\n\nSomebody suggests this reply:\n{reply}\n\n"
            "Judging by the history, does it fit the personality of the one who asks?"
        ),
        options=FITS,
        gold=gold,
        time=asked.time,
        history=asked.history,
    )
