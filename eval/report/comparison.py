"""open/open.json and open/open.md: what the judges found, beside the paper's Figure 5."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from filelock import FileLock

from eval import durable
from eval.case import Benchmark
from eval.methods import prompted
from eval.open.judge import Outcome
from eval.open.judgement import Judged, judged
from eval.open.summary import Agreement, Summary, agreement, summary
from eval.open.verdicts import Decided, decided
from eval.published.figure5 import FIGURE, FIGURE_5, JUDGE, QUESTIONS, Versus, versus
from eval.published.sizes import SIZES
from eval.report.means import Mean, too_few
from eval.report.sheet import Sheet, markdown
from eval.scoring.bootstrap import RESAMPLES, SEED
from eval.scoring.groups import WITHOUT
from personavlm.engines.choose import PREVIEW

FOLDER, SLUG = "open", "figure-5"
PUBLISHED_BY = f"{QUESTIONS} random questions of Persona-MME, judged by {JUDGE}."
HEAD = ("system", "opponent", "judge", "n", "unjudged", "wins", "ties", "loses", "swapped")
NONE = "-"
HOW = (
    "Replies without options; wins, ties and losses of the system, in percent of the questions "
    "that have a verdict.",
    f"Intervals: 95% of {RESAMPLES:,} bootstrap resamples (seed {SEED}), which draw whole "
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


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that was judged in a folder. left: judgements that are not complete."""

    found: tuple[Found, ...]
    left: tuple[Judged, ...]
    agreements: tuple[Agreement, ...]

    @property
    def notes(self) -> list[str]:
        """What a reader has to know before comparing a row with anything."""
        return [
            *HOW,
            *too_few((each.cluster for one in self.found for each in one.questions), "persons"),
            *dict.fromkeys(note for one in self.found for note in _notes(one)),
            *(f"{one.about.judge} on {one.about.ours.name} against {one.about.theirs.name}: not "
              f"complete, {len(one.verdicts)} verdicts: left out." for one in self.left),
        ]  # fmt: skip


def comparison(out: Path) -> Comparison:
    """What the judgements below a folder come to.

    Raises:
        BadInput: a judgement is damaged.
    """
    there = judged(out / FOLDER / "verdicts")
    found = tuple(_found(one) for one in there if one.complete)
    left = tuple(one for one in there if not one.complete)
    return Comparison(found, left, tuple(_agreements(found)))


def report(out: Path) -> str:
    """Write every complete judgement of a folder into it; returns it as Markdown.

    Raises:
        BadInput: a judgement is damaged.
    """
    with FileLock(out / FOLDER / ".lock"):
        made = comparison(out)
        text = markdown(_sheets(made))
        data = {
            "rows": [row for one in made.found for row in _rows(one)],
            "agreement": [asdict(one) for one in made.agreements],
            "published": [asdict(one) for one in FIGURE_5],
        }
        durable.replace(out / FOLDER / "open.json", json.dumps(data, indent=1) + "\n")
        durable.replace(out / FOLDER / "open.md", text)
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
            "score": round(share.value, 2),
            "low": None if low is None else round(low, 2),
            "high": None if high is None else round(high, 2),
            "published": getattr(printed, name, None),
        }


def _sheets(made: Comparison) -> list[Sheet]:
    rows = tuple(_row(one) for one in made.found)
    sheets = [Sheet("Open replies: our runs", HEAD, rows, tuple(made.notes), left=3)]
    if made.agreements:
        sheets.append(_agreed(made.agreements))
    return [*sheets, _theirs()]


def _row(one: Found) -> tuple[str, ...]:
    about, sums = one.judged.about, one.summary
    who = (about.ours.name, about.theirs.name, about.judge)
    if sums is None:
        return (*who, "0", str(about.questions), *[NONE] * 4)
    shares = (sums.wins, sums.ties, sums.loses, sums.swapped)
    return (*who, str(sums.n), str(sums.unjudged), *map(_percent, shares))


def _percent(share: Mean) -> str:
    if share.interval is None:
        return f"{share.value:.1f}"
    low, high = share.interval
    return f"{share.value:.1f} ({low:.1f} to {high:.1f})"


def _notes(one: Found) -> Iterator[str]:
    """Of one judge on two systems."""
    about, sums = one.judged.about, one.summary
    yield (
        f"{about.questions} of {about.of} questions of {about.context}, drawn with seed "
        f"{about.seed}; the judge is told of the person for {about.told_of} of them."
    )
    theirs = sum(SIZES[Benchmark.PERSONA_MME, name][WITHOUT] for name in about.context.split("-"))
    if (there := about.of + sum(about.left_out.values())) != theirs:
        yield f"Not the set that the paper drew from: {there:,} questions (theirs {theirs:,})."
    for reason, count in sorted(about.left_out.items()):
        yield f"{count} more cannot be asked openly: {reason}."
    for side in (about.ours, about.theirs):
        without = ", which is no language model" if side.answered_by == PREVIEW else ""
        yield f"{side.name}: answered by {side.answered_by}{without}."
    if about.theirs.answered_by == PREVIEW and about.theirs.name.split()[0] in prompted.NAMES:
        yield f"{about.theirs.name}: this engine reads no prompt, and answers without the history."
    name = f"{about.judge} at {about.url}"
    served = sorted({v.served for v in one.judged.verdicts} - {"", about.judge})
    if served:
        yield f"{name}: its server says that it ran {', '.join(served)}."
    if sums is not None and sums.swapped.value:
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
    head = ("published comparison", "wins", "ties", "loses")
    return Sheet(f"Open replies: {FIGURE}", head, rows, (PUBLISHED_BY, *told))
