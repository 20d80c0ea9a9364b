"""The Big Five in words and numbers: the table beside the radar, and what a reading was made from.

Pure functions from the history to HTML. A person's words pass `inert_html`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from personavlm.memory.personality_log import PersonalityRecord
from personavlm.personality import TRAITS, BigFive, describe
from personavlm.ui.text import inert_html, moment

LONGEST_QUOTE = 400  # characters of the message that a reading was made from
NO_CHANGE = "0"


@dataclass(frozen=True, slots=True)
class Moment:
    """One point of the history against the one before it and the start."""

    number: int  # 0 is the start
    record: PersonalityRecord | None  # None at the start
    now: BigFive
    previous: BigFive | None
    start: BigFive | None


def all_vectors(history: Sequence[PersonalityRecord]) -> list[BigFive]:
    """Every profile there was; the neutral one that everybody starts from comes first."""
    return [BigFive(), *(record.vector for record in history)]


def moment_at(history: Sequence[PersonalityRecord], number: int) -> Moment:
    """The point with that number, or the nearest there is."""
    vectors = all_vectors(history)
    number = min(max(number, 0), len(history))
    return Moment(
        number=number,
        record=history[number - 1] if number else None,
        now=vectors[number],
        previous=vectors[number - 1] if number else None,
        start=vectors[0] if number else None,
    )


def change(now: float, before: float | None) -> str:
    """`+0.35`, `−0.20`, `0`, or a dash where there was nothing before."""
    if before is None:
        return "–"
    difference = round(now - before, 2)
    if difference == 0:
        return NO_CHANGE
    return f"{'+' if difference > 0 else '−'}{abs(difference):.2f}"


def description_html(vector: BigFive) -> str:
    """The very line that the prompt holds."""
    return (
        '<p class="pv-told"><span class="pv-label">What the model is told</span> '
        f"{inert_html(describe(vector))}</p>"
    )


def table_html(shown: Moment, frozen: Collection[str]) -> str:
    """The numbers of one moment, for those who do not see the radar or want them exactly."""
    rows = "".join(
        f'<tr><th scope="row">{trait.capitalize()}{_mark(trait in frozen)}</th>'
        f"<td>{_value(shown.now, trait):.2f}</td>"
        f"<td>{change(_value(shown.now, trait), _before(shown.previous, trait))}</td>"
        f"<td>{change(_value(shown.now, trait), _before(shown.start, trait))}</td></tr>"
        for trait in TRAITS
    )
    return (
        f'<table class="pv-traits"><caption>{title(shown)}</caption><thead><tr>'
        '<th scope="col">Trait, 1 to 5</th><th scope="col">Value</th>'
        '<th scope="col">Since turn before</th><th scope="col">Since start</th>'
        f"</tr></thead><tbody>{rows}</tbody></table>"
    )


def title(shown: Moment) -> str:
    if shown.record is None:
        return "At the start"
    return f"Step {shown.number} · {moment(shown.record.time)}"


def reading_html(shown: Moment) -> str:
    """What this point of the history came from."""
    record = shown.record
    if record is None:
        return _note("Everybody starts at 3, the middle of each trait.")
    match record.source:
        case "corrected":
            return _note("You set a trait by hand here.")
        case "reset":
            return _note("You put it back to 3 here.")
    said = inert_html(_quote(record.sentence))
    read = [
        f"{trait} {score}"
        for trait, score in zip(TRAITS, record.inferred or (), strict=False)
        if score is not None and score != 3
    ]
    found = f"Read from it: {', '.join(read)}." if read else "Read from it: nothing but neutral."
    quote = f"<blockquote>{said}</blockquote>" if said else "<p>(a picture without words)</p>"
    return (
        f'<div class="pv-reading"><span class="pv-label">Inferred from your message of '
        f"{moment(record.time)}</span>{quote}<p>{found}</p></div>"
    )


def _note(words: str) -> str:
    return f'<div class="pv-reading"><p>{words}</p></div>'


def _quote(sentence: str) -> str:
    words = sentence.strip()
    if len(words) <= LONGEST_QUOTE:
        return words
    return words[: LONGEST_QUOTE - 1].rstrip() + "…"


def _value(vector: BigFive, trait: str) -> float:
    return float(getattr(vector, trait))


def _before(vector: BigFive | None, trait: str) -> float | None:
    return None if vector is None else _value(vector, trait)


def _mark(frozen: bool) -> str:
    return ' <span class="pv-frozen">frozen</span>' if frozen else ""


STYLE = """
.pv-title { margin: 0; font-size: var(--text-lg); font-weight: 600; }
.pv-label { display: block; font-size: var(--text-xs); color: var(--body-text-color-subdued); }
.pv-told { margin: 0; line-height: 1.5; color: var(--body-text-color); }
.pv-traits { width: 100%; border-collapse: collapse; font-size: var(--text-sm);
  font-variant-numeric: tabular-nums; color: var(--body-text-color); }
.pv-traits caption { padding-bottom: 6px; text-align: left; font-weight: 600; }
.pv-traits th, .pv-traits td { padding: 5px 4px; text-align: right; font-weight: 400;
  border-bottom: 1px solid var(--border-color-primary); }
.pv-traits th:first-child { padding-left: 0; text-align: left; }
.pv-traits thead th { font-size: var(--text-xs); color: var(--body-text-color-subdued); }
.pv-frozen { padding: 1px 6px; font-size: var(--text-xs); border-radius: 999px;
  border: 1px solid var(--border-color-primary); color: var(--body-text-color-subdued); }
.pv-reading { margin-top: 10px; font-size: var(--text-sm); color: var(--body-text-color); }
.pv-reading p { margin: 4px 0 0; color: var(--body-text-color-subdued); }
.pv-reading blockquote { margin: 4px 0; padding-left: 10px; overflow-wrap: anywhere;
  border-left: 3px solid var(--color-accent); }
"""
