"""What asking a model took: requests, tokens, and money where prices are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """Money for a million tokens read, and for a million generated, in any currency."""

    read: float
    generated: float


@dataclass(frozen=True, slots=True)
class Spent:
    """Requests that were answered, and their tokens as the server counts them.

    models: what the server said that it ran.
    """

    requests: int = 0
    read: int = 0
    generated: int = 0
    models: frozenset[str] = frozenset()

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            self.requests + other.requests,
            self.read + other.read,
            self.generated + other.generated,
            self.models | other.models,
        )

    def money(self, prices: Prices) -> float:
        return (self.read * prices.read + self.generated * prices.generated) / MILLION


def total(parts: Iterable[Spent]) -> Spent:
    return sum(parts, Spent())


def told(spent: Spent, prices: Prices | None = None) -> str:
    """In a line."""
    tokens = "tokens not counted by the server"
    if spent.read or not spent.requests:
        tokens = f"{spent.read:,} tokens read, {spent.generated:,} generated"
    line = f"{spent.requests:,} requests, {tokens}"
    return line if prices is None else f"{line}, {spent.money(prices):,.2f} spent"
