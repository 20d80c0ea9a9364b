"""Procedural memory: habits and goals, each in the person's own words with its day."""

from __future__ import annotations

import re

from personavlm.engines.preview import words
from personavlm.engines.preview.dates import day
from personavlm.engines.preview.extract import Reason, kept_statements
from personavlm.engines.preview.text import clip
from personavlm.memory.encode import CachedEncoder
from personavlm.memory.times import plain
from personavlm.protocol import SessionInputs
from personavlm.records import Turn

_MOST = 5
_SAME = 0.62  # cosine from which a statement is about a habit that is kept already
_PROGRESS = 0.45  # and from which it tells of progress towards a goal, if they share a word
_QUOTED = re.compile(r"“([^”]+)”")
_HABIT = re.compile(
    r"\b(?:every|each) (?:\w+ ){0,2}(?:day|morning|afternoon|evening|night|week|weekend|month|"
    r"year|\w+day)s?\b|\bon (?:\w+days)\b|\busually\b|\b(?:i|we) always\b|\b(?:once|twice|(?:two|"
    r"three|four|five|\d) times) "
    r"(?:a|per|every)\b|\bmost (?:days|mornings|evenings|weekends)\b|\bdaily\b|\bweekly\b",
    re.IGNORECASE,
)
_GOAL = re.compile(
    r"\bmy (?:\w+ ){0,2}(?:goal|dream|aim|target|resolution)\b|\bi(?:'m| am) (?:still |"
    r"now )?(?:trying to|training|saving|learning|studying for|working towards?|aiming|determined|"
    r"preparing for)\b|\bi (?:want|hope|plan|intend|aim|would like|'d like) to\b.*\b(?:by|before|"
    r"this year|until|one day|someday|in (?:spring|summer|autumn|winter|\w+ (?:weeks|months)))\b|"
    r"\bi'd like to\b.*\bby\b|\bi(?:'ve| have) (?:decided to|signed up|set myself|"
    r"started (?:learning|training))\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:\d+|first|finally|managed|finished|passed|done|reached|completed|saved|ran|"
    r"personal best|further|so far|halfway|already|progress)\b",
    re.IGNORECASE,
)


def habits(inputs: SessionInputs, encoder: CachedEncoder) -> dict[str, str]:
    """The procedural entries that a session sets anew, at most five."""
    current = dict(inputs.habits)
    updates: dict[str, str] = {}
    name = inputs.profile.get("name") or "The person"
    for turn in inputs.dialogue:
        for kept in kept_statements(turn.text):
            text = plain(kept.text)
            kind = "goal" if _GOAL.search(text) else "habit" if _HABIT.search(text) else ""
            if kind:
                key = _key_for(text, kind, current, encoder)
                entry = f"On {_date(turn)} {name} said: “{clip(_one_line(kept.text), 200)}”"
            elif kept.reason is not Reason.ASKED and _DONE.search(text):
                found = _goal_for(text, current, encoder)
                if found is None:
                    continue
                key = found
                entry = _with_progress(current[key], kept.text, turn)
            else:
                continue
            current[key] = updates[key] = entry
    return dict(list(updates.items())[-_MOST:])


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("“", "‘").replace("”", "’").rstrip(".")


def _date(turn: Turn) -> str:
    return f"{day(turn.time, turn.time).split(' ', 1)[1]} {turn.time.year}"


def _key_for(text: str, kind: str, current: dict[str, str], encoder: CachedEncoder) -> str:
    """The key of the habit that a statement renews, or a new one out of its telling words."""
    for key, near in _nearness(text, current, encoder):
        if near >= _SAME and (key.endswith(kind) or near >= _SAME + 0.15):
            return key
    telling = [word.text.lower() for word in words.content(text) if not word.generic]
    telling = [word for word in telling if word not in ("goal", "dream", "habit", "aim")]
    key = " ".join([*telling[:3], kind])
    return key if key not in current else f"{key} {len(current) + 1}"


def _goal_for(text: str, current: dict[str, str], encoder: CachedEncoder) -> str | None:
    own = words.stems(text)
    for key, near in _nearness(text, current, encoder):
        shared = own & words.stems(" ".join(_QUOTED.findall(current[key])) or current[key])
        if "goal" in key and near >= _PROGRESS and shared:
            return key
    return None


def _nearness(
    text: str, current: dict[str, str], encoder: CachedEncoder
) -> list[tuple[str, float]]:
    """The kept entries, nearest first."""
    if not current:
        return []
    quotes = [(_QUOTED.findall(value) or [value])[0] for value in current.values()]
    vectors = encoder.encode([text, *quotes])
    near = (vectors[1:] @ vectors[0]).tolist()
    return sorted(zip(current, near, strict=True), key=lambda pair: -pair[1])


def _with_progress(entry: str, said: str, turn: Turn) -> str:
    """The goal with its newest progress; older progress makes room."""
    goal = entry.split("; progress on ", 1)[0]
    return f"{goal}; progress on {_date(turn)}: “{clip(_one_line(said), 160)}”"
