"""What was written, beside what the paper printed of its own data: as JSON and as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from personavlm.synthesis.filters import Rules
from personavlm.synthesis.measures import Measures
from personavlm.synthesis.spent import Prices, Spent, told

# The paper's figures: Table 6 is of Persona-MME, Fig. 7 of the training data.
TABLE_6 = {
    "turns a person": 142.9,
    "turns with a picture": 0.1587,
    "words a question": 22.7,
    "words an answer": 3.05,
    "questions on pictures": 0.3402,
}
FIG_7 = {
    "sft": {
        "qa": 33_981,
        "semantic": 16_000,
        "personality": 8_000,
        "episodic": 6_672,
        "procedural": 6_672,
        "core": 6_672,
    },
    "rl": {"choice": 3_150, "binary": 1_323, "open": 1_191},
}
# Its axes are all that is known of it; training.
FIG_8: dict[str, Any] = {"turns a person, least and most": [20, 100], "days, longest": 35}
FIG_8_AXES = {"turns": (20, 100), "days": (5, 35)}
REPORT = "report.md"  # in the folder of a run


@dataclass(frozen=True, slots=True)
class Asked:
    """What models took: the writer, and the check by its model's name. prices: of the writer."""

    writer: Spent | None = None
    check: tuple[str, Spent] | None = None
    prices: Prices | None = None

    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.writer is not None:
            found["writer"] = _took(self.writer, told(self.writer, self.prices))
        if self.check is not None:
            model, took = self.check
            found["check"] = {"model": model, **_took(took, told(took))}
        return found


def _took(spent: Spent, line: str) -> dict[str, Any]:
    return {
        "requests": spent.requests,
        "tokens read": spent.read,
        "tokens generated": spent.generated,
        "served": sorted(spent.models),
        "told": line,
    }


def report(
    settings: Mapping[str, str | int],
    measures: Measures,
    rules: Rules,
    formats: Mapping[str, Counter[str]],
    asked: Asked,
) -> dict[str, Any]:
    """All figures of a run."""
    fallen = Counter((r.what, r.rule) for r in rules.rejections)
    return {
        "settings": dict(settings),
        "measures": measures.summary(),
        "published": {"table 6": TABLE_6, "fig. 7": FIG_7, "fig. 8": FIG_8},
        "formats": {name: dict(sorted(counts.items())) for name, counts in formats.items()},
        "checked": dict(sorted(rules.seen.items())),
        "rejected": [
            {"what": what, "rule": rule, "count": count}
            for (what, rule), count in sorted(fallen.items())
        ],
        "asked": asked.summary(),
    }


def markdown(figures: Mapping[str, Any]) -> str:
    """The same for readers."""
    ours = figures["measures"]
    source = figures["settings"]["source"]
    lines = [
        "# Made-up people: what was written",
        "",
        f"Written by: **{source}**. None of these people exists"
        + (", and no model wrote them: templates did." if source == "simulator" else "."),
        "",
        "| | here | published (paper, Table 6: the benchmark) |",
        "|---|---|---|",
        *(f"| {name} | {ours[name]} | {published} |" for name, published in TABLE_6.items()),
        "",
        "| | here | published (paper, Fig. 8: training, as far as its axes go) |",
        "|---|---|---|",
        *(f"| {name} | {ours[name]} | {published} |" for name, published in FIG_8.items()),
        "",
    ]
    for name, published in FIG_7.items():
        if name in figures["formats"]:
            lines += _shares(name, figures["formats"][name], published)
    lines += ["| what a question gives away | right |", "|---|---|"]
    lines += [f"| {name} | {share} |" for name, share in ours["right without memory"].items()]
    lines += [
        f"| shorter of two replies | {ours['pairs in which the shorter reply suits']} |",
        "",
        "| checked | all | left out |",
        "|---|---|---|",
    ]
    for what, count in figures["checked"].items():
        fallen = sum(row["count"] for row in figures["rejected"] if row["what"] == what)
        lines.append(f"| {what} | {count} | {fallen} |")
    lines += [
        "",
        *(f"- {row['count']} x {row['what']}: not {row['rule']!r}" for row in figures["rejected"]),
    ]
    if ours["templates"]:
        lines.append(
            f"- {ours['templates']} templates; the commonest stands in "
            f"{100 * ours['commonest template']:.2f} % of the turns"
        )
    lines.append(f"- distinct n-grams, by their length: {ours['distinct n-grams']}")
    for who, took in figures["asked"].items():
        served = ", ".join(took["served"]) or "the server does not say which"
        lines.append(
            f"- the {who}'s model ({took.get('model', source)}; served: {served}) took "
            f"{took['told']}"
        )
    return "\n".join(lines) + "\n"


def _shares(name: str, counts: Mapping[str, int], published: Mapping[str, int]) -> list[str]:
    all_here, all_there = max(1, sum(counts.values())), sum(published.values())
    return [
        f"| {name} | rows here | share | published rows (paper, Fig. 7) | share |",
        "|---|---|---|---|---|",
        *(
            f"| {kind} | {counts.get(kind, 0)} | {counts.get(kind, 0) / all_here:.1%} "
            f"| {count} | {count / all_there:.1%} |"
            for kind, count in published.items()
        ),
        "",
    ]
