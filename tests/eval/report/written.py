"""Finished runs in a folder, written by the code that writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from eval.made import FITS, persona_mme_row, write_persona_mme

from eval.benchmarks.persona_mme import read
from eval.case import Answer, Case
from eval.journal import Manifest, opened
from eval.report.questions import keep_questions
from eval.scoring.score import failed, judged
from personavlm.errors import BadInput
from personavlm.records import Usage

ASKED = "What did I say, 0?"
HOSTILE = "</script><img src=x onerror=\"document.title='taken'\"><b>&amp;"
MODEL = {"answered by": "org/model@0123456", "engine": "sglang", "asked": "given the options"}
TRACE: list[dict[str, Any]] = [
    {"thought": "I look for the <b>cat</b>.", "seconds": 0.5},
    {
        "keywords": "cat, Moss", "start": "2024-07-01T00:00:00+00:00", "end": None, "note": "",
        "seconds": 0.02,
        "hits": [{
            "id": "semantic:7", "time": "2024-07-01T09:00:00+00:00", "text": f"Moss {HOSTILE}",
            "why": "its keywords match (0.41)", "score": 0.4123, "turns": [1, 2],
        }],
    },
]  # fmt: skip


def people(folder: Path, questions: int = 26) -> list[Case]:
    """Questions of two people at 32k, the last with two replies to be judged."""
    rows = [persona_mme_row(n, ("50/0", "50/1")[n % 2]) for n in range(questions - 1)]
    rows.append(persona_mme_row(questions - 1, "50/1", **FITS))
    return read(write_persona_mme(folder, rows), "32k")


def write_run(
    out: Path,
    cases: Sequence[Case],
    method: str,
    answer: Callable[[Case], Answer],
    published: tuple[str, ...] = (),
    cut: int | None = None,
    **settings: Any,
) -> Path:
    """A run with its questions. answer: a case fails where it raises. cut: only so many cases."""
    folder = out / f"{cases[0].benchmark}-{cases[0].context}" / method.split(" ")[0]
    about = Manifest(
        cases[0].benchmark, cases[0].context, method, published, settings, None, len(cases),
        len(cases), {"Persona-MME.json": "ab" * 32}, "cd" * 32, "0123abc",
    )  # fmt: skip
    with opened(folder, about) as journal:
        for case in cases[:cut]:
            try:
                journal.append(judged(case, answer(case)))
            except BadInput as error:
                journal.append(failed(case, str(error)))
    keep_questions(folder, cases)
    return folder


def right(case: Case) -> Answer:
    return Answer(f"({case.gold})", Usage(2000, 50, 100, 1.5))


def first(case: Case) -> Answer:
    return Answer("(a)")


def traced(case: Case) -> Answer:
    """Right but for two: one reads differently by both scorers, one fails."""
    if case.question == ASKED:
        return Answer(
            f"(b) is wrong, so ({case.gold}). {HOSTILE}", Usage(900, 30, 0, 2.0), details()
        )
    if case.question == "What did I say, 5?":
        raise BadInput(f"The history is damaged {HOSTILE}")
    return Answer(f"({case.gold})", Usage(1000, 40, 0, 2.0), details(case.persona))


def details(persona: str = "50/0") -> dict[str, Any]:
    """As a version of the system keeps them; the second person has no personality yet."""
    turns = (3.0, 3.5, 4.0) if persona == "50/0" else (3.0,)
    return {
        "seconds": 2.25, "answered by": "org/model@0123456", "prompts": "own",
        "retrieved": ["semantic:7"], "trace": TRACE, "something new": {"kept": True},
        "personality": [
            [f"2024-07-0{day}T09:00:00+00:00", [score, 3.0, 6 - score, 2.0, 3.0]]
            for day, score in enumerate(turns, 1)
        ],
    }  # fmt: skip


def example(out: Path) -> list[Case]:
    """Three runs: the system with traces, a baseline whose row the paper has, a rule."""
    cases = people(out / "data")
    rows = ("PersonaVLM-RL (RAG)", "PersonaVLM")
    write_run(out, cases, "personavlm (sglang: org/model)", traced, rows, **MODEL)
    write_run(out, cases, f"full {HOSTILE}", right, **MODEL)
    write_run(out, cases, "first", first)
    return cases
