"""Finished runs in a folder, written by the code that writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.made import FITS, persona_mme_row, write_persona_mme

from eval.benchmarks.persona_mme import read
from eval.case import Answer, Case
from eval.journal import Manifest, opened
from eval.journal import read as read_run
from eval.open import lines
from eval.open.judgement import Judgement, System, claimed
from eval.open.verdicts import Pair, Shown
from eval.report.comparison import comparison
from eval.report.lines import runs
from eval.report.page import page as whole_page
from eval.report.questions import keep_questions
from eval.report.sections import sections
from eval.scoring.score import failed, judged
from personavlm.engines.openai.endpoint import Answered, Sampling
from personavlm.errors import BadInput
from personavlm.protocol.messages import Message
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


def timed(case: Case) -> Answer:
    """An answer as Table 11 needs it: with its seconds."""
    took = 1.0 if case.persona == "50/0" else 3.0
    return Answer(f"({case.gold})", Usage(1000, 40, 250, took), {"seconds": took})


class Judge:
    """A rule in the place of a judge: reply A wins if it names the right letter and B does not."""

    def __init__(self, bias: str = "") -> None:
        self.bias = bias  # said whatever is shown, if not empty

    def ask(self, messages: tuple[Message, ...], sampling: Sampling) -> Answered:
        shown = json.JSONDecoder().raw_decode(messages[1].text)[0]
        a, b = (f"({shown['right_answer']})" in shown[name] for name in ("reply_A", "reply_B"))
        said = self.bias or ("Ties" if a == b else "Wins" if a else "Loses")
        return Answered(said, Usage(100, 1, 0, 0.1), "stop", "judge-of-the-server")


def write_comparison(out: Path, cases: Sequence[Case], judges: Mapping[str, Judge]) -> None:
    """Two systems that answered openly, and what judges said of some of their replies."""
    answers, some = out / "open/answers", cases[:6]
    sides = ("personavlm (sglang: org/model)", f"full {HOSTILE}")
    settings = {**MODEL, "seed": 0}
    mine = write_run(answers, some, sides[0], traced, ("PersonaVLM",), **settings)
    yours = write_run(answers, some, sides[1], first, ("GPT-4o (full context)", "GPT-4o"),
                      **settings)  # fmt: skip
    ours, theirs = read_run(mine), read_run(yours)
    pairs = [
        Pair(case, a, b, {"profile": {"name": f"Ada {HOSTILE}"}})
        for case, a, b in zip(some, ours.records, theirs.records, strict=True)
    ]
    for name, judge in judges.items():
        about = Judgement(
            System.of(ours), System.of(theirs), name, "http://127.0.0.1:1/v1", "ab" * 32, "32k",
            len(pairs), 26, {}, len(pairs), 0, ours.manifest.data, "", "cd" * 32, "0123abc",
        )  # fmt: skip
        with lines.opened(
            out / "open/verdicts/ours-theirs" / name, claimed(about), pairs, lambda verdict: True
        ) as journal:
            for pair in pairs:
                for shown in Shown:
                    journal.append(pair.put(shown, judge))


def example(out: Path) -> list[Case]:
    """Three runs: the system with traces, a baseline whose row the paper has, a rule; a row of
    Table 11; two judges of open replies, one of whom goes by the place."""
    cases = people(out / "data")
    rows = ("PersonaVLM-RL (RAG)", "PersonaVLM")
    write_run(out, cases, "personavlm (sglang: org/model)", traced, rows, **MODEL)
    write_run(out, cases, f"full {HOSTILE}", right, **MODEL)
    write_run(out, cases, "first", first)
    write_run(out / "efficiency", cases, "personavlm (sglang: org/model)", timed, rows, **MODEL)
    write_comparison(out, cases, {"fair": Judge(), "biased": Judge("Wins")})
    return cases


def without_plots(out: Path) -> str:
    """The page of a folder, in less time."""
    return whole_page(out, sections(runs(out)), comparison(out), (), {})
