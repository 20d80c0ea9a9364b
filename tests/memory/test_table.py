"""Rows in memory: what meets a span, in order of id, whatever came, went and changed."""

from __future__ import annotations

import math
from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personavlm.memory.encode import Vectors
from personavlm.memory.lexical import K1, B, counted, terms
from personavlm.memory.lexicon import FEW
from personavlm.memory.table import Rows, Table


class Row(NamedTuple):
    id: int
    low: int
    high: int
    session: int
    text: str


texts = st.lists(st.sampled_from(["corgi", "bike", "jazz", "walnut", "fern", "cake"]), max_size=6)
rows = st.lists(st.tuples(texts.map(" ".join), st.integers(0, 1)), min_size=1, max_size=12)
QUERY = np.array([1, 0], np.float32)


def columns(made: list[Row]) -> Rows:
    ids, lows, highs, sessions, said = (list(column) for column in zip(*made, strict=True))
    return Rows(ids, lows, highs, sessions, [*map(counted, said)], vectors(ids))


def vectors(ids: list[int]) -> Vectors:
    """Each row's cosine with QUERY tells its id."""
    return np.array([(id / 1000, 0) for id in ids], np.float32).reshape(-1, 2)


def table_of(*batches: list[Row]) -> Table:
    table = Table(2)
    for batch in batches:
        table.add(columns(batch))
    return table


def ids_in(table: Table, low: int, high: int) -> list[int]:
    found = table.find(QUERY, (), low, high)
    ids: list[int] = found.ids.tolist()
    assert found.cosines.tolist() == pytest.approx([id / 1000 for id in ids])
    return ids


def bm25(question: set[str], texts: list[list[str]]) -> list[float]:
    """The share of a question that each text covers, by loops."""
    average = max(sum(map(len, texts)) / len(texts), 1)
    rare = {}
    for term in question:
        having = sum(term in text for text in texts)
        if having:
            rare[term] = math.log(1 + (len(texts) - having + 0.5) / (having + 0.5))
    shares = []
    for text in texts:
        counts, damping = Counter(text), K1 * (1 - B + B * len(text) / average)
        covered = sum(rare[t] * counts[t] / (counts[t] + damping) for t in rare)
        shares.append(covered / sum(rare.values()) if rare else 0.0)
    return shares


@settings(max_examples=100, deadline=None, derandomize=True)
@given(rows, texts, st.sets(st.integers(1, 12)), st.integers(0, 5), st.integers(1, 10**6))
def test_coverage_is_bm25_of_rows_and_of_their_sessions(
    written: list[tuple[str, int]], question: list[str], gone: set[int], low: int, apart: int
) -> None:
    starts = np.cumsum([new for _, new in written]).tolist()  # a session starts where it grows
    made = [
        Row(number * apart, number, number, session, text)
        for number, ((text, _), session) in enumerate(zip(written, starts, strict=True), 1)
    ]
    table = table_of(made)
    table.discard([number * apart for number in gone])
    again = made[: len(made) // 2]
    if again:
        table.add(columns(again))  # changed rows come back out of order
    kept = [row for row in made if row in again or row.low not in gone]
    asked = set(terms(" ".join(question)))
    found = table.find(QUERY, asked, low, 99)
    assert found.ids.tolist() == [row.id for row in kept if row.low >= low]
    if not kept:
        return
    alone = bm25(asked, [terms(row.text) for row in kept])
    sessions = sorted({row.session for row in kept})
    together = dict(zip(sessions, bm25(asked, [
        [term for row in kept if row.session == session for term in terms(row.text)]
        for session in sessions
    ]), strict=True))  # fmt: skip
    inside = [place for place, row in enumerate(kept) if row.low >= low]
    assert found.covered.tolist() == pytest.approx([alone[i] for i in inside], abs=1e-5)
    expected = [together[kept[i].session] for i in inside]
    assert found.session_covered.tolist() == pytest.approx(expected, abs=1e-5)
    apart_from_sessions = table.find(QUERY, asked, low, 99, sessions=False)
    assert not apart_from_sessions.session_covered.any()


@pytest.mark.parametrize(("low", "high", "expected"), [
    (0, 99, [1, 2, 3, 4]), (10, 20, [1, 2]), (25, 25, [1, 3]), (21, 24, [1, 3]),
    (15, 29, [1, 2, 3]),
    (30, 40, [1, 4]), (41, 99, [1]), (0, 4, []),
])  # fmt: skip
def test_a_row_is_found_where_its_span_meets_the_window(
    low: int, high: int, expected: list[int]
) -> None:
    spans = [(5, 99), (15, 20), (21, 29), (30, 40)]
    made = [Row(id, *span, 0, "") for id, span in enumerate(spans, 1)]
    assert ids_in(table_of(made), low, high) == expected


def test_rows_come_in_many_pages_and_out_of_order() -> None:
    made = [Row(id, id, id, 0, f"corgi number{id}") for id in range(1, 5 * FEW)]
    table = Table(2)
    table.reserve(len(made))
    for page in (made[2 * FEW :], made[: 2 * FEW], made[7:8]):
        table.add(columns(page))
    assert ids_in(table, 0, 10**6) == [row.id for row in made]
    [row] = np.flatnonzero(table.find(QUERY, {"number8"}, 0, 10**6).covered)
    assert made[row].id == 8


def test_what_a_search_found_stays_as_it_was() -> None:
    table = table_of([Row(id, id, id, id, "") for id in range(1, 200)])
    found = table.find(QUERY, (), 0, 10**6)
    table.discard([3, 50])
    table.add(columns([Row(50, 1, 1, 1, "jazz"), Row(500, 1, 1, 1, "jazz")]))
    for column in (found.ids, found.starts, found.ends, found.sessions):
        assert column.tolist() == list(range(1, 200))
    assert 3 not in ids_in(table, 0, 10**6)


def test_an_empty_table_finds_nothing() -> None:
    for table in (Table(2), table_of([Row(1, 1, 1, 1, "corgi")])):
        table.discard([1, 2])
        assert ids_in(table, 0, 10**6) == []
        assert len(table.find(QUERY, {"corgi"}, 0, 9).covered) == 0
