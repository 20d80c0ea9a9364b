"""Where a benchmark's files come from: a folder, or its dataset on the Hub."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.benchmarks import fetch
from eval.benchmarks.load import READERS, load
from eval.case import Benchmark, Case


@dataclass(frozen=True, slots=True)
class Source:
    """One benchmark's files. folder: where they are; unless they are a dataset's."""

    benchmark: Benchmark
    folder: Path | None
    dataset: fetch.Dataset | None

    @property
    def revision(self) -> str:
        """`owner/name@commit`; empty for a folder."""
        return self.dataset.name if self.dataset else ""

    def questions(self, context: str) -> Path:
        """The folder with the questions of a context length, fetched if need be.

        Raises:
            Absent: there are none. BadInput: they cannot be had.
        """
        if self.dataset is None:
            assert self.folder is not None, "a source is one of the two"
            return self.folder
        return fetch.questions(self.dataset, READERS[self.benchmark].named(context), tell)

    def histories(self, cases: Sequence[Case]) -> None:
        """Have the histories of these cases here.

        Raises:
            BadInput: they cannot be had.
        """
        if self.dataset is not None:
            fetch.histories(self.dataset, cases, tell)

    def cases(self, context: str) -> list[Case]:
        """All cases of a context length.

        Raises:
            Absent: there are none. BadInput: a file is malformed, or cannot be had.
        """
        return load(self.benchmark, self.questions(context), context)


def source(benchmark: Benchmark, data: Path | None, revisions: Mapping[str, str]) -> Source:
    """Where one benchmark's files are.

    data: a folder with them, or one of such folders by the benchmarks' names; None for the Hub.
    revisions: of the datasets there, by benchmark; `main` where none is named.

    Raises:
        BadInput: the Hub refuses, or is not to be had.
    """
    if data is None:
        revision = revisions.get(benchmark.value)
        return Source(benchmark, None, fetch.resolve(benchmark, revision, tell))
    own = data / benchmark.value
    return Source(benchmark, own if own.is_dir() else data, None)


def tell(line: str) -> None:
    print(line, file=sys.stderr)
