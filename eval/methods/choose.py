"""Methods by the names that the command line takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.case import Benchmark
from eval.methods.base import Method
from eval.methods.leaks import FIRST, LONGEST, PROFILE, SHORTEST, at_random
from eval.methods.predictions import predictions
from personavlm.errors import BadInput

LEAKS = ("random", "first", "longest", "shortest", "profile")
OF_TWO = {"longer": "longest", "shorter": "shortest"}
PREDICTIONS = "predictions"
NAMES = (*LEAKS, *OF_TWO, PREDICTIONS)


def usual(benchmark: Benchmark) -> tuple[str, ...]:
    """The methods that a benchmark is run with where none is named: what it gives away."""
    return LEAKS if benchmark is Benchmark.P_SOUPS else LEAKS[:-1]


def choose(
    names: Sequence[str], benchmark: Benchmark, seed: int, file: Path | None
) -> list[Method]:
    """The methods of these names, each once.

    Raises:
        BadInput: one does not go with this benchmark, or a file of predictions is missing or one
        too many.
    """
    wanted = list(dict.fromkeys(OF_TWO.get(name, name) for name in names or usual(benchmark)))
    if (PREDICTIONS in wanted) != (file is not None):
        raise BadInput("--method predictions and --predictions FILE go together.")
    return [_method(name, benchmark, seed, file) for name in wanted]


def _method(name: str, benchmark: Benchmark, seed: int, file: Path | None) -> Method:
    if name == PREDICTIONS and file is not None:
        return predictions(file)
    if name == PROFILE.name and benchmark is not Benchmark.P_SOUPS:
        raise BadInput(
            f"--method profile reads the profiles of {Benchmark.P_SOUPS}: not {benchmark}."
        )
    rules = {rule.name: rule for rule in (at_random(seed), FIRST, LONGEST, SHORTEST, PROFILE)}
    return rules[name]
