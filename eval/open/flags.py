"""The options of an open comparison: who judges it, and who the opponent is."""

from __future__ import annotations

import argparse

from eval.methods.choose import MODELS
from eval.methods.prompted import FULL
from personavlm.engines.choose import ENGINES

JUDGE_KEY, OPPONENT_KEY = "PERSONAVLM_JUDGE_KEY", "PERSONAVLM_OPPONENT_KEY"


def add(parser: argparse.ArgumentParser) -> None:
    """Add them to a parser."""
    group = parser.add_argument_group(
        "open comparison (--table open)",
        "PersonaVLM (--engine, --model) and an opponent answer without options; a judge compares.",
    )
    group.add_argument("--judge-model", action="append", default=[], metavar="NAME",
                       help="the model that judges, as its server names it; several times for "
                            "several judges")  # fmt: skip
    group.add_argument("--judge-url", action="append", default=[], metavar="URL",
                       help="its OpenAI-compatible address, with its /v1; one for all judges, or "
                            "one for each; their key is taken from "
                            f"{JUDGE_KEY}")  # fmt: skip
    group.add_argument("--opponent", choices=MODELS, default=FULL, metavar="NAME",
                       help=f"the method it is held against (default: {FULL})")  # fmt: skip
    group.add_argument("--opponent-engine", choices=ENGINES,
                       help="what runs the opponent's model (default: the same model as "
                            "PersonaVLM's)")  # fmt: skip
    group.add_argument("--opponent-model", metavar="REPO", help="the opponent's model")
    group.add_argument("--opponent-revision", metavar="NAME", help="its branch, tag or commit")
    group.add_argument("--opponent-url", metavar="URL",
                       help="servers that run it, with commas between them; their key is taken "
                            f"from {OPPONENT_KEY}")  # fmt: skip
