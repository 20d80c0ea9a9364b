"""How long runs will take on one H200, and on eight: from tokens, and from how fast those go.

Tokens of answers are those that finished cases of the same method, model and questions took, where
there are any below --out; else they are counted in characters. Tokens of building memories are
always counted in characters, as no run records them. How fast tokens go was not measured: it
follows from the card's data sheet, and from the shares of it that are assumed here. Everything that
is assumed is printed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from eval.benchmarks.replay import Said, Told, told
from eval.case import Case
from eval.crew import by_person
from eval.journal import MANIFEST, Manifest, Run, read
from eval.methods.memories import Memories
from eval.methods.prompted import NONE, RAG, TOP
from eval.methods.question import with_options
from eval.methods.remembering import CALLS_A_SESSION, CALLS_A_TURN, REASONING, Remembering
from eval.methods.subject import Asking, Subject
from eval.plan import Planned, refusal
from eval.published.efficiency import row_of
from personavlm.conversation import SESSION_GAP
from personavlm.errors import BadInput

CHARACTERS = 4.0  # a token
PICTURE = 294  # tokens: 230,400 pixels, the most that the model was trained with, 28 x 28 a token
INSTRUCTIONS = 250  # tokens of a prompt besides what was said: our own prompts have 200 to 300
LETTER, REPLY, FACT, TOPICS = 8, 150, 60, 150  # tokens that one call generates
PARAMETERS = 7.6e9  # of the language model; two bytes each
FLOPS, BYTES = 989e12, 4.8e12  # a second: NVIDIA's data sheet of the H200 (bf16 without sparsity)
PREFILL, DECODE = 0.4, 0.5  # the shares of these two that a server is taken to reach
LANES = 32  # people at a time on one card
SAMPLE = 50  # cases whose histories are looked at to count characters


@dataclass(frozen=True, slots=True)
class Cost:
    """Model calls, and tokens that are read and generated."""

    calls: int = 0
    read: float = 0.0
    generated: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.calls + other.calls, self.read + other.read, self.generated + other.generated
        )

    def times(self, count: int) -> Cost:
        return Cost(count * self.calls, count * self.read, count * self.generated)

    def seconds(self, cards: int, people: int) -> float:
        """On so many cards, with so many people to be worked on at the same time."""
        lanes = max(1.0, min(LANES, people / cards))
        prefill = PREFILL * FLOPS / (2 * PARAMETERS)  # tokens a second
        decode = DECODE * BYTES / (2 * PARAMETERS) * lanes
        return (self.read / prefill + self.generated / decode) / min(cards, max(1, people))


def estimate(
    planned: Sequence[Planned],
    timed: Sequence[Planned],
    out: Path,
    subject: Subject,
    again: bool = False,
) -> str:
    """What is left of these runs takes, in lines.

    timed: those that make one request at a time. again: failed cases are left too.
    """
    if subject.asking is Asking.CLOSEST:
        return "The preview engine runs no language model: no tokens, and no estimate."
    there = [read(path.parent) for levels in ("*/*", "*/*/*")
             for path in sorted(out.glob(f"{levels}/{MANIFEST}"))]  # fmt: skip
    bases: dict[str, None] = {}
    answers, one_by_one = (_answers(runs, there, again, bases) for runs in (planned, timed))
    building, missing = _building((*planned, *timed))
    people = max((len(by_person(run.cases)) for run in planned), default=LANES)
    lines = [_line("Building memories, once for all methods", building, people)]
    if planned:
        lines.append(_line("Answers", answers, people))
    if timed:
        lines.append(_line("Answers of Table 11, one at a time", one_by_one, 1))
    if missing:
        lines.append(f"  {missing} histories are not here: building their memories is not counted.")
    return "\n".join(["Estimate of what is left:", *lines, *bases, *_assumed()])


def _answers(
    runs: Sequence[Planned], there: Sequence[Run], again: bool, bases: dict[str, None]
) -> Cost:
    """bases: takes a line on where the tokens of each method are from."""
    cost = Cost()
    for run in runs:
        left = _left(run, again)
        if left and run.method.calls(left[:1]):
            each, basis = _measured(run, there) or _counted(run, left)
            cost += each.times(len(left))
            bases[f"  Tokens of {run.manifest.method}: {basis}."] = None
    return cost


def _left(run: Planned, again: bool) -> list[Case]:
    if not (run.folder / MANIFEST).exists():
        return list(run.cases)
    records = read(run.folder).records
    done = {record.case for record in records if not (again and record.failed)}
    return [] if refusal(run) else [case for case in run.cases if case.id not in done]


def _measured(run: Planned, there: Sequence[Run]) -> tuple[Cost, str] | None:
    """By cases of the same questions that the same method and model finished, in any run."""
    about = _about(run.manifest)
    usages, folder = max(
        (
            ([record.usage for record in made.records if record.usage], made.folder)
            for made in there
            if _about(made.manifest) == about
        ),
        key=lambda one: len(one[0]),
        default=([], Path()),
    )
    if not usages:
        return None
    prompt, generated = (
        fmean(usage[name] for usage in usages) for name in ("prompt_tokens", "completion_tokens")
    )
    basis = f"measured on {len(usages)} cases of {folder}"
    return Cost(_calls(run), prompt, generated), basis


def _about(manifest: Manifest) -> tuple[str, ...]:
    asked = str(manifest.settings.get("asked", ""))
    return manifest.benchmark, manifest.context, manifest.method, asked


def _calls(run: Planned) -> int:
    """Of one answer, without the building of the memory that it may need."""
    if isinstance(run.method, Remembering):
        return 1 if run.method.version == REASONING else 2
    return run.method.calls(run.cases[:1])


def _counted(run: Planned, left: Sequence[Case]) -> tuple[Cost, str]:
    """By the lengths of cases and histories; for PersonaVLM's own answers, by the paper."""
    asked = fmean(len(with_options(case)) for case in left) / CHARACTERS
    method = run.method
    if isinstance(method, Remembering):
        thinks = method.version != REASONING
        row = row_of("PersonaVLM" if thinks else "w/o Reasoning")
        assert row is not None, "the table has both"
        took = float(row.cells[0] or 0)
        return Cost(
            2 if thinks else 1, took, 2 * REPLY if thinks else LETTER
        ), "as the paper's Table 11 has it"
    calls = method.calls(left[:1])
    spread = left[:: max(1, len(left) // SAMPLE)]
    shown = fmean(_shown(method.settings.get("context"), case) for case in spread)
    return (
        Cost(calls, calls * (shown + asked + INSTRUCTIONS), LETTER + (calls - 1) * REPLY),
        "counted in characters",
    )


def _shown(context: object, case: Case) -> float:
    """Tokens of a history that a prompt has."""
    if context == NONE:
        return 0.0
    try:
        before = told(case)
    except BadInput:
        return 0.0  # the case will fail, without any call
    whole = sum(map(_tokens, before.said))
    messages = sum(2 if one.reply else 1 for one in before.said)
    return whole * min(1.0, TOP / max(1, messages)) if context == RAG else whole


def _tokens(said: Said) -> float:
    return (len(said.text) + len(said.reply)) / CHARACTERS + PICTURE * len(said.images)


def _building(planned: Sequence[Planned]) -> tuple[Cost, int]:
    """Of all memories that are not built yet, and how many cannot be told."""
    cost, missing = Cost(), 0
    last: dict[object, tuple[Case, Memories]] = {}
    for run in planned:
        if isinstance(run.method, Remembering):
            for one in by_person(run.cases):
                about = one[-1].history
                key = (about.path, about.key) if about else one[-1].profile
                held = last.get(key)
                if held is None or _end(held[0]) < _end(one[-1]):
                    last[key] = (one[-1], run.method.memories)
    for case, memories in last.values():
        try:
            before = told(case)
            if not memories.built(before):
                cost = sum(_updates(before), cost)
        except BadInput:
            missing += 1
    return cost, missing


def _end(case: Case) -> int:
    return (case.history.end or 0) if case.history else 0


def _updates(before: Told) -> Iterator[Cost]:
    """What each exchange takes, and each session's end: prompts have the session so far."""
    session = 0.0
    for place, said in enumerate(before.said):
        if place and said.time - before.said[place - 1].time > SESSION_GAP:
            yield _update(CALLS_A_SESSION, session, TOPICS)
            session = 0.0
        session += _tokens(said)
        yield _update(CALLS_A_TURN, session, FACT)
    if not before.running:
        yield _update(CALLS_A_SESSION, session, TOPICS)


def _update(calls: int, session: float, generated: float) -> Cost:
    return Cost(calls, calls * (INSTRUCTIONS + session), calls * generated)


def _line(what: str, cost: Cost, people: int) -> str:
    return (
        f"  {what}: {cost.calls:,} calls, {_short(cost.read)} tokens read, "
        f"{_short(cost.generated)} generated; about {_time(cost.seconds(1, people))} on one "
        f"H200, {_time(cost.seconds(8, people))} on eight"
    )


def _short(tokens: float) -> str:
    return f"{tokens / 1e6:,.1f} million" if tokens >= 1e6 else f"{round(tokens, -2):,.0f}"


def _time(seconds: float) -> str:
    minutes = math.ceil(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:,.1f} h"


def _assumed() -> list[str]:
    prefill, decode = PREFILL * FLOPS / (2 * PARAMETERS), DECODE * BYTES / (2 * PARAMETERS)
    return [
        f"  Assumed, not measured: {CHARACTERS:g} characters a token, {PICTURE} tokens a picture, "
        f"{INSTRUCTIONS} of instructions a prompt; replies of {LETTER} tokens without reasoning, "
        f"{REPLY} with, {FACT} for an update after an exchange, {TOPICS} after a session.",
        f"  Assumed, not measured: {prefill:,.0f} tokens a second read on a card and {decode:,.0f} "
        f"generated for each person worked on, {LANES} at most. That is {PREFILL:.0%} of the "
        f"{FLOPS / 1e12:,.0f} TFLOPS and {DECODE:.0%} of the {BYTES / 1e12:g} TB/s of the H200's "
        f"data sheet, for a model of {PARAMETERS / 1e9:g} billion parameters in bf16. Nothing is "
        "read from a prefix cache; searching, pictures being looked at and loading are left out; "
        f"eight cards share the people evenly, with --concurrency {LANES} for each card.",
    ]
