"""Work on several things at a time, with the results in order."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def abreast(
    work: Callable[[int], T], count: int, at_once: int, stop: Callable[[], None]
) -> Generator[T, None, None]:
    """`work` on each number below `count`, in order.

    Where it ends early, closed or by what `work` raised, nothing more is begun, `stop` is called so
    that what was begun ends soon, and is waited for.
    """
    if at_once == 1:
        yield from map(work, range(count))
        return
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="person")
    try:
        yield from pool.map(work, range(count))
    except BaseException:
        stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
