"""Whether a sentence tells the very attribute that is asked of somebody or something.

A sentence about Lena is near to every question about Lena. It answers "how tall is Lena?" only if
a height stands in it, and only if it is Lena who has that height.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from personavlm.engines.preview import words
from personavlm.engines.preview.evidence import Said
from personavlm.engines.preview.kinds import RELATIONS, Kind, inner_names
from personavlm.engines.preview.questions import Question
from personavlm.memory.times import plain


@dataclass(frozen=True, slots=True)
class _Attribute:
    """How an attribute is asked for, and the form in which it is told."""

    asked: re.Pattern[str]
    told: re.Pattern[str]


def _attribute(asked: str, told: str) -> _Attribute:
    return _Attribute(re.compile(asked, re.IGNORECASE), re.compile(told, re.IGNORECASE))


# Verbs in the present that tell of no trade: "Lena likes pie" is not what Lena does.
_IDLE = (
    "is|was|has|does|likes|loves|hates|wants|says|thinks|knows|needs|seems|looks(?! after)|feels|"
    "prefers|eats|drinks|lives|minds|wins|gets|makes me|lends|owes|always|sometimes|this|us|his|"
    "hers|its|ours|yes|gives|comes|goes|sleeps|hopes|believes|means|asks|tells|reckons|keeps"
)
_TRADE = (
    r"(?<!there)(?:\b(?:is|are|was|am|as|became|become|be)|'s|'m) an? "
    rf"(?!(?:[\w\-]+ ){{0,2}}(?:{RELATIONS}|bit|lot|girl|boy|woman|man|new)\b)"
    r"(?:(?!(?:for|in|of|at|to|with|on|and|but|from)\b)[\w\-]+ ){0,3}"
    r"(?:\w{3,}(?:er|or|ist|ic|ian|ant|yst|eer|man|smith|ect)|nurse|chef|vet|coach|cook|judge|"
    r"guide|pilot|student|clerk|midwife|priest|gp)s?\b|\bworks?\b|\bworking (?:as|at|for|in)\b|"
    r"\bfor a living\b|\b(?:my|new|his|her|their) job\b|\bretired\b|"
    r"\bi (?:teach|drive|run|do|sell|build|design|write|fix|manage)\b|"
    rf"(?:\b(?:who|she|he|they)|,|\b(?-i:[A-Z])\w+,?) (?!(?:{_IDLE})\b)"
    r"(?-i:[a-z]{2,}[a-rt-z]s)\b (?!to\b)\w"
)
_ATTRIBUTES = (
    _attribute(
        r"\bwhat (?:do|does|did) [\w' ]+ do(?: now| these days)?(?: (?:for (?:a living|work|money|"
        r"a job)|as a job))?\W*$|\b(?:profession|occupation|line of work)\b|"
        r"'s (?:job|career|trade)\b",
        _TRADE,
    ),
    _attribute(r"\b(?:phone|telephone|mobile) number\b|\bnumber to call\b", r"(?:\d[ \-]?){6,}"),
    _attribute(
        r"\bhow tall (?:is|am|are|was)\b|\b(?:my|'s|her|his) height\b",
        r"\btall\b|\b\d+(?:[.,]\d+)? ?(?:cm|m|centimet\w+|met(?:re|er)s?|feet|foot|ft|inch\w*)\b",
    ),
    _attribute(
        r"\bhow heavy (?:is|am|are|was)\b|\bweigh\b|\b(?:my|'s|her|his) weight\b",
        r"\bweigh\w*\b|\b\d+(?:[.,]\d+)? ?(?:kg|kilos?|pounds?|lbs?|stone|grams?|tons?)\b",
    ),
    _attribute(r"\b(?:colou?r|shade) (?:is|are) [\w' ]+ eyes\b", r"\beye[sd]?\b"),
    _attribute(
        r"\b(?:colou?r|shade) (?:is|are) [\w' ]+ hair\b", r"\bhair\w*\b|\bblonde?\b|-haired"
    ),
    _attribute(
        r"\b(?:which|what) (?:company|firm|employer)\b.*\bwork\b",
        r"\bwork\w* (?:for|at|with)\b|\bjob (?:at|with)\b|\bemploy\w*|\bhired\b|"
        r"\b(?:company|firm|studio|agency|business)\b",
    ),
    _attribute(
        r"^where (?:was|were|am|is) .*\bborn\b|\bbirthplace\b|\bhome ?town\b|\bgr[eo]w up\b",
        r"\bborn\b|\bgr[eo]w(?:n|ing)? up\b|\braised\b|\bfrom [A-Z]|\bhome ?town\b|"
        r"\bbirthplace\b",
    ),
)
_LAST_NAME = re.compile(r"\b(?:surname|(?:last|family|second) name)\b", re.IGNORECASE)
# Bodies that are asked for by their name: to be near one in meaning is not to name it.
_BODY = re.compile(
    r"\b(?:which|what) (?P<noun>company|firm|employer|bank|hospital|clinic|school|university|"
    r"college|church|airline|insurer|supermarket|newspaper|publisher|gym)\b",
    re.IGNORECASE,
)
_INTRODUCED = re.compile(
    r"\b(?:(?i:at|for|with|by|to|from|called|named|joined|the))\s+(?:the\s+)?(?P<name>[A-Z][\w\-]+)"
)
_OWNS = re.compile(r"\b(?P<owner>[A-Z][\w\-]*)(?:'s|s') (?P<thing>[\w\-]+)")
_PERSON_GOES_ON = re.compile(r"^(?:(?:and|but|so|oh|well)[, ]+)*(?:she|he|they|her|his)\b", re.I)
_FIRST = re.compile(r"\b(?:i|i'm|i've|my|me|we|our|us)\b", re.IGNORECASE)


def tells(question: Question, said: Said) -> bool:
    """Whether a sentence can hold the attribute that is asked for; true if none is."""
    asked, text = plain(question.text), plain(said.text)
    if not all(form.told.search(text) for form in _ATTRIBUTES if form.asked.search(asked)):
        return False
    if any(form.asked.search(asked) for form in _ATTRIBUTES) and not _of_owner(question, said):
        return False
    if _LAST_NAME.search(asked) and not _says_last_name(question, text):
        return False
    return _names_body(question, asked, text) and _has_thing(question, asked, said)


def attested(question: Question, said: Said) -> bool:
    """Whether the attribute that is asked for is told, of the very one it is asked of."""
    asked = plain(question.text)
    asks = _LAST_NAME.search(asked) or any(form.asked.search(asked) for form in _ATTRIBUTES)
    return bool(asks and question.required) and tells(question, said)


def _of_owner(question: Question, said: Said) -> bool:
    """Whether a sentence is on those who are asked about, by name or going on about them."""
    text = plain(said.text)
    if not question.required:
        return True
    if question.required & words.stems(text):
        return True
    goes_on = bool(_PERSON_GOES_ON.match(text)) or not _FIRST.search(text)
    return goes_on and bool(question.required & words.stems(f"{said.before} {said.around}"))


def _says_last_name(question: Question, text: str) -> bool:
    if _LAST_NAME.search(text):
        return True
    owners = "|".join(re.escape(word.text) for word in question.focus if word.name)
    return bool(owners) and bool(re.search(rf"\b(?:{owners}) [A-Z][a-z]+", text))


def _names_body(question: Question, asked: str, text: str) -> bool:
    """Whether "which bank ...?" finds the name of one; true if no such thing is asked for."""
    found = _BODY.search(asked)
    if found is None:
        return True
    fresh = [name for name in inner_names(text) if words.stem(name) not in question.required]
    if not fresh:
        return False
    introduced = {match["name"] for match in _INTRODUCED.finditer(text)}
    return bool(introduced & set(fresh)) or words.stem(found["noun"]) in words.stems(text)


def _has_thing(question: Question, asked: str, said: Said) -> bool:
    """Whether Joana's dog comes up beside Joana, where it is asked about; a dog alone won't do."""
    for found in _OWNS.finditer(asked):
        thing, owner = words.stem(found["thing"]), words.stem(found["owner"])
        if not words.is_kin(thing) and question.kind is not Kind.COLOUR:
            continue
        here = words.stems(f"{said.before} {said.text} {said.after}")
        if owner not in here or not words.covers(thing, here):
            return False
    return True
