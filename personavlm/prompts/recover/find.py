"""From the samples of one task to its template, and the proof that it explains them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from personavlm.errors import BadInput
from personavlm.prompts.recover.align import MARK, around_dialogue, around_gaps
from personavlm.prompts.recover.fields import rewrite
from personavlm.prompts.trained import ONE_LINE, SLOTS, TrainedTemplate

_MAY_BE_EMPTY = frozenset({"dialogue", "rounds", "habits", "procedural", "semantic", "episodic"})
_SURE = 20  # samples from which a template needs no caveat
_LONGEST_EMPTY = 40  # characters of what may stand for nothing
_NAMES = {
    "profile": r"profile",
    "habits": r"procedural|habit|goal",
    "procedural": r"procedural|habit|goal",
    "semantic": r"semantic|fact|memor",
    "episodic": r"episod|dialog|conversation|histor",
    "dialogue": r"dialog|conversation|histor",
}


@dataclass(frozen=True, slots=True)
class Found:
    """template: None where the samples could not be explained, with `note` telling why.

    matched: samples that have the template's wording. exact: those of them that it gives back byte
    for byte, each value read and written again by our own layout.
    """

    template: TrainedTemplate | None
    matched: int = 0
    exact: int = 0
    note: str = ""


def find_template(name: str, prompts: Sequence[str]) -> Found:
    """The template of most of these prompts."""
    clean = [prompt for prompt in prompts if MARK not in prompt]
    if not clean:
        return Found(None, note="no samples")
    try:
        template = _assemble(name, _lines(name, clean))
    except BadInput as error:
        return Found(None, note=str(error))
    read = [slots for prompt in clean if (slots := read_slots(template, prompt)) is not None]
    template = replace(template, empty=_empty(template, read))
    exact = sum(1 for slots in read if not _strange(template, slots))
    if 2 * exact <= len(prompts):
        return Found(None, len(read), exact, _why_not(template, read, len(prompts)))
    note = "" if len(clean) >= _SURE else f"rests on {len(clean)} sample(s) only"
    return Found(template, len(read), exact, note)


def read_slots(template: TrainedTemplate, prompt: str) -> dict[str, str] | None:
    """What stands in the slots of a prompt; None if its wording is another."""
    begin, end = template.texts[0], template.texts[-1]
    if not (prompt.startswith(begin) and prompt.endswith(end)):
        return None  # said at once, without trying every way to match
    values = ("([^\n]*)" if slot in ONE_LINE else "(.*?)" for slot in template.slots)
    pattern = "".join(
        re.escape(text) + (value or "") for text, value in zip_longest(template.texts, values)
    )
    found = re.compile(pattern, re.DOTALL).fullmatch(prompt)
    return dict(zip(template.slots, found.groups(), strict=True)) if found else None


def _lines(name: str, prompts: Sequence[str]) -> str:
    """The template's text, with marks for its slots."""
    if name in ("retrieved", "answer"):
        lines = around_gaps(prompts, name)
        if lines is None:
            raise BadInput(f"{len(prompts)} samples are too few, or too unlike, to compare.")
        return "\n".join(lines)
    around = around_dialogue(prompts, name)
    if around is None:
        raise BadInput("No sample has a dialogue of the known form.")
    slot = "rounds" if "rounds" in SLOTS[name] else "dialogue"
    return "\n".join((*around[0], f"{MARK}{slot}{MARK}", *around[1]))


def _assemble(name: str, marked: str) -> TrainedTemplate:
    """Name the slots that are not named yet, by what stands before them.

    Raises:
        BadInput: that does not tell, or the slots are not those of this prompt.
    """
    pieces = marked.split(MARK)
    texts, slots = pieces[::2], pieces[1::2]
    named = []
    for text, slot in zip(texts, slots, strict=False):
        if slot == "dict":
            choices = [each for each in ("habits", "profile") if each in SLOTS[name]]
            slot = _by_label(text, choices) if len(choices) > 1 else choices[0]
        elif slot == "gap":
            slot = _by_label(text, [s for s in SLOTS[name] if s in _NAMES and s not in named])
        named.append(slot)
    return TrainedTemplate(name, tuple(texts), tuple(named))


def _by_label(text: str, choices: Iterable[str]) -> str:
    """Which of the slots the nearest words before it speak of."""
    label = next((line for line in reversed(text.split("\n")) if line.strip()), "")
    for slot in choices:
        if re.search(_NAMES[slot], label, re.IGNORECASE):
            return slot
    raise BadInput(f"It is not clear what stands after {label[-60:]!r}.")


def _empty(
    template: TrainedTemplate, read: Iterable[Mapping[str, str]]
) -> tuple[tuple[str, str], ...]:
    """What most often stands in a slot where there is no value of its form."""
    counts = {slot: Counter[str]() for slot in template.slots if slot in _MAY_BE_EMPTY}
    for slots in read:
        for slot, seen in counts.items():
            if len(slots[slot]) <= _LONGEST_EMPTY and rewrite(slot, slots[slot]) is None:
                seen[slots[slot]] += 1
    most = ((slot, *seen.most_common(1)[0]) for slot, seen in counts.items() if seen)
    return tuple((slot, text) for slot, text, count in most if count > 1)


def _strange(template: TrainedTemplate, slots: Mapping[str, str]) -> list[str]:
    """The slots whose text our layout would write differently."""
    empty = dict.fromkeys(_MAY_BE_EMPTY, "") | dict(template.empty)
    return [s for s, text in slots.items() if text != empty.get(s) and rewrite(s, text) != text]


def _why_not(template: TrainedTemplate, read: Sequence[Mapping[str, str]], total: int) -> str:
    if 2 * len(read) <= total:
        return f"the wording that most samples share explains only {len(read)} of {total}"
    strange = Counter(slot for slots in read for slot in _strange(template, slots))
    slot, count = strange.most_common(1)[0]
    return f"{slot} is written in another way than ours in {count} of {len(read)} samples"
