"""Methods by the names that the command line takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.case import Benchmark
from eval.methods import prompted, remembering
from eval.methods.base import Method
from eval.methods.critic import CRITIC, Critic
from eval.methods.fewshot import FEW_SHOT, FewShot
from eval.methods.leaks import FIRST, LONGEST, PROFILE, SHORTEST, at_random
from eval.methods.memories import Memories
from eval.methods.predictions import predictions
from eval.methods.prompted import Prompted
from eval.methods.remembering import Remembering
from eval.methods.subject import Asking, Subject
from personavlm.errors import BadInput

LEAKS = ("random", "first", "longest", "shortest", "profile")
OF_TWO = {"longer": "longest", "shorter": "shortest"}
PREDICTIONS = "predictions"
MODELS = (*remembering.NAMES, *prompted.NAMES, CRITIC, FEW_SHOT)  # of methods that run one
NAMES = (*MODELS, *LEAKS, *OF_TWO, PREDICTIONS)


def usual(benchmark: Benchmark) -> tuple[str, ...]:
    """The methods that a benchmark is run with where none is named: what it gives away."""
    return LEAKS if benchmark is Benchmark.P_SOUPS else LEAKS[:-1]


def needs_model(names: Sequence[str]) -> bool:
    """Whether any of these methods runs a model."""
    return not set(MODELS).isdisjoint(names)


def unfit(name: str, benchmark: Benchmark, subject: Subject | None = None) -> str:
    """Why a method cannot be run on a benchmark, or with a model; empty where it can."""
    if name == PROFILE.name and benchmark is not Benchmark.P_SOUPS:
        return f"--method {name} reads the profiles of {Benchmark.P_SOUPS}: not {benchmark}."
    if name == FEW_SHOT and benchmark is not Benchmark.P_SOUPS:
        return f"--method {name} shows the comparisons of {Benchmark.P_SOUPS}: not {benchmark}."
    speaks = subject is None or subject.asking is not Asking.CLOSEST
    if name in (CRITIC, FEW_SHOT) and not speaks:
        return (
            f"--method {name} talks with a language model, and the preview engine has none. "
            "Choose another engine."
        )
    return ""


def choose(
    names: Sequence[str],
    benchmark: Benchmark,
    seed: int,
    file: Path | None,
    subject: Subject | None = None,
    memories: Path = Path(),
) -> list[Method]:
    """The methods of these names, each once.

    subject: the model, where any of them runs one. memories: the folder for what it remembers.

    Raises:
        BadInput: one does not go with this benchmark, or a file of predictions is missing or one
        too many.
    """
    wanted = list(dict.fromkeys(OF_TWO.get(name, name) for name in names or usual(benchmark)))
    if (PREDICTIONS in wanted) != (file is not None):
        raise BadInput("--method predictions and --predictions FILE go together.")
    for name in wanted:
        if why := unfit(name, benchmark, subject):
            raise BadInput(why)
    return [
        _with_model(name, subject, memories)
        if subject is not None and name in MODELS
        else _without_model(name, seed, file)
        for name in wanted
    ]


def _with_model(name: str, subject: Subject, folder: Path) -> Method:
    if name in prompted.NAMES:
        return Prompted(name, subject)
    if name == CRITIC:
        return Critic(subject)
    if name == FEW_SHOT:
        return FewShot(subject)
    return Remembering(name, subject, Memories.of(subject.model, subject.settings, folder))


def _without_model(name: str, seed: int, file: Path | None) -> Method:
    if name == PREDICTIONS and file is not None:
        return predictions(file)
    rules = {rule.name: rule for rule in (at_random(seed), FIRST, LONGEST, SHORTEST, PROFILE)}
    return rules[name]
