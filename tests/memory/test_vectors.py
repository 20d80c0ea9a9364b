"""The vectors of a table: they grow, are dropped and moved, and say that they were."""

from __future__ import annotations

import numpy as np

from personavlm.memory.vectors import Block


def filled(count: int) -> Block:
    block = Block(3, None)
    for number in range(count):
        block.append(np.full((1, 3), number, np.float32))
    return block


def numbers(block: Block) -> list[float]:
    assert block.rows.shape == (block.size, 3)
    return block.rows[:, 0].tolist()


def test_growing_keeps_what_is_there_and_is_no_change() -> None:
    block = filled(200)
    assert numbers(block) == list(range(200))
    assert block.version == 0


def test_rows_are_kept_in_another_order_and_dropped() -> None:
    block = filled(6)
    block.rearrange(2, np.array([5, 3]))
    assert numbers(block) == [0, 1, 5, 3]
    assert block.version == 1
    assert not block._room[4:6].any(), "a dropped vector lingers"
    block.append(np.full((1, 3), 9, np.float32))
    assert numbers(block) == [0, 1, 5, 3, 9]
    block.rearrange(0, np.array([], np.int64))
    assert numbers(block) == []
