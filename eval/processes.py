"""Answering cases in several processes: one interpreter alone cannot keep a fast server busy.

Each process makes the method for itself, so it must be one that all of them can make: a model that
is reached by its URL. People are dealt out to the processes, and each asks several at a time.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait

from eval.case import Case
from eval.crew import answered, by_person
from eval.methods.base import Method
from eval.scoring.score import Record
from personavlm.errors import EngineUnavailable, PersonaVLMError

Make = Callable[[], AbstractContextManager[Method]]


def answered_by_processes(
    make: Make, cases: Sequence[Case], concurrency: int, processes: int
) -> Generator[Record, None, None]:
    """The records of all cases, as they are made.

    make: opens the method, in each process; it has to be importable there (a function of a module,
    or a partial of one). concurrency: how many people at a time, of all processes together.

    Raises:
        EngineUnavailable: nothing can be answered any more, or a process died; what has come until
        then is good.
    """
    people = by_person(cases)
    dealt = [[case for one in people[n::processes] for case in one] for n in range(processes)]
    starting = get_context("spawn")  # a fork would share connections, and locks that are held
    running = {}
    try:
        for share in filter(None, dealt):
            here, there = starting.Pipe()
            each = -(-concurrency // processes)
            process = starting.Process(
                target=_work, args=(make, share, each, processes, there), daemon=True
            )
            process.start()
            there.close()  # so that `here` ends when the process does
            running[here] = process
        while running:
            for here in wait(running):
                made = _next(here)
                if isinstance(made, Record):
                    yield made
                elif made is None:
                    running.pop(here).join()
                else:
                    raise made
    finally:
        for process in running.values():
            process.terminate()  # as with a kill, nothing that was finished is lost
            process.join()


def _next(here: Connection) -> Record | PersonaVLMError | None:
    """What a process sends next: a record, or last an error, or None where there was none."""
    try:
        return here.recv()
    except EOFError:
        raise EngineUnavailable(
            "A process that was answering ended by itself (was memory short?). "
            "What is done is kept: the same command goes on from there."
        ) from None


def _work(
    make: Make, cases: Sequence[Case], concurrency: int, processes: int, made: Connection
) -> None:
    """One process, which sends what `_next` takes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; who started this one ends it
    cores = max(1, (os.cpu_count() or 1) // processes)
    os.environ.setdefault("OMP_NUM_THREADS", str(cores))  # read when torch is first imported
    try:
        with make() as method:
            for record in answered(method, cases, concurrency):
                made.send(record)
    except PersonaVLMError as error:
        made.send(error)
    else:
        made.send(None)
