"""Answering cases, several people at a time: those about one person stay one after another.

Records come as they are made, so none that is finished waits for another. Of one person, what was
asked earlier in the conversation comes first: a later question goes on from there.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event

from eval.case import Case
from eval.methods.base import Method
from eval.scoring.score import Record, failed, judged
from personavlm.errors import EngineUnavailable, PersonaVLMError


def answered(
    method: Method, cases: Sequence[Case], concurrency: int
) -> Generator[Record, None, None]:
    """The records of all cases.

    Raises:
        EngineUnavailable: nothing can be answered any more; what has come until then is good.
    """
    people = by_person(cases)
    if concurrency == 1:
        yield from (_answered(method, case) for about_one in people for case in about_one)
        return
    made: SimpleQueue[Record | Future[None]] = SimpleQueue()
    stop = Event()

    def work(about_one: Sequence[Case]) -> None:
        for case in about_one:
            if stop.is_set():
                return
            made.put(_answered(method, case))

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


def _answered(method: Method, case: Case) -> Record:
    try:
        return judged(case, method.answer(case))
    except EngineUnavailable:
        raise
    except PersonaVLMError as error:
        return failed(case, str(error))
