"""The Big Five cues of one message: scores from 1 to 5 for each trait, 3 where there is no cue.

Three readings are put together. A gate tells messages that show something of a character from
plain facts and questions (ridge regression); a kernel regression over the example sentences gives
each trait its direction; turns of phrase that lean to a pole add to both. All is fitted to
`trait_examples` when it is first used (a second or two). The constants were chosen on the
development set in tests/engines/preview/trait_cases.py: nearest-neighbour differences, as with the
IPIP items alone, had the sign right but too weakly to tell a cue from a plain fact.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from personavlm.engines.preview.text import sentences
from personavlm.engines.preview.trait_examples import NEUTRAL, POLES, lines
from personavlm.engines.preview.trait_words import leanings
from personavlm.memory.encode import CachedEncoder, TextEncoder
from personavlm.personality import TRAITS

_SHARP, _SMOOTH = 2.0, 0.3  # of the kernel: how quickly examples stop to matter; its ridge
_GATE_SMOOTH = 2.0
_OPEN = -0.12  # what the gate has to exceed
_WORDS_OPEN = 0.3  # added to the gate where a turn of phrase leans to a pole
_WORDS_WEIGH = 0.35  # weight of the turns of phrase beside the examples
_DEAD = 0.03  # direction below which a trait is left alone
_AT_ONCE = 3  # traits that one message moves at most: the clearest ones
_CLEAR = 0.5  # direction from which it gets the extreme score
_BATCH = 32  # so that a person's question need not wait for all examples to be read

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class _Fit:
    """What was learnt from the examples."""

    examples: Matrix
    weights: Matrix  # examples x traits, of the kernel
    gate: Matrix
    centre: Matrix

    def opens(self, vector: Matrix) -> float:
        return float(np.append(vector - self.centre, 1.0) @ self.gate)

    def directions(self, vector: Matrix) -> Matrix:
        found: Matrix = _kernel(vector[None, :], self.examples)[0] @ self.weights
        return found


class TraitReader:
    """Reads messages; safe to use from several threads."""

    def __init__(self, encoder: CachedEncoder, raw: TextEncoder) -> None:
        self._encoder = encoder
        self._raw = raw
        self._lock = threading.Lock()
        self._fit: _Fit | None = None

    def load(self) -> None:
        """Fit the readings to the examples, if that was not done yet."""
        self._fitted()

    def read(self, text: str) -> tuple[int, ...]:
        """Five scores in the order of TRAITS."""
        found = sentences(text)
        if not found:
            return (3,) * len(TRAITS)
        parts = list(dict.fromkeys((*found[:8], text)))
        self._encoder.encode(parts)  # in one go; below they are looked up
        readings = [self._read(part) for part in parts]
        strongest = [max(values, key=abs) for values in zip(*readings, strict=True)]
        least = sorted(map(abs, strongest))[-_AT_ONCE]
        return tuple(_score(value) if abs(value) >= least else 3 for value in strongest)

    def _read(self, text: str) -> tuple[float, ...]:
        fit = self._fitted()
        vector = self._encoder.encode([text])[0].astype(np.float64)
        words = np.array(leanings(text))
        gate = fit.opens(vector) + (_WORDS_OPEN if words.any() else 0.0)
        if gate <= _OPEN:
            return (0.0,) * len(TRAITS)
        return tuple((fit.directions(vector) + _WORDS_WEIGH * words).tolist())

    def _fitted(self) -> _Fit:
        with self._lock:
            if self._fit is None:
                self._fit = _learn(self._raw)
            return self._fit


def _score(direction: float) -> int:
    if abs(direction) <= _DEAD:
        return 3
    step = 2 if abs(direction) >= _CLEAR else 1
    return 3 + step if direction > 0 else 3 - step


def _learn(encoder: TextEncoder) -> _Fit:
    texts: list[str] = []
    targets: list[list[float]] = []
    for trait, poles in enumerate(POLES):
        for sign, block in zip((-1.0, 1.0), poles, strict=True):
            for line in lines(block):
                texts.append(line)
                targets.append([sign if trait == other else 0.0 for other in range(len(TRAITS))])
    plain = lines(NEUTRAL)
    texts += plain
    targets += [[0.0] * len(TRAITS) for _ in plain]
    batches = [encoder.encode(texts[at : at + _BATCH]) for at in range(0, len(texts), _BATCH)]
    examples = np.concatenate(batches).astype(np.float64)
    wanted = np.array(targets)
    kernel = _kernel(examples, examples) + _SMOOTH * np.eye(len(texts))
    centre = examples.mean(axis=0)
    gate = _gate(examples - centre, np.abs(wanted).sum(axis=1) > 0)
    return _Fit(examples, np.linalg.solve(kernel, wanted), gate, centre)


def _kernel(one: Matrix, other: Matrix) -> Matrix:
    found: Matrix = np.exp(_SHARP * (one @ other.T - 1.0))
    return found


def _gate(examples: Matrix, cues: NDArray[np.bool_]) -> Matrix:
    """Weights that tell examples with a cue (+1) from those without (-1), both as heavy."""
    rows = np.column_stack([examples, np.ones(len(examples))])
    heavy = np.where(cues, 1.0, cues.sum() / (~cues).sum())
    ridge = _GATE_SMOOTH * np.eye(rows.shape[1])
    ridge[-1, -1] = 1e-6
    weighed = rows * heavy[:, None]
    return np.asarray(
        np.linalg.solve(rows.T @ weighed + ridge, weighed.T @ np.where(cues, 1.0, -1.0))
    )
