"""open.json and open.md: what the judges in a folder found, beside the paper's Figure 5."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from filelock import FileLock

from eval.case import Benchmark
from eval.methods import prompted
from eval.open.judge import Outcome
from eval.open.judgement import Judged, judged
from eval.open.summary import Agreement, Share, Summary, agreement, summary
from eval.open.verdicts import Decided, decided
from eval.published.figure5 import FIGURE, FIGURE_5, JUDGE, QUESTIONS, Versus, versus
from eval.report.sheet import Sheet, markdown
from eval.scoring.bootstrap import RESAMPLES, SEED
from personavlm.engines.choose import PREVIEW

HEAD = ("system", "opponent", "judge", "n", "unjudged", "wins", "ties", "loses", "swapped")
NONE = "-"
HOW = (
    "Replies without options; wins, ties and losses of the system, in percent of the questions "
    "that have a verdict.",
    f"In brackets: 95% of {RESAMPLES:,} bootstrap resamples (seed {SEED}), which draw whole "
    "persons.",
    "Each question is judged in both orders. Where they differ it is a tie, and counted as "
    "swapped: the verdict hung on the order in which the replies were shown.",
    f"Other than in the paper: both orders are judged (it names none), the judge is told of the "
    f"person whose traits it is to judge by (its prompt is not), and its judge was {JUDGE}.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A complete judgement and what it comes to. summary: None where nothing could be judged."""

    judged: Judged
    questions: list[Decided]
    summary: Summary | None

    @property
    def printed(self) -> Versus | None:
        """What the paper has for the same two systems; None where these are others."""
        about = self.judged.about
        return versus(*about.theirs.published) if about.ours.published else None


def report(out: Path) -> str:
    """Write the report of every complete judgement below a folder into it; returns it as Markdown.

    Raises:
        BadInput: a judgement is damaged.
    """
    with FileLock(out / ".lock"):
        there = judged(out / "verdicts")
        found = [_found(one) for one in there if one.complete]
        left = [one for one in there if not one.complete]
        agreements = list(_agreements(found))
        text = markdown(_sheets(found, left, agreements))
        data = {
            "rows": [row for one in found for row in _rows(one)],
            "agreement": [asdict(one) for one in agreements],
            "published": [asdict(one) for one in FIGURE_5],
        }
        _write(out / "open.json", json.dumps(data, indent=1) + "\n")
        _write(out / "open.md", text)
    return text


def _found(one: Judged) -> Found:
    questions = decided(one.verdicts)
    return Found(one, questions, summary(questions))


def _agreements(found: Sequence[Found]) -> Iterator[Agreement]:
    """Of each two judges of the same replies."""
    for one, other in combinations(found, 2):
        mine, yours = one.judged.about, other.judged.about
        if (mine.ours.name, mine.theirs.name) == (yours.ours.name, yours.theirs.name):
            both = agreement(mine.judge, one.questions, yours.judge, other.questions)
            if both is not None:
                yield both


def _rows(one: Found) -> Iterator[dict[str, Any]]:
    """One a figure, in percent; `published` is null where the paper has none."""
    about, printed = one.judged.about, one.printed
    if one.summary is None:
        return
    shares = {outcome.value: one.summary.share(outcome) for outcome in Outcome}
    for name, share in {**shares, "swapped": one.summary.swapped}.items():
        low, high = share.interval or (None, None)
        yield {
            "benchmark": Benchmark.PERSONA_MME.value,
            "context": about.context,
            "method": about.ours.name,
            "opponent": about.theirs.name,
            "judge": about.judge,
            "group": name,
            "n": one.summary.n,
            "unjudged": one.summary.unjudged,
            "score": round(share.percent, 2),
            "low": None if low is None else round(low, 2),
            "high": None if high is None else round(high, 2),
            "published": getattr(printed, name, None),
        }


