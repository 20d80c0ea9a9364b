"""Answering cases, several people at a time: those about one person stay one after another.

Records come as they are made, so none that is finished waits for another. Of one person, what was
asked earlier in the conversation comes first: a later question goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from queue import SimpleQueue
from threading import Event
from typing import Protocol, runtime_checkable

from eval.case import Answer, Case
from eval.methods.base import Method
from eval.scoring.score import Record, failed, judged
from personavlm.errors import EngineUnavailable, PersonaVLMError

Ask = Callable[[Case], Answer]


@runtime_checkable
class KeepsOpen(Protocol):
    """A method that has something open while it is asked about one person."""

    def about_one(self) -> AbstractContextManager[Ask]:
        """Its `answer` for the cases of one person, one after another in one thread."""
        ...


def answered(
    method: Method, cases: Sequence[Case], concurrency: int
) -> Generator[Record, None, None]:
    """The records of all cases.

    Raises:
        EngineUnavailable: nothing can be answered any more; what has come until then is good.
    """
    people = by_person(cases)
    if concurrency == 1:
        for about_one in people:
            with _asking(method) as ask:
                yield from (_answered(ask, case) for case in about_one)
        return
    made: SimpleQueue[Record | Future[None]] = SimpleQueue()
    stop = Event()

    def work(about_one: Sequence[Case]) -> None:
        with _asking(method) as ask:
            for case in about_one:
                if stop.is_set():
                    return
                made.put(_answered(ask, case))

    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="person")
    try:
        for about_one in people:
            pool.submit(work, about_one).add_done_callback(made.put)
        working = len(people)
        while working:
            one = made.get()
            if isinstance(one, Record):
                yield one
            else:
                one.result()  # raises what ended the work
                working -= 1
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


def by_person(cases: Sequence[Case]) -> list[list[Case]]:
    """Cases that share a history, each list by how much of it comes before them."""
    shared: dict[tuple[object, ...], list[Case]] = {}
    for case in cases:
        about = case.history
        key = (about.path, about.key) if about else (case.profile or case.id,)
        shared.setdefault(key, []).append(case)
    return [sorted(one, key=_end) for one in shared.values()]


def _end(case: Case) -> int:
    return case.history.end or 0 if case.history else 0


def _asking(method: Method) -> AbstractContextManager[Ask]:
    return method.about_one() if isinstance(method, KeepsOpen) else nullcontext(method.answer)


def _answered(ask: Ask, case: Case) -> Record:
    try:
        return judged(case, ask(case))
    except EngineUnavailable:
        raise
    except PersonaVLMError as error:
        return failed(case, str(error))
