"""How near single words are in meaning, where they are not the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from personavlm.engines.preview import words
from personavlm.engines.preview.evidence import Said
from personavlm.engines.preview.words import Word
from personavlm.memory.encode import CachedEncoder

_NEAR_FROM, _NEAR_SPAN = 0.35, 0.42  # cosine of two words at which they begin to count as one
_NOBODY: frozenset[str] = frozenset()


class Nearness:
    """How near each word of the question is to the words of the closest sentences."""

    def __init__(
        self,
        focus: Sequence[Word],
        said: Sequence[Said],
        encoder: CachedEncoder,
        aliases: Mapping[str, frozenset[str]],
    ) -> None:
        self._aliases = aliases
        vocabulary = {
            word.stem: word.text.lower()
            for one in said
            for word in words.content(f"{one.before} {one.text} {one.after}")
        }
        self._focus = tuple(focus)
        self._columns = {stem: column for column, stem in enumerate(vocabulary)}
        asked = [word.text.lower() for word in focus]
        vectors = encoder.encode([*asked, *vocabulary.values()])
        cosines = vectors[: len(asked)] @ vectors[len(asked) :].T
        self._near = np.clip((cosines - _NEAR_FROM) / _NEAR_SPAN, 0.0, 0.9)

    def match(self, row: int, stems: frozenset[str]) -> float:
        """The best match of one word of the question among these stems, from 0 to 1."""
        wanted = self._focus[row]
        if words.covers(wanted.stem, stems) or self._aliases.get(wanted.stem, _NOBODY) & stems:
            return 1.0
        if wanted.name or wanted.generic or words.strict(wanted.stem):
            return 0.0
        best = 0.0
        for stem in stems:
            column = self._columns.get(stem)
            if column is not None and not words.exclude(wanted.stem, stem):
                best = max(best, float(self._near[row, column]))
        return best
