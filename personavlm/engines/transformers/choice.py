"""Which token comes next: the likeliest or a drawn one, of those that a grammar allows."""

from __future__ import annotations

from collections.abc import Callable, Set
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer
from llguidance.hf import from_tokenizer

from personavlm.errors import EngineUnavailable
from personavlm.protocol.grammars import Grammar

MOST_GRAMMARS = 16  # kept: the tasks have one each, those of a session one for each length


class Grammars:
    """Compiles grammars for one tokenizer, once each."""

    def __init__(self, tokenizer: Any, vocabulary: int, ends: Set[int]) -> None:
        size = max(vocabulary, len(tokenizer))
        self._tokenizer: LLTokenizer = from_tokenizer(
            tokenizer, n_vocab=size, eos_token=sorted(ends)
        )
        self._vocabulary = vocabulary
        self._compiled: Callable[[str], LLMatcher] = lru_cache(MOST_GRAMMARS)(self._compile)

    def start(self, grammar: Grammar) -> Constraint:
        """A fresh constraint to one output.

        Raises:
            EngineUnavailable: the grammar is not one, or too large.
        """
        return Constraint(self._compiled(grammar.regex).deep_copy(), self._vocabulary)

    def _compile(self, regex: str) -> LLMatcher:
        matcher = LLMatcher(self._tokenizer, LLMatcher.grammar_from_regex(regex), log_level=0)
        _check(matcher)
        return matcher


class Constraint:
    """What may follow, so that the whole output matches a grammar."""

    def __init__(self, matcher: LLMatcher, vocabulary: int) -> None:
        self._matcher = matcher
        self._vocabulary = vocabulary

    @property
    def finished(self) -> bool:
        """Whether nothing can follow any more."""
        return bool(self._matcher.is_stopped())

    def allowed(self) -> torch.Tensor:
        """Which tokens may come next: (vocabulary,) bool, on the CPU."""
        packed = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        _check(self._matcher)
        bits = np.unpackbits(packed, bitorder="little")[: self._vocabulary]
        return torch.from_numpy(bits.astype(np.bool_))

    def accept(self, token: int) -> None:
        self._matcher.consume_token(token)
        _check(self._matcher)


class Chooser:
    """Picks tokens for one output: the likeliest at temperature 0, else drawn by the seed."""

    def __init__(self, temperature: float, seed: int, constraint: Constraint | None) -> None:
        self._temperature = temperature
        self._seed = seed
        self._constraint = constraint
        self._dice: torch.Generator | None = None

    def pick(self, logits: torch.Tensor) -> int:
        """The next token by its logits, shape (vocabulary,)."""
        logits = logits.float()
        if self._constraint is not None:
            allowed = self._constraint.allowed().to(logits.device)
            logits = logits.masked_fill(~allowed, -torch.inf)
        if self._temperature <= 0:
            return int(logits.argmax())
        if self._dice is None:
            self._dice = torch.Generator(logits.device).manual_seed(self._seed)
        odds = torch.softmax(logits / self._temperature, dim=-1)
        return int(torch.multinomial(odds, 1, generator=self._dice))

    def accept(self, token: int) -> bool:
        """Go on from `token`, which was no end; False where nothing can follow it."""
        if self._constraint is None:
            return True
        self._constraint.accept(token)
        return not self._constraint.finished


def _check(matcher: LLMatcher) -> None:
    if matcher.is_error():
        raise EngineUnavailable(
            f"The output cannot be held to its format: {matcher.get_error()} "
            "Update llguidance, or report this."
        )
