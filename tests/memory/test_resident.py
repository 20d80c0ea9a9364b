"""Vectors that stay on a device: sent once, brought up to date, evicted, released.

No GPU here: the device is stood in for by torch on the CPU, whose tensors are of the same kind. The
test marked `gpu` compares the real one with the CPU.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from personavlm.memory.encode import Vectors
from personavlm.memory.nearest import CpuBackend, Places, products
from personavlm.memory.resident import Cuda, GpuBackend
from personavlm.memory.vectors import HEADROOM, Block

WIDTH = 8
RANDOM = np.random.default_rng(11)
QUERY = RANDOM.normal(size=WIDTH).astype(np.float32)


class Full(Exception):
    """As torch raises where the device has no room."""


@dataclass
class StandIn:
    """A device of so many bytes that counts what is asked of it."""

    room: int = 10**9
    name: str = "stand-in"
    full: type[Exception] = Full
    held: list[int] = field(default_factory=list)
    compared: list[int] = field(default_factory=list)

    def hold(self, rows: int, dimension: int) -> torch.Tensor:
        if rows * dimension * 4 > self.room:
            raise Full
        self.held.append(rows)
        return torch.full((rows, dimension), torch.nan)

    def products(self, query: Vectors, vectors: torch.Tensor) -> Vectors:
        self.compared.append(len(vectors))
        return np.asarray((vectors @ torch.from_numpy(query)).numpy())


def vectors(count: int) -> Vectors:
    return RANDOM.normal(size=(count, WIDTH)).astype(np.float32)


def block_of(count: int, person: object = "maya") -> Block:
    block = Block(WIDTH, person)
    block.append(vectors(count))
    return block


def size_of(rows: int) -> int:
    """Bytes that a block takes there."""
    return (rows + rows // HEADROOM) * WIDTH * 4


def check(backend: GpuBackend, block: Block, places: Places = slice(None)) -> None:
    expected = products(QUERY, block.rows, places)
    assert backend.products(QUERY, block, places) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("places", [slice(0, 20), slice(5, 9), slice(0, 0), np.array([], np.int64),
                                    np.array([3, 4, 17])], ids=str)  # fmt: skip
def test_the_same_as_on_the_cpu(places: Places) -> None:
    device = StandIn()
    check(GpuBackend(device, small=1), block_of(20), places)
    assert device.held == [20 + 20 // HEADROOM]


def test_vectors_are_sent_once_and_new_ones_are_added() -> None:
    device = StandIn()
    backend, block = GpuBackend(device, small=1), block_of(80)
    for _ in range(3):
        check(backend, block)
    block.append(vectors(10))
    check(backend, block)
    assert len(device.held) == 1, "there was room for those"
    block.append(vectors(1))
    check(backend, block)
    assert len(device.held) == 2, "there was none for one more"


def test_what_was_moved_or_dropped_is_sent_again() -> None:
    device = StandIn()
    backend, block = GpuBackend(device, small=1), block_of(30)
    check(backend, block)
    block.rearrange(3, np.array([20, 4]))
    check(backend, block)
    assert len(device.held) == 2


def test_small_blocks_stay_off_the_device() -> None:
    device = StandIn()
    backend = GpuBackend(device, small=21)
    check(backend, block_of(20))
    assert (device.held, device.compared) == ([], [])
    check(backend, block_of(21))
    assert device.compared == [21]


def test_the_least_recently_used_person_is_evicted_whole() -> None:
    device = StandIn()
    backend = GpuBackend(device, cap=4 * size_of(16), small=1)
    ana, ben = [block_of(16, "ana") for _ in range(2)], [block_of(16, "ben") for _ in range(2)]
    for block in (*ana, *ben):
        check(backend, block)
    assert backend.resident == 4 * size_of(16)
    check(backend, ana[0])  # ben is now the one who searched longest ago
    check(backend, block_of(16, "cleo"))
    assert backend.resident == 3 * size_of(16), "both of ben's are gone"
    sent = len(device.held)
    for block in ana:
        check(backend, block)
    assert len(device.held) == sent
    check(backend, ben[0])
    assert len(device.held) == sent + 1


def test_what_the_cap_cannot_hold_is_compared_on_the_cpu_and_evicts_nobody() -> None:
    device = StandIn()
    backend = GpuBackend(device, cap=2 * size_of(16), small=1)
    kept = block_of(16, "ana")
    check(backend, kept)
    check(backend, block_of(100, "ben"))
    check(backend, kept)
    assert (device.held, device.compared) == ([18], [16, 16])
    assert [*backend._people] == ["ana"], "nothing is kept of somebody who holds nothing"


def test_a_person_who_needs_more_than_the_cap_keeps_what_fits() -> None:
    device = StandIn()
    backend = GpuBackend(device, cap=size_of(16) + 10, small=1)
    first, second = block_of(16), block_of(16)
    for _ in range(3):
        check(backend, first)
        check(backend, second)
    assert len(device.held) == 1, "they do not push each other out"


def test_a_device_that_is_full_is_left_alone() -> None:
    device = StandIn(room=size_of(16))
    backend = GpuBackend(device, small=1)
    check(backend, block_of(16, "ana"))
    check(backend, block_of(64, "ben"))
    assert backend.resident == 0, "what the model needs is given back"
    check(backend, block_of(16, "cleo"))
    assert backend.resident == size_of(16)


def test_what_is_released_is_gone() -> None:
    backend, block = GpuBackend(StandIn(), small=1), block_of(16)
    backend.release(block)
    check(backend, block)
    backend.release(block)
    assert (backend.resident, len(backend._people)) == (0, 0)


steps = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["search", "append", "drop", "release"])),
    max_size=40,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps)
def test_whatever_happens_the_products_are_right_and_the_cap_is_kept(
    steps: list[tuple[int, str]],
) -> None:
    cap = 3 * size_of(20)
    backend = GpuBackend(StandIn(), cap=cap, small=4)
    blocks = [block_of(5 + 10 * number, number // 2) for number in range(4)]
    for number, step in steps:
        block = blocks[number]
        if step == "append":
            block.append(vectors(3))
        elif step == "drop" and block.size:
            block.rearrange(1, np.arange(2, block.size))
        elif step == "release":
            backend.release(block)
        check(backend, block)
        assert backend.resident <= cap


@pytest.mark.gpu
def test_a_real_gpu_gives_the_same() -> None:
    rows = RANDOM.normal(size=(20_000, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    block = Block(384, "maya")
    block.append(rows)
    backend = GpuBackend(Cuda())
    scattered = np.sort(RANDOM.choice(20_000, 500, replace=False))
    for places in (slice(0, 20_000), slice(100, 7000), scattered):
        for query in rows[:5]:
            on_gpu = backend.products(query, block, places)
            on_cpu = CpuBackend().products(query, block, places)
            assert np.abs(on_gpu - on_cpu).max() <= 1e-5
    assert backend.resident > rows.nbytes
    block.append(rows[:100])
    assert backend.products(rows[0], block, slice(20_000, 20_100))[0] == pytest.approx(1, abs=1e-5)
