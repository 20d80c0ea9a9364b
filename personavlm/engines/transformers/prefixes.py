"""What was read before: the caches of the last sequences, so that the same is not read twice.

A cache of one person's words serves that person only (the salt): another's request must not run
faster because of what someone else said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from transformers import Cache, DynamicCache
from transformers.cache_utils import DynamicLayer

from personavlm.engines.transformers.prompt import Prompt

MOST_SEQUENCES = 16
MOST_TOKENS = 32_768  # 1.9 GB for the published weights in bfloat16


@dataclass(frozen=True, slots=True)
class _Kept:
    salt: str
    keys: tuple[int | str, ...]
    cache: DynamicCache


class Prefixes:
    """The caches of the last sequences, the one used last at the end. Not thread-safe."""

    def __init__(self) -> None:
        self._kept: list[_Kept] = []

    def __len__(self) -> int:
        return len(self._kept)

    def longest(self, salt: str, prompt: Prompt, config: Any) -> tuple[DynamicCache, int]:
        """A cache that has read the longest known beginning of `prompt`, and how much that is.

        At least the last token is left, as the next one follows from it. The cache is the caller's:
        it grows by making new tensors, so what is kept here stays as it is.
        """
        best, length = None, 0
        for kept in self._kept:
            if kept.salt == salt:
                shared = prompt.cut(_common(kept.keys, prompt.keys[:-1]))
                if shared > length:
                    best, length = kept, shared
        cache = DynamicCache(config=config)
        if best is None:
            return cache, 0
        self._kept.remove(best)
        self._kept.append(best)
        for layer, source in zip(layers_of(cache), layers_of(best.cache), strict=True):
            layer.update(source.keys[..., :length, :], source.values[..., :length, :])
        return cache, length

    def keep(self, salt: str, keys: tuple[int | str, ...], cache: DynamicCache) -> None:
        """Keep what a sequence has read, unless it is known; beginnings of it that were kept go.

        Only for caches that can be cut anywhere: a sliding window has forgotten its beginning, and
        a recurrent state cannot go back. One that a failed step left uneven is not kept either.
        """
        lengths = {layer.get_seq_length() for layer in layers_of(cache)}
        if not sliceable(cache) or len(lengths) != 1:
            return
        keys = keys[: lengths.pop()]
        if not 0 < len(keys) <= MOST_TOKENS or self._knows(salt, keys):
            return
        self._kept = [
            kept for kept in self._kept if kept.salt != salt or kept.keys != keys[: len(kept.keys)]
        ]
        self._kept.append(_Kept(salt, keys, cache))
        while (
            len(self._kept) > MOST_SEQUENCES
            or sum(len(kept.keys) for kept in self._kept) > MOST_TOKENS
        ):
            self._kept.pop(0)

    def _knows(self, salt: str, keys: tuple[int | str, ...]) -> bool:
        return any(k.salt == salt and k.keys[: len(keys)] == keys for k in self._kept)

    def clear(self) -> None:
        self._kept.clear()


def layers_of(cache: Cache) -> list[Any]:
    """A cache's layers. Their attributes differ by kind, and by release of the library."""
    return list(cache.layers)


def sliceable(cache: DynamicCache) -> bool:
    """Whether each layer keeps all tokens, one after the other."""
    return all(type(layer) is DynamicLayer for layer in cache.layers)


def _common(left: tuple[int | str, ...], right: tuple[int | str, ...]) -> int:
    """The length of the longest common beginning."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(left), len(right)))
