"""The person's sentences turned to the second person, where that is safe; else they are quoted."""

from __future__ import annotations

import re
from datetime import datetime

from personavlm.engines.preview.dates import day
from personavlm.engines.preview.kinds import inner_names
from personavlm.memory.spans import MONTHS, Direction
from personavlm.memory.times import mentions, plain

# Openers that carry nothing once the sentence is told again.
_OPENER = re.compile(
    r"^(?:(?:yes|yeah|yep|no|nope|ok|okay|oh|ah|well|so|and|but|also|anyway|actually|honestly|btw|"
    r"by the way|hey|hi|hello|hmm+|wow|haha|ugh|phew|guess what|good news|update|fyi|listen|look|"
    r"right|sure|thanks|thank you|great|cool|nice|you know|i mean|just so you know|for the record|"
    r"quick update|small update|big news|news|correction|sorry|i just wanted to say(?: that)?|"
    r"i forgot to (?:say|tell you|mention)(?: that)?|(?:did )?i (?:tell|told) you(?: that)?|"
    r"one more thing|turns out|good morning|good evening|morning|evening)\b[\s,:;.!\-–—]*)+",
    re.IGNORECASE,
)
_REMEMBER = re.compile(
    r"^(?:please |can you |could you |do )*(?:remember|note(?: down)?|keep in mind|don't forget|"
    r"make a note|bear in mind|know|store|save)(?: for (?:me|later|next time))?(?:,? that|:|"
    r",)?\s+(?!to\b)",
    re.IGNORECASE,
)
_SUBJECT = (
    r"(?:i|i'm|i've|i'd|i'll|my|the|there|it|it's|she|he|she's|he's|they|they're|this|that|"
    r"these|those|her|his|their|its|every|each|last|next|yesterday|today|tomorrow|tonight|on|in|"
    r"at|for|after|before|since|when|while|because|if|as|lately|recently|usually|sometimes|"
    r"apparently|unfortunately|luckily|finally|now|these days|nothing|nobody|everyone|with|from|"
    r"until|by|only|even|still)"
)
_STARTS = re.compile(rf"^{_SUBJECT}\b", re.IGNORECASE)
_UNSAFE = re.compile(
    r"\b(?:you|your|yours|you're|you've|you'll|you'd|we|us|our|ours|ourselves|we're|we've|we'll|"
    r"we'd|let's|lets)\b|[\"“”?]|\n|</?\w",
    re.IGNORECASE,
)
_CHANGES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), change)
    for pattern, change in (
        (r"\bi am\b", "you are"),
        (r"\bi'm\b", "you're"),
        (r"\bi was\b", "you were"),
        (r"\bi wasn't\b", "you weren't"),
        (r"\bam i\b", "are you"),
        (r"\bwas i\b", "were you"),
        (r"\bi've\b", "you've"),
        (r"\bi'd\b", "you'd"),
        (r"\bi'll\b", "you'll"),
        (r"\bmyself\b", "yourself"),
        (r"\bmine\b", "yours"),
        (r"\bmy\b", "your"),
        (r"\bme\b", "you"),
        (r"\bi\b", "you"),
    )
)
# An adverb between "I" and its verb keeps the verb's old form: "I really am" -> "you really am".
_SPLIT_VERB = re.compile(
    r"\b(?:i|and i)\s+\w+\s+(?:am|was)\b|\b(?:and|or)\s+(?:am|was)\b", re.IGNORECASE
)
_ME_SUBJECT = re.compile(r"\b(?:me and|and me|and i)\b", re.IGNORECASE)


def bare(sentence: str) -> str:
    """A sentence without opener, closing marks and "please remember that"."""
    text = plain(sentence).strip("\"'“” ")
    for _ in range(2):
        for opener in (_OPENER, _REMEMBER):
            rest = opener.sub("", text, count=1)
            text = rest if len(rest.split()) > 1 else text
    text = re.sub(
        r"\s*(?:[.!…]|[\U0001F300-\U0001FAFF☀-➿❤️]|:\)|:\(|;\)|:D|<3|xx?$)+\s*$", "", text
    )
    return text.strip(" ,;:-–—")


def second_person(sentence: str) -> str | None:
    """The sentence as a clause about "you", to follow "you told me"; None where that is unsafe."""
    text = bare(sentence)
    if not text or _UNSAFE.search(text) or _SPLIT_VERB.search(text) or len(text) > 220:
        return None
    if _ME_SUBJECT.search(text) or re.search(r"[.!]\s", text):
        return None
    if not _STARTS.match(text) and not _starts_with_name(text):
        return None
    for pattern, change in _CHANGES:
        text = pattern.sub(change, text)
    if re.search(r"\byou\b[\w', ]*\b(?:am)\b", text, re.IGNORECASE):
        return None
    return _lower_start(text)


def _starts_with_name(text: str) -> bool:
    """Whether the first word is a name, so that it may keep its capital: "Biscuit hates cars"."""
    first = re.match(r"[^\W\d_][\w'’\-]*", text)
    if first is None or not first[0][0].isupper():
        return False
    rest = text[first.end() :]
    third = re.match(
        r"(?:'s| (?:is|was|has|will|can|can't|loves?|hates?|lives?|works?|likes?|wants?|got|had|"
        r"said|told|and|just|never|always|really|\w+s|\w+ed)\b)",
        rest,
    )
    return (
        bool(third)
        and first[0].lower() not in _BARE_VERBS
        and bool(first[0] in inner_names("x " + text))
    )


# What people start a sentence with when they leave "I" out; no names, for all their capitals.
_VERBS_ALONE = (
    "just got went been feeling started finished bought made had saw met booked tried need having "
    "going trying working still not never really very so too coffee"
)
_BARE_VERBS = frozenset(_VERBS_ALONE.split())


def _lower_start(text: str) -> str:
    return text[0].lower() + text[1:] if _STARTS.match(text) else text


def dated(text: str, said_at: datetime, marks: str = "()") -> str:
    """Give relative days their date: "next Tuesday" becomes "next Tuesday (Tuesday 10 March)"."""
    for mention in reversed(mentions(text, said_at, "future")):
        if not _RELATIVE.search(mention.text) or _DATED.search(
            text[mention.start : mention.end + 20]
        ):
            continue
        direction: Direction = "past" if _PAST.search(text[: mention.start]) else "future"
        read = next(iter(mentions(mention.text, said_at, direction)), mention)
        start, end = read.window.start, read.window.end
        if start is None or end is None or start.date() != end.date():
            continue
        if start.date() != said_at.date():
            on = f" {marks[0]}{day(start, said_at)}{marks[1]}"
            text = f"{text[: mention.end]}{on}{text[mention.end :]}"
    return text


# A day that brings its month along needs no date.
_DATED = re.compile(r"\b(?:" + "|".join(MONTHS) + r")\b", re.IGNORECASE)
_RELATIVE = re.compile(
    r"tomorrow|yesterday|(?:on|by|until|till|next|last|this|coming)\s+\w+day|in \w+ (?:days?|"
    r"weeks?)|ago|the \d+(?:st|nd|rd|th)$",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:was|were|had|did|didn't|went|got|saw|met|bought|made|ate|ran|came|took|\w{3,}ed)\b",
    re.IGNORECASE,
)
