"""`run.py --smoke`: every method on made-up people with the preview engine, and what must hold.

It tells a memory that works from one that is broken, on any machine and within minutes. It says
nothing about the quality of a language model: there is none in it.
"""

from __future__ import annotations

import json
from pathlib import Path

from eval.case import Benchmark
from eval.methods import prompted, remembering
from eval.methods.choose import usual
from eval.samples.build import write
from eval.scoring.groups import WITH, WITHOUT
from personavlm.errors import PersonaVLMError

BENCHMARK = Benchmark.PERSONA_MME.value
RULES = usual(Benchmark.PERSONA_MME)
METHODS = (*RULES, *remembering.NAMES, *prompted.NAMES)
FOLDER, SAMPLES = "smoke", "samples"
NOTE = "A smoke test on made-up people: none of these figures is one of the benchmark."
MARGIN = 15.0  # points above the best rule


class Failed(PersonaVLMError):
    """A memory that works would have done better."""


def write_samples(folder: Path) -> None:
    """The made-up people that it is run on."""
    write(folder)


def notes(out: Path) -> list[str]:
    """What a reader has to know of all runs in a folder of a smoke test, whatever made them."""
    return [NOTE] if (out / SAMPLES).is_dir() else []


def verdict(out: Path) -> str:
    """What was measured, in a line for each figure.

    Raises:
        Failed: PersonaVLM is not far enough above what the options give away.
    """
    rows = json.loads((out / "summary.json").read_text("utf-8"))["rows"]
    lines = []
    for context, group in sorted({(row["context"], row["group"]) for row in rows}):
        if group not in (WITHOUT, WITH):
            continue
        scores = {
            row["method"]: row["score"]
            for row in rows
            if (row["context"], row["group"]) == (context, group)
        }
        ours = scores[f"{remembering.WHOLE} (preview)"]
        best = max(scores[rule] for rule in RULES)
        line = f"{context}, {group}: {ours:.2f}, {ours - best:+.2f} against the best rule"
        if ours - best < MARGIN:
            raise Failed(f"{line}; at least {MARGIN:g} points were expected.")
        lines.append(line)
    return "\n".join(lines)
