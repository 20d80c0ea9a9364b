"""Benchmark files of the real shapes with contents of our own, and records of given counts."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from eval.benchmarks.persona_mme import ALIGNED, ALIGNMENT, ASPECTS, MISALIGNED, TASKS
from eval.benchmarks.personamem import TYPES
from eval.case import Benchmark
from eval.scoring.score import Record, Verdict

# Published data, which is not ours to copy into this repository.
SHARED = Path(__file__).resolve().parents[3] / "shared/data"
shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason=f"the published samples are not part of this repository: {SHARED}"
)

RIGHT, WRONG = Verdict("a", True), Verdict("b", False)
OPTIONS = (
    "Tea.",
    "Coffee, with milk.",
    "Water with a slice of lemon.",
    "Nothing at all, thank you.",
)


def personamem_row(number: int, **changed: str) -> dict[str, str]:
    """One question about drinks; the right letter goes round."""
    turned = OPTIONS[number % 4 :] + OPTIONS[: number % 4]
    options = [f"({letter}) {text}" for letter, text in zip("abcd", turned, strict=True)]
    return {
        "persona_id": str(number % 5),
        "question_id": f"q{number}",
        "question_type": TYPES[number % 7],
        "topic": "drinks",
        "context_length_in_tokens": "900",
        "user_question_or_message": f"What shall I drink, {number}?",
        "correct_answer": f"({'abcd'[number % 3]})",
        "all_options": str(options),
        "shared_context_id": "c0ffee",
        "end_index_in_shared_context": "3",
    } | changed


def write_personamem(folder: Path, rows: int = 21, **changed: str) -> Path:
    """`questions_32k.csv`, its last row changed, and the one conversation that it is about."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = [personamem_row(number) for number in range(rows - 1)]
    listed.append(personamem_row(rows - 1, **changed))
    with (folder / "questions_32k.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, listed[0])
        writer.writeheader()
        writer.writerows(listed)
    said = [
        {"role": "system", "content": "Current user persona: Ann drinks tea."},
        {"role": "user", "content": "User: I had\u2028tea."},
        {"role": "assistant", "content": "Assistant: Nice."},
        {"role": "user", "content": "User: No more tea for me."},
    ]
    other = json.dumps({"decaf": [{"role": "user", "content": "mentions c0ffee"}]})
    text = f"{other}\n{json.dumps({'c0ffee': said})}\n"
    (folder / "shared_contexts_32k.jsonl").write_text(text, "utf-8")
    return folder


def persona_mme_row(number: int, user: str = "50/0", **changed: Any) -> dict[str, Any]:
    """One question of the task with this number."""
    task, (_, aspect) = list(TASKS.items())[number % len(TASKS)]
    return {
        "data_path": f"./data/Persona-MME/samples/{user}/user_data.json",
        "type": next(name for name, short in ASPECTS.items() if short == aspect),
        "question_type": task,
        "time": "2024-09-23 20:08",
        "query": f"What did I say, {number}?",
        "choices": {f"({letter})": text for letter, text in zip("abcd", OPTIONS, strict=True)},
        "answer": "(c)",
    } | changed


FITS = {"alignment": {"chosen": "Go, and tell me!", "rejected": "Whatever."}}


def write_persona_mme(folder: Path, rows: list[dict[str, Any]] | None = None) -> Path:
    """`Persona-MME.json`; by default two users at 32k and one at 128k, and all oddities."""
    folder.mkdir(parents=True, exist_ok=True)
    if rows is None:
        rows = [persona_mme_row(n, "50/0") for n in range(13)]
        rows += [persona_mme_row(0, "100/7", **FITS), persona_mme_row(1, "500/3", **FITS)]
        rows[2]["question_type"] = "*" + rows[2]["question_type"]
        rows[3]["time"] = "2024-09-23 20:08 (Monday)"
    (folder / "Persona-MME.json").write_text(json.dumps(rows), "utf-8")
    return folder


def write_history(folder: Path, user: str = "50/0", pictures: int = 2, **changed: Any) -> Path:
    """A `user_data.json` with an empty session, a turn of two pictures, and the pictures."""
    home = folder / "samples" / user
    home.mkdir(parents=True)
    names = [f"./samples/{user}/{number}.png" for number in range(pictures)]
    for name in names:
        Image.new("RGB", (8, 8), "orange").save(folder / name)
    turn = {"time": "2024-07-01 09:00 (Monday)", "user": "Hello", "assistant": "Hi"}
    data = {
        "profile": {"name": "Ann", "persona": {"tone": "short"}},
        "imgs": names,
        "sessions": [[turn], [], [turn | {"user": "Look " + "<img>" * pictures}, turn]],
    } | changed
    path = home / "user_data.json"
    path.write_text(json.dumps(data), "utf-8")
    return path


def p_soups_row(number: int, **changed: Any) -> dict[str, Any]:
    low = "Low Openness" if number % 2 else "High Openness"
    return {
        "prompt": f"Explain rain, {number}.",
        "chosen": "Water falls." if number % 2 else "Water falls out of clouds, drop by drop.",
        "rejected": "Condensed vapour precipitates.",
        "ground_truth_persona": "a child" if number % 2 else "a scholar",
        "profile": f"High Agreeableness, {low}, Likes science",
        "Pair-wise Comparative Feedback": [{"prompt": "p", "chosen": "c", "rejected": "r"}] * 4,
    } | changed


def write_p_soups(folder: Path, *stems: str, rows: list[dict[str, Any]] | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    listed = [p_soups_row(n) for n in range(6)] if rows is None else rows
    for stem in stems or ("student_phd", "concise_detail", "friendly_unfriendly"):
        (folder / f"{stem}.json").write_text(json.dumps(listed), "utf-8")
    return folder


def record(
    benchmark: Benchmark = Benchmark.PERSONAMEM, case: str = "1", right: bool = True, **changed: Any
) -> Record:
    verdict = RIGHT if right else WRONG
    official = None if benchmark is Benchmark.P_SOUPS else verdict
    about = {
        "context": "", "persona": "0", "group": "g", "task": "t", "half": "", "row": f"f:{case}",
        "cluster": "0", "gold": "a", "reply": f"({verdict.read})",
    } | changed  # fmt: skip
    return Record(case, benchmark, **about, official=official, robust=verdict)


def persona_mme_records(
    counts: Mapping[str, tuple[int, int]], context: str = "128k"
) -> list[Record]:
    """Single results, so many right of so many, by task, by aspect or for Alignment."""
    made: list[Record] = []
    aspects = dict(TASKS.values())
    for name, (right, of) in counts.items():
        for number in range(of):
            half = (ALIGNED if number % 2 else MISALIGNED) if name == ALIGNMENT else ""
            made.append(record(
                Benchmark.PERSONA_MME, f"{name}/{number}", number < right, context=context,
                group=aspects.get(name, name), task=name, half=half,
                cluster=str(len(made) % 100),
            ))  # fmt: skip
    return made


def p_soups_records(axis: str, right: int, of: int) -> list[Record]:
    """So many right single choices of so many; two choices, one an order, make a pair."""
    return [
        record(
            Benchmark.P_SOUPS, f"{axis}/{number}", number < right, group=axis,
            persona=f"{axis} {number % 4 // 2}", row=f"{axis}:{number // 2}",
            cluster=f"{axis}{number // 2 % 237}",
        )
        for number in range(of)
    ]  # fmt: skip
