"""McNemar's exact test: whether two methods differ, from the cases that only one gets right."""

from __future__ import annotations


def p_value(only_a: int, only_b: int) -> float:
    """Two-sided, exact: so uneven a split or more, if each such case were a fair coin."""
    count = only_a + only_b
    ways = tail = 1  # to choose none of them
    for k in range(min(only_a, only_b)):
        ways = ways * (count - k) // (k + 1)
        tail += ways
    return min(1.0, 2 * tail / (1 << count))
