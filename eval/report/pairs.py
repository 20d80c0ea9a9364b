"""The compared replies of Fig. 5, packed into the page: question by question, judge by judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.journal import MANIFEST, Run, read
from eval.open.judgement import Judged
from eval.open.lines import Compared
from eval.open.verdicts import Decided, Verdict
from eval.report.comparison import FOLDER, Comparison, Found
from eval.report.parts import TOGETHER, Part, in_parts, key, packed


@dataclass(frozen=True, slots=True)
class Systems:
    """Two systems, and the judges that compared their replies."""

    key: str
    found: tuple[Found, ...]

    @property
    def cases(self) -> list[str]:
        """Every question that any of the judges has decided."""
        return list(dict.fromkeys(one.case for found in self.found for one in found.questions))


def systems(out: Path, made: Comparison) -> list[Systems]:
    """In the order of their names."""
    by_folder: dict[Path, list[Found]] = {}
    for found in made.found:
        by_folder.setdefault(found.judged.folder.parent, []).append(found)
    return [Systems(key(out, folder), tuple(found)) for folder, found in by_folder.items()]


def answers(out: Path) -> list[Run]:
    """The runs that the compared replies are from.

    Raises:
        BadInput: one is damaged.
    """
    return [read(p.parent) for p in sorted((out / FOLDER / "answers").glob(f"*/*/{MANIFEST}"))]


def pair_parts(
    made: Iterable[Systems], runs: Sequence[Run]
) -> tuple[list[dict[str, Any]], list[Part]]:
    """What the page has to know of each two systems to find their parts, and the parts."""
    about: list[dict[str, Any]] = []
    packed_up: list[Part] = []
    for number, each in enumerate(made):
        told = each.found[0].judged.about
        name = f"pair-{number}"
        about.append({
            "key": each.key,
            "ours": told.ours.name,
            "theirs": told.theirs.name,
            "title": f"{told.ours.name} against {told.theirs.name}",
            "judges": [_judge(found.judged) for found in each.found],
            "part": name,
            "together": TOGETHER,
        })  # fmt: skip
        replied = [
            {record.case: record for record in run.records}
            for side in (told.ours, told.theirs)
            for run in runs
            if (run.manifest.method, run.manifest.context) == (side.name, told.context)
        ]
        looked_up = [_Judge.of(found) for found in each.found]
        packed_up.append(Part(name, packed([_row(case, looked_up) for case in each.cases])))
        details = [_detail(case, looked_up, replied) for case in each.cases]
        packed_up += in_parts(name, details)
    return about, packed_up


def _judge(judged: Judged) -> str:
    return f"{judged.about.judge} at {judged.about.url}"


@dataclass(frozen=True, slots=True)
class _Judge:
    """What one judge was given and said, by case."""

    compared: Mapping[str, Compared]
    decided: Mapping[str, Decided]
    verdicts: Mapping[str, list[Verdict]]

    @classmethod
    def of(cls, found: Found) -> _Judge:
        verdicts: dict[str, list[Verdict]] = {}
        for verdict in found.judged.verdicts:
            verdicts.setdefault(verdict.case, []).append(verdict)
        return cls(found.judged.compared, {one.case: one for one in found.questions}, verdicts)


def _row(case: str, judges: Sequence[_Judge]) -> dict[str, Any]:
    """What a list shows of a question, and is filtered by. judges: None where one has none."""
    shown = next((one.compared[case] for one in judges if case in one.compared), None)
    decided = [one.decided.get(case) for one in judges]
    return {
        "case": case,
        "person": next(one.cluster for one in decided if one),
        "question": shown.question if shown else "",
        "replies": [shown.ours, shown.theirs] if shown else [],
        "judges": [
            one and {"outcome": one.outcome, "swapped": one.swapped, "reason": one.reason}
            for one in decided
        ],
    }


def _detail(
    case: str, judges: Sequence[_Judge], replied: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """compared: what was put to the judges, by its digest; more than one where replies were made
    anew between two judges. how: how the replies came about, where they are those."""
    compared = {one.compared[case].of: one.compared[case] for one in judges if case in one.compared}
    return {
        "compared": {of: asdict(one) for of, one in compared.items()},
        "how": {of: _how(one, replied) for of, one in compared.items()},
        "judges": [
            {"of": one.decided[case].of, "orders": list(map(asdict, one.verdicts[case]))}
            if case in one.decided
            else None
            for one in judges
        ],
    }


def _how(one: Compared, replied: Sequence[Mapping[str, Any]]) -> list[dict[str, Any] | None]:
    said = ((one.ours, one.ours_failed), (one.theirs, one.theirs_failed))
    records = [side.get(one.case) for side in replied] if len(replied) == len(said) else []
    return [
        {"usage": record.usage, "detail": record.detail or {}}
        if record is not None and (record.reply, record.failed) == words
        else None
        for record, words in zip(records or (None, None), said, strict=True)
    ]
