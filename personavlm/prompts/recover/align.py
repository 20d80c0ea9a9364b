"""Samples of one task laid side by side: what they share is the template, what differs a slot.

Lines are the unit. A line whose value has a form of its own (a dict, a trait's score) is abstracted
to a mark first; turns of a dialogue are bounded by their headings. All else is told by comparison.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from personavlm.personality import TRAITS
from personavlm.prompts.recover.fields import SCORE, TURN, is_query, read_dict
from personavlm.prompts.trained import SLOTS

MARK = "\0"  # around the name of a slot
DICT = f"{MARK}dict{MARK}"
GAP = f"{MARK}gap{MARK}"
VALUE_HEADS = ("Time: ", "User: ", "Assistant: ", "Memory: ")
ENOUGH = 5  # samples from which agreement alone is evidence
_ALIKE = 0.9  # share of the samples at which a line belongs to a template
_RECURRING = 0.05  # ... and at which it may belong to one version of it

Lines = tuple[str, ...]


def abstract(prompt: str, name: str) -> Lines:
    """The lines of a prompt, with marks for the values that are told by their form."""
    return tuple(_abstract_line(line, SLOTS[name]) for line in prompt.split("\n"))


def _abstract_line(line: str, slots: Sequence[str]) -> str:
    if line.startswith("{"):
        if "query" in slots and is_query(line):
            return f"{MARK}query{MARK}"
        if "profile" in slots and read_dict(line) is not None:
            return DICT
    elif TRAITS[0] in slots and (found := SCORE.match(line)):
        return f"{found['head']}{MARK}{found['trait'].lower()}{MARK}{found['tail']}"
    return line


def common_start(samples: Sequence[Lines], limits: Sequence[int]) -> Lines:
    """The lines that the samples begin with, up to where they begin to differ.

    Where a template comes in several versions, the most frequent one is followed.

    Args:
        limits: how many lines of each sample may be looked at.
    """
    group = list(zip(samples, limits, strict=True))
    shared: list[str] = []
    while True:
        depth = len(shared)
        heads = Counter(lines[depth] for lines, limit in group if depth < limit)
        line = _agreed(heads, len(group))
        if line is None:
            return tuple(shared)
        shared.append(line)
        group = [(ls, limit) for ls, limit in group if depth < limit and ls[depth] == line]


def _agreed(lines: Counter[str], total: int) -> str | None:
    """The line that goes on the template; None where a slot begins (or the samples end)."""
    if not lines:
        return None
    # A slot may be left empty in many samples; those that fill it show what it is.
    for line, count in lines.most_common():
        if MARK in line and count >= max(1, 2 * _RECURRING * total):
            return line
    least = max(2, _RECURRING * total) if total > 1 else 1
    recurring = sum(count for count in lines.values() if count >= least)
    return lines.most_common(1)[0][0] if recurring >= _ALIKE * total else None


def turns_between(prompt: str) -> tuple[int, int] | None:
    """The first line of the first turn, and the line at which the last turn's words begin."""
    heads = list(TURN.finditer(prompt))
    if not heads:
        return None
    return prompt.count("\n", 0, heads[0].start()), prompt.count("\n", 0, heads[-1].end())


def around_dialogue(prompts: Sequence[str], name: str) -> tuple[Lines, Lines] | None:
    """The lines before and after the dialogue of a prompt that has one slot of many lines."""
    spans = [(prompt, span) for prompt in prompts if (span := turns_between(prompt)) is not None]
    if not spans:
        return None
    samples = [abstract(prompt, name) for prompt, _ in spans]
    head = common_start(samples, [first for _, (first, _) in spans])
    backwards = [lines[::-1] for lines in samples]
    rest = [len(lines) - last - 1 for lines, (_, (_, last)) in zip(samples, spans, strict=True)]
    tail = common_start(backwards, rest)[::-1]
    if len(spans) < ENOUGH:
        # Replies may happen to end alike. The template goes on after a blank line.
        blank = tail.index("") if "" in tail else 0
        tail = tail[blank:]
    return head, tail


def around_gaps(prompts: Sequence[str], name: str) -> Lines | None:
    """The lines of a template with several slots of many lines, each of them a `GAP`.

    Between the common ends, lines that almost every sample has are fixed, and gaps lie between
    them. Lines of turns and memories are never fixed, however often they come.
    """
    if len(prompts) < ENOUGH:
        return None
    samples = [abstract(prompt, name) for prompt in prompts]
    head = common_start(samples, [len(lines) for lines in samples])
    alike = [lines for lines in samples if lines[: len(head)] == head]
    rests = [lines[: len(head) - 1 : -1] if head else lines[::-1] for lines in alike]
    tail = common_start(rests, [len(rest) for rest in rests])
    middles = [rest[len(tail) :][::-1] for rest in rests if rest[: len(tail)] == tail]
    anchors = _anchors(middles)
    cut = [gaps for middle in middles if (gaps := _cut(middle, anchors)) is not None]
    if not cut:
        return None
    template = list(head)
    for number, gap in enumerate(zip(*cut, strict=True)):
        template += [anchors[number - 1]] if number else []
        template += _around(gap)
    return (*template, *tail[::-1])


def _anchors(middles: Sequence[Lines]) -> list[str]:
    """The fixed lines, in their order."""
    counts = Counter(line for lines in middles for line in set(lines) if _may_be_fixed(line))
    common = {line for line, count in counts.items() if count >= _ALIKE * len(middles)}
    complete = next((lines for lines in middles if common <= set(lines)), ())
    return list(dict.fromkeys(line for line in complete if line in common))


def _may_be_fixed(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(VALUE_HEADS)


def _cut(lines: Lines, anchors: Sequence[str]) -> list[Lines] | None:
    """What stands before, between and after the anchors; None if they do not come in order."""
    gaps: list[Lines] = []
    for anchor in anchors:
        if anchor not in lines:
            return None
        place = lines.index(anchor)
        gaps.append(lines[:place])
        lines = lines[place + 1 :]
    return [*gaps, lines]


def _around(gaps: Sequence[Lines]) -> Lines:
    """The fixed lines of a gap with its slot among them; without one if nothing differs."""
    shortest = min(map(len, gaps))
    if len(set(gaps)) == 1:
        return gaps[0]
    lead = 0
    while lead < shortest - 1 and _same(gap[lead] for gap in gaps):
        lead += 1
    trail = 0
    while lead + trail < shortest - 1 and _same(gap[-1 - trail] for gap in gaps):
        trail += 1
    first = gaps[0]
    label = _label([gap[lead] for gap in gaps]) if shortest else ""
    return (*first[:lead], label + GAP, *first[len(first) - trail :])


def _same(lines: Iterable[str]) -> bool:
    return len(set(lines)) == 1


def _label(lines: Sequence[str]) -> str:
    """What stands before the value on its own line, in all samples."""
    head, colon, _ = lines[0].partition(": ")
    label = head + colon if colon and all(line.startswith(head + colon) for line in lines) else ""
    return "" if label.startswith(VALUE_HEADS) else label