def _sheets(
    found: Sequence[Found], left: Sequence[Judged], agreements: Sequence[Agreement]
) -> list[Sheet]:
    rows = tuple(_row(one) for one in found)
    notes = (
        *HOW,
        *dict.fromkeys(note for one in found for note in _notes(one)),
        *(f"{one.about.judge} on {one.about.ours.name} against {one.about.theirs.name}: not "
          f"complete, {len(one.verdicts)} verdicts: left out." for one in left),
    )  # fmt: skip
    sheets = [Sheet("Open replies: our runs", HEAD, rows, notes, left=3)]
    if agreements:
        sheets.append(_agreed(agreements))
    return [*sheets, _theirs()]


def _row(one: Found) -> tuple[str, ...]:
    about, sums = one.judged.about, one.summary
    who = (about.ours.name, about.theirs.name, about.judge)
    if sums is None:
        return (*who, "0", str(about.questions), *[NONE] * 4)
    shares = (sums.wins, sums.ties, sums.loses, sums.swapped)
    return (*who, str(sums.n), str(sums.unjudged), *map(_percent, shares))


def _percent(share: Share) -> str:
    if share.interval is None:
        return f"{share.percent:.1f}"
    low, high = share.interval
    return f"{share.percent:.1f} ({low:.1f} to {high:.1f})"


def _notes(one: Found) -> Iterator[str]:
    """What a reader has to know before comparing a row with anything."""
    about, sums = one.judged.about, one.summary
    yield (
        f"{about.questions} of {about.of} questions of {about.context}, drawn with seed "
        f"{about.seed}; the judge is told of the person for {about.told_of} of them."
    )
    for reason, count in sorted(about.left_out.items()):
        yield f"{count} more cannot be asked openly: {reason}."
    for side in (about.ours, about.theirs):
        yield f"{side.name}: answered by {side.answered_by}."
    if about.theirs.answered_by == PREVIEW and about.theirs.name.split()[0] in prompted.NAMES:
        yield f"{about.theirs.name}: this engine reads no prompt, and answers without the history."
    name = f"{about.judge} at {about.url}"
    served = sorted({v.served for v in one.judged.verdicts} - {"", about.judge})
    if served:
        yield f"{name}: its server says that it ran {', '.join(served)}."
    if sums is not None and sums.swapped.percent:
        yield (
            f"{name}, {about.theirs.name}: of the swapped, {sums.first} preferred the reply shown "
            f"first in both orders, and {sums.second} the one shown second."
        )
    if sums is not None and sums.unopposed:
        ours = sum(q.unopposed and q.outcome is Outcome.LOSES for q in one.questions)
        yield (
            f"{name}, {about.theirs.name}: {sums.unopposed} decided without it, as one system "
            f"failed ({ours} times {about.ours.name})."
        )
    reasons = Counter(q.reason for q in one.questions if q.outcome is None)
    for reason, count in sorted(reasons.items()):
        yield f"{name}, {about.theirs.name}: {count} unjudged: {reason}."


def _agreed(agreements: Sequence[Agreement]) -> Sheet:
    rows = tuple(
        (
            one.a,
            one.b,
            str(one.n),
            f"{one.same:.1f}",
            NONE if one.kappa is None else f"{one.kappa:.2f}",
        )
        for one in agreements
    )
    head = ("judge", "judge", "n", "same verdict", "Cohen's kappa")
    note = "Over questions that both judged, of one pair of systems."
    return Sheet("Open replies: agreement of judges", head, rows, (note,), left=2)


def _theirs() -> Sheet:
    """The paper's figures; one with a note bears its number."""
    notes = [one.note for one in FIGURE_5]
    rows = tuple(
        (
            f"PersonaVLM against {one.opponent} [{number}]",
            *(
                NONE if value is None else f"{value:.1f}"
                for value in (one.wins, one.ties, one.loses)
            ),
        )
        for number, one in enumerate(FIGURE_5, 1)
    )
    told = tuple(f"[{number}] {note}" for number, note in enumerate(notes, 1))
    about = f"{QUESTIONS} random questions of Persona-MME, judged by {JUDGE}."
    head = ("published comparison", "wins", "ties", "loses")
    return Sheet(f"Open replies: {FIGURE}", head, rows, (about, *told))


def _write(path: Path, text: str) -> None:
    """At once or not at all."""
    draft = path.with_name(path.name + ".draft")
    draft.write_text(text, "utf-8")
    draft.replace(path)
