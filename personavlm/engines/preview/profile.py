"""Core memory: who the person is, read from plain identity statements, and answers from it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from personavlm.engines.preview import words
from personavlm.engines.preview.dates import on_day
from personavlm.engines.preview.evidence import Said
from personavlm.engines.preview.kinds import RELATIONS
from personavlm.engines.preview.person import bare, second_person
from personavlm.engines.preview.questions import Question
from personavlm.engines.preview.text import statements
from personavlm.protocol import SessionInputs

_LISTED = 7  # items of one list: likes, dislikes, pets
_SEPARATOR = "; "

_END = (
    r"(?=\s*(?:[.,;!?()\n]|$|\s[-–—]\s|\b(?:and (?:i|my|we|she|he|it|they|the)\b|but|because|so|"
    r"since|when|while|which|who|that|if|now|these days|at the moment|although|though|until|after|"
    r"before|instead|for (?:the|over|about|\w+ years)|most|ever)\b))"
)
_NP = rf"(?P<value>[^.,;!?()\n]{{2,60}}?){_END}"
_NAME = r"(?P<value>[A-Z][\w'’\-]+(?:\s[A-Z][\w'’\-]+){0,2})"
_I_AM = r"\b(?:[Ii]'m|[Ii] am)"
_I = r"\b[Ii](?:'ve| have)?(?: really| absolutely| also| still| just| now)?"
_ANIMALS = (
    r"(?:dog|puppy|cat|kitten|tomcat|rabbit|hamster|parrot|corgi|labrador|poodle|terrier|beagle|"
    r"collie|dachshund|tortoise|budgie|horse|pony|greyhound|spaniel|tabby)"
)
_TRADES = (
    r"(?:\w+(?:er|or|ist|ian|ant|yst|ect|eer)|nurse|chef|cook|coach|vet|student|judge|surgeon|"
    r"pilot|nanny|clerk|guide|paramedic|mechanic)"
)
_DIETS = (
    r"(?:vegan|vegetarian|pescatarian|coeliac|celiac|lactose[- ]intolerant|gluten[- ]free|diabetic)"
)
_NO_OBJECT = (
    r"(?!to (?:know|ask|hear|think)\b|you\b|it\b|that\b|this\b|them\b|him\b|her\b|these\b|those\b|"
    r"how\b|when\b|your\b)"
)

# Keys that hold one value: the newest statement replaces the older one.
_SINGLE: tuple[tuple[str, str], ...] = (
    (
        "name",
        rf"\b(?:[Mm]y name is|[Mm]y name's|[Cc]all me|[Ii]'m called|[Ii] am called)\s+{_NAME}",
    ),
    ("age", rf"{_I_AM}\s+(?P<value>\d{{1,3}})(?=\s*(?:years? old|[.,;!]|$|\band\b))"),
    ("age", rf"^{_I_AM} [A-Z]\w+, (?P<value>\d{{1,3}})\b"),
    ("age", r"\b[Ii](?:'ve| have)? (?:just )?(?:turned|turn)\s+(?P<value>\d{1,3})\b"),
    (
        "birthday",
        r"\b[Mm]y birthday(?: is|"
        r"'s)(?: on)?\s+(?:the )?(?P<value>(?=[^.,;!?\n]*\d)[^.,;!?\n]{3,30})",
    ),
    ("job", rf"\b[Ii](?: work|'m working| am working) as\s+(?:an?\s+|the\s+)?{_NP}"),
    ("job", rf"\b[Mm]y (?:new )?(?:job|profession) is\s+(?:being |as )?(?:an?\s+)?{_NP}"),
    ("job", rf"{_I_AM}\s+an?\s+(?P<value>(?:\w+[ -]){{0,3}}{_TRADES})\b(?! of (?:this|the))"),
    ("employer", rf"\b[Ii] work (?:at|for)\s+(?!home\b|night)(?:the\s+|an?\s+)?{_NP}"),
    (
        "city",
        rf"{_I}(?: live| moved| relocated|'m living| am living|'m based)(?: back)? (?:in|to)\s+"
        rf"(?:the\s+)?{_NAME}",
    ),
    ("city", rf"^{_I_AM}\b[^.!?]{{0,40}}\bliving in {_NAME}"),
    (
        "hometown",
        rf"\b(?:[Ii] (?:grew up|was born) in|[Ii]'m (?:originally )?from|[Ii] come from)\s+{_NAME}",
    ),
    (
        "partner",
        r"\b[Mm]y (?:husband|wife|partner|girlfriend|boyfriend|fianc[eé]e?)(?:'s name)?,?"
        rf"(?: is| is called|'s called)?,?\s+(?:called\s+)?{_NAME}",
    ),
    (
        "partner",
        r"\b(?P<value>[A-Z]\w+)(?:,| is| \() ?(?:who is )?my (?:husband|wife|partner|girlfriend|"
        r"boyfriend|fianc[eé]e?)\b",
    ),
    (
        "diet",
        rf"\b(?:[Ii]'m|[Ii] am|[Ii](?:'ve| have) (?:gone|become)|[Ii]'ve been)\s+(?:now |a )?"
        rf"(?P<value>(?:strict(?:ly)? )?{_DIETS})\b",
    ),
)

# Keys that hold a list: new items go in front.
_LISTS: tuple[tuple[str, str], ...] = (
    ("allergies", rf"\b(?:[Ii](?:'m| am)(?: \w+)? allergic|[Aa]llergic|allergy) to\s+{_NP}"),
    (
        "cannot have",
        rf"\b[Ii] (?:can't|cannot|mustn't) (?:eat|drink|have)\s+(?!more\b|another\b|it\b){_NP}",
    ),
    (
        "dislikes",
        r"\b[Ii](?: really| absolutely| just)? (?:hate|dislike|can't stand|loathe|detest|"
        rf"don't (?:really )?(?:like|enjoy))\s+{_NO_OBJECT}{_NP}",
    ),
    ("dislikes", rf"\b(?:[Ii]'m not|not) (?:a (?:big )?fan of|keen on|into|fond of)\s+{_NP}"),
    ("likes", rf"{_I} (?:love|adore|like|enjoy|prefer)\s+{_NO_OBJECT}{_NP}"),
    (
        "likes",
        rf"{_I_AM} (?:really |so |totally |now )?(?:into|keen on|fond of|obsessed with|hooked on|"
        rf"a (?:big |huge )?fan of)\s+{_NP}",
    ),
    (
        "pets",
        rf"\b(?:[Mm]y|[Oo]ur|a|an)\s+(?P<value>(?:\w+ )?{_ANIMALS}"
        r"(?:,? (?:called |named )?[A-Z]\w+)?)",
    ),
    (
        "family",
        rf"\b[Mm]y\s+(?P<value>(?:(?:older|younger|little|big|twin|late) )?(?:{RELATIONS}),? "
        r"(?:is called |called |named )?[A-Z]\w+)",
    ),
    (
        "wishes for replies",
        r"^(?P<value>(?i:(?:please|can you|could you|from now on),? )*(?i:keep (?:it|"
        r"your (?:answers|replies)|things)|answer|reply|don't use|do not use|never use|always|use|"
        r"speak|write)\b"
        r"[^.!?\n]{3,120})",
    ),
    (
        "favourites",
        r"\b[Mm]y (?:new |all-time |absolute )?favou?rite\s+"
        rf"(?P<value>[\w ]{{2,30}}? (?:is|are) [^.,;!?()\n]{{2,50}}?){_END}",
    ),
)
_SINGLE_RE = tuple((key, re.compile(pattern)) for key, pattern in _SINGLE)
_LISTS_RE = tuple((key, re.compile(pattern)) for key, pattern in _LISTS)
_OPPOSITE = {"likes": "dislikes", "dislikes": "likes"}
_TRAILING = re.compile(
    r"\s+(?:too|a lot|very much|as well|again|today|anymore|so much|really)$", re.I
)
_LEADING = re.compile(r"^(?:the|a|an|my|some|all)\s+", re.IGNORECASE)


def profile_updates(inputs: SessionInputs) -> dict[str, str]:
    """The core entries that a session sets anew; those it does not touch are not among them."""
    lists = {key: _items(inputs.profile.get(key, "")) for key, _ in _LISTS}
    updates: dict[str, str] = {}
    changed: set[str] = set()
    for turn in inputs.dialogue:
        for sentence in statements(turn.text):
            for key, value in _read(bare(sentence), _SINGLE_RE):
                updates[key] = value
            for key, value in _read(bare(sentence), _LISTS_RE):
                changed |= _put(lists, key, value)
    for key in changed:
        updates[key] = _SEPARATOR.join(lists[key][:_LISTED])
    return {key: value for key, value in updates.items() if inputs.profile.get(key) != value}


def _read(
    sentence: str, patterns: tuple[tuple[str, re.Pattern[str]], ...]
) -> Iterator[tuple[str, str]]:
    for key, pattern in patterns:
        for found in pattern.finditer(sentence):
            value = _TRAILING.sub("", found["value"].strip(" '\"-"))
            if key not in ("wishes for replies", "favourites", "name", "birthday"):
                value = _LEADING.sub("", value)
            if value and (words.content(value) or value.isdigit() or key == "name"):
                yield key, value


def _put(lists: dict[str, list[str]], key: str, value: str) -> set[str]:
    """Put a value in front of its list, out of the opposite one. Returns the changed keys."""
    changed = {key}
    same = words.stems(value)
    if key == "favourites":
        about = words.stems(re.split(r"\b(?:is|are)\b", value, maxsplit=1)[0])
        lists[key] = [
            item
            for item in lists[key]
            if words.stems(re.split(r"\b(?:is|are)\b", item, maxsplit=1)[0]) != about
        ]
    lists[key] = [value, *(item for item in lists[key] if words.stems(item) != same)]
    opposite = _OPPOSITE.get(key)
    if opposite and any(words.stems(item) == same for item in lists[opposite]):
        lists[opposite] = [item for item in lists[opposite] if words.stems(item) != same]
        changed.add(opposite)
    return changed


def _items(value: str) -> list[str]:
    return [item.strip() for item in value.split(_SEPARATOR.strip()) if item.strip()]


_ASKED_KEYS: tuple[tuple[str, str], ...] = (
    ("name", r"\bmy name\b|\bwho am i\b|\bwhat am i called\b|\bcall me\b"),
    ("age", r"\bhow old am i\b|\bmy age\b"),
    ("birthday", r"\bmy birthday\b"),
    ("job", r"\bmy (?:job|profession|work)\b|\bdo i (?:do for|work as)\b"),
    ("employer", r"\b(?:where|who) do i work\b"),
    ("city", r"\bwhere do i live\b|\bmy (?:city|town)\b|\bcity do i live\b"),
    ("hometown", r"\bwhere (?:am i from|did i grow up)\b|\bmy hometown\b"),
    ("partner", r"\bmy (?:partner|husband|wife|girlfriend|boyfriend)(?:'s name| called)?\b"),
    ("pets", r"\bmy pets?\b|\bpets do i\b"),
    ("allergies", r"\ballerg"),
)
_ASKED_RE = tuple((key, re.compile(pattern, re.IGNORECASE)) for key, pattern in _ASKED_KEYS)


def from_profile(question: Question, profile: Mapping[str, str]) -> str:
    """An answer out of the profile; empty where it has none."""
    for key, pattern in _ASKED_RE:
        if pattern.search(question.text) and profile.get(key):
            verb = "are" if key.endswith("s") else "is"
            return f"Your {key} {verb} {profile[key]}, your profile says."
    asked = {word.stem for word in question.focus if not word.generic}
    for key, value in profile.items():
        about = words.stems(key)
        if value and asked and about & asked and asked <= about:
            return f"Your profile says, under {key}: {value}."
    return ""


def about_person(profile: Mapping[str, str], said: Sequence[Said], now: datetime) -> str:
    """What is known about the person: the profile, and a few of their own sentences."""
    known = [f"{key}: {value}" for key, value in profile.items() if value]
    recent = [one for one in said if re.search(r"\b(?:I|I'm|I've|my|My)\b", one.text)][-3:]
    lines = [f"Your profile says {'; '.join(known)}."] if known else []
    for one in recent:
        clause = second_person(one.text)
        if clause is not None:
            lines.append(f"{on_day(one.time, now)} you told me {clause}.")
    return " ".join(lines)
