"""Whether two runs differ: the paired difference of each figure, its interval, McNemar's test.

    python eval/compare.py runs/personamem-32k/longest runs/personamem-32k/first

Both runs are resampled with the same draws of whole clusters (people; for P-SOUPS distinct items),
and the interval is of the difference draw by draw. McNemar's test takes cases as independent, which
cases of one person are not quite: where the two disagree, trust the interval.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from eval.journal import Run, read
from eval.report.sheet import Sheet, markdown
from eval.scoring.bootstrap import Draws, Interval, Right, middle, score
from eval.scoring.groups import Group, groups
from eval.scoring.mcnemar import p_value
from eval.scoring.score import Record
from personavlm.errors import BadInput, PersonaVLMError

HEAD = ("group", "n", "A", "B", "A - B", "95% interval", "only A right", "only B right", "p")


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of both runs, in percent. only_a, only_b: cases that one alone gets right."""

    group: str
    n: int
    a: float
    b: float
    interval: Interval | None
    only_a: int
    only_b: int

    @property
    def p(self) -> float:
        return p_value(self.only_a, self.only_b)


def differences(a: Sequence[Record], b: Sequence[Record], right: Right) -> list[Difference]:
    """The figures of two runs over the same cases."""
    draws = Draws.of(record.cluster for record in a)
    pairs = zip(groups(a), groups(b), strict=True)
    return [_difference(mine, yours, right, draws) for mine, yours in pairs]


def _difference(mine: Group, yours: Group, right: Right, draws: Draws) -> Difference:
    hits_a = {record.case for record in mine.records if right(record)}
    hits_b = {record.case for record in yours.records if right(record)}
    several = len({record.cluster for record in mine.records}) > 1
    apart = draws.scores(mine, right) - draws.scores(yours, right) if several else None
    return Difference(
        mine.name,
        mine.n,
        score(mine, right),
        score(yours, right),
        None if apart is None else middle(apart),
        len(hits_a - hits_b),
        len(hits_b - hits_a),
    )


def paired(a: Run, b: Run) -> tuple[list[Record], list[Record]]:
    """The records of both runs, for the cases that both have, in one order.

    Raises:
        BadInput: the runs are of other questions.
    """
    for name in ("benchmark", "context", "data"):
        mine, yours = (getattr(run.manifest, name) for run in (a, b))
        if mine != yours:
            raise BadInput(f"{a.folder} and {b.folder} cannot be paired: they differ in {name}.")
    others = {record.case: record for record in b.records}
    kept = [record for record in a.records if record.case in others]
    if not kept:
        raise BadInput(f"{a.folder} and {b.folder} have no case in common.")
    return kept, [others[record.case] for record in kept]


def compared(a: Run, b: Run) -> str:
    """The comparison as Markdown: by the main scorer, and by ours where that reads otherwise."""
    mine, yours = paired(a, b)
    notes = [
        f"A is {run_name(a)}, B is {run_name(b)}; {len(mine)} cases that both have "
        f"({len(a.records) - len(mine)} only A has, {len(b.records) - len(mine)} only B).",
        f"Failed, counted as wrong: {_failed(mine)} of A, {_failed(yours)} of B.",
        "p: McNemar's exact test, two-sided, which takes cases as independent; the interval draws "
        "whole clusters. Each order of a pair is a case to it, and in a macro average it tests the "
        "cases, not the average.",
    ]
    sheets = [_sheet("official scorer" if mine[0].official else "robust scorer", notes,
                     differences(mine, yours, lambda record: record.main.correct))]  # fmt: skip
    if any(record.main.correct != record.robust.correct for record in (*mine, *yours)):
        ours = differences(mine, yours, lambda record: record.robust.correct)
        sheets.append(_sheet("robust scorer", [], ours))
    return markdown(sheets)


def run_name(run: Run) -> str:
    told = run.manifest
    open_ = "" if run.complete else f", {len(run.records)} of {told.cases} done"
    return f"{told.method} ({run.folder}{open_})"


def _failed(records: Sequence[Record]) -> int:
    return sum(bool(record.failed) for record in records)


def _sheet(name: str, notes: Sequence[str], found: Sequence[Difference]) -> Sheet:
    rows = tuple(
        (
            line.group,
            str(line.n),
            f"{line.a:.2f}",
            f"{line.b:.2f}",
            f"{line.a - line.b:+.2f}",
            "-" if line.interval is None else "{:+.1f} to {:+.1f}".format(*line.interval),
            str(line.only_a),
            str(line.only_b),
            f"{line.p:.2g}",
        )
        for line in found
    )
    return Sheet(f"A against B, {name}", HEAD, rows, tuple(notes))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("a", type=Path, metavar="RUN_A")
    parser.add_argument("b", type=Path, metavar="RUN_B")
    asked = parser.parse_args(argv)
    try:
        print(compared(read(asked.a), read(asked.b)))
    except PersonaVLMError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
