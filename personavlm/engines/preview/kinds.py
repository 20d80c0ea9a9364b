"""What kind of answer a question wants, and whether a sentence holds one of that kind."""

from __future__ import annotations

import re
from enum import StrEnum

from personavlm.engines.preview.words import STOP
from personavlm.memory import spans
from personavlm.memory.times import plain


class Kind(StrEnum):
    """The kinds of answers that can be told apart by their form."""

    NAME = "a name"
    PERSON = "a person"
    TIME = "a time"
    CLOCK = "a time of day"
    PLACE = "a place"
    NUMBER = "a number"
    AGE = "an age"
    PRICE = "a price"
    OFTEN = "how often"
    COLOUR = "a colour"
    REASON = "a reason"
    YES_NO = "yes or no"
    ANY = "anything"


_NUMBER_WORDS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    "seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|"
    "thousand|half|dozen|twice|couple|pair|both|zero"
)
RELATIONS = (
    "mother|father|mum|mam|mom|dad|granduncle|grandaunt|sister|brother|son|daughter|aunt|uncle|"
    "cousin|niece|nephew|"
    "grandma|grandpa|gran|nan|nana|granny|grandad|granddad|grandmother|grandfather|wife|husband|"
    "partner|girlfriend|boyfriend|"
    "fianc\u00e9e?|fiancee?|friends?|colleagues?|boss|manager|neighbou?rs?|doctor|dentist|teacher|"
    "coach|flatmate|roommate|twins?|kids?|children|parents|team|family|class|group|choir|club"
)
_COLOURS = (
    "red|orange|yellow|green|blue|purple|violet|pink|brown|black|white|grey|gray|beige|turquoise|"
    "teal|navy|gold|golden|silver|cream|maroon|burgundy|indigo|lilac|mint|olive|mustard|coral|"
    "crimson|rust|rusty|scarlet|blonde?|tan|amber|peach|plum|ochre|magenta|lavender|charcoal|"
    "ivory|copper|bronze|terracotta|cyan|khaki"
)
_MONTHS = "|".join(spans.MONTHS)
_DAYS = "|".join(spans.WEEKDAYS)
_PLACE_NOUNS = (
    "street|road|avenue|square|park|beach|lake|river|mountains?|village|town|city|country|market|"
    "shop|store|cafe|caf\u00e9|restaurant|bar|pub|office|studio|school|university|library|museum|"
    "gym|"
    "pool|hospital|clinic|station|airport|harbou?r|port|church|hall|theatre|cinema|garden|kitchen|"
    "house|home|flat|apartment|floor|shelf|drawer|cupboard|cabinet|box|bag|closet|basement|attic|"
    "garage|balcony|bakery|centre|center|island|coast|countryside|hotel|hostel|campsite|cabin"
)
_CLOCK = (
    r"\b\d{1,2}(?:[:.]\d\d)\s*(?:am|pm|a\.m|p\.m)?|\b\d{1,2}\s*(?:am|pm|a\.m|p\.m|o'clock)\b|"
    r"\b(?:half|quarter|ten|twenty|five)\s+(?:past|to)\s+\w+|\b(?:noon|midnight|midday)\b|"
    r"\bat\s+(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b"
)
_OFTEN = (
    r"\b(?:every|each|daily|weekly|monthly|once|twice|always|never|rarely|sometimes|usually|"
    r"(?:\w+)\s+times|per\s+(?:day|week|month)|a\s+(?:day|week|month))\b"
)

_FORMS: dict[Kind, re.Pattern[str]] = {
    Kind.NUMBER: re.compile(rf"\d|\b(?:{_NUMBER_WORDS})\b", re.IGNORECASE),
    Kind.AGE: re.compile(
        rf"\b(?:turn(?:s|ed|ing)?|is|i'm|was|he's|she's|aged?|be|now|'s) (?:\d{{1,3}}|"
        rf"{_NUMBER_WORDS})\b(?!:)(?:\W*$|[,.;!?)]| (?:and|today|on|in|this|next|last|now|"
        rf"yesterday|tomorrow|but|years?|months?|weeks?)\b)|"
        rf"\b(?:\d+|{_NUMBER_WORDS})[ -](?:years?|months?|weeks?)\b(?! (?:ago|later|older|"
        r"younger|late|in|of|with|without|for|straight|before|after))|"
        r"\ban? (?:year|month|week)[ -]old\b|\b(?-i:[A-Z])\w+,? \d{1,2}(?=[,.])|"
        r"\b\d+(?:st|nd|rd|th) birthday\b|\bborn in\b",
        re.IGNORECASE,
    ),
    Kind.PRICE: re.compile(
        r"[€$£]\s?\d|\d\s?[€$£]|\b\d+(?:[.,]\d+)?\s?(?:euros?|eur|dollars?|bucks|pounds?|quid|"
        r"usd|gbp|kuna|francs?|crowns?|cents?|k)\b|\b(?:cost|costs|paid|pay|price)\b[^.]{0,20}\d|"
        r"\bfor \d{2,}(?=[,.!?;]|\s*$)|\b(?:for free|(?:a|cost) fortune)\b",
        re.IGNORECASE,
    ),
    Kind.OFTEN: re.compile(rf"{_OFTEN}|\b(?:{_DAYS})s\b", re.IGNORECASE),
    Kind.COLOUR: re.compile(rf"\b(?:{_COLOURS})(?:ish)?\b", re.IGNORECASE),
    Kind.CLOCK: re.compile(_CLOCK, re.IGNORECASE),
    Kind.TIME: re.compile(
        rf"\b(?:{_DAYS})s?\b|\b(?:{_MONTHS})\b(?<!\bmay)|\bin may\b|\b\d+(?:st|nd|rd|th)\b|"
        rf"{_CLOCK}|"
        r"\b(?:today|tonight|yesterday|tomorrow|weekend|ago|next (?:week|month|year)|"
        r"last (?:week|month|year|night)|this (?:morning|afternoon|evening|week|month|year)|"
        r"spring|summer|autumn|winter|christmas|easter|birthday|(?:19|20)\d\d|"
        r"(?:in|for|since)\s+(?:\d+|two|three|four|five|six|ten|a)\s+(?:days?|weeks?|months?|"
        r"years?))\b",
        re.IGNORECASE,
    ),
    Kind.REASON: re.compile(
        r"\b(?:because|since|as|so that|due to|to (?!the|a|my|me\b)\w+|reason|thanks to)\b",
        re.IGNORECASE,
    ),
}
_PERSON = re.compile(rf"\b(?:{RELATIONS})\b", re.IGNORECASE)
_PLACE = re.compile(rf"\b(?:{_PLACE_NOUNS})s?\b", re.IGNORECASE)
_PLACE_NAME = re.compile(
    r"\b(?:in|at|to|from|near|around|by|via|through|visit(?:ed|ing)?|booked|explored?|left|reached)"
    r"\s+(?:the\s+)?([A-Z][\w'’\-]*)"
)
_LOCATED = re.compile(
    r"\b(?:in|at|on|under|behind|near|next to|inside|by)\s+(?:the|my|our|a|an)\s+\w+", re.IGNORECASE
)
_NAMED = re.compile(r"\b(?:call(?:ed|s)?|named?|name's|name is)\b", re.IGNORECASE)
_NOT_NAMES = frozenset([*spans.MONTHS, *spans.WEEKDAYS, "i", "i'm", "i've", "i'll", "i'd"])


def names(sentence: str) -> tuple[str, ...]:
    """Words that look like proper nouns: capitals inside a sentence, or an unusual first word."""
    found = re.findall(r"[^\W\d_][\w'’\-]*", sentence)
    picked = []
    for position, word in enumerate(found):
        bare = word.removesuffix("'s").removesuffix("’s")
        low = bare.lower()
        if not bare[:1].isupper() or low in _NOT_NAMES or low.rstrip("s") in _NOT_NAMES:
            continue
        if position == 0 and low in STOP:
            continue
        picked.append(bare)
    return tuple(picked)


def inner_names(sentence: str) -> tuple[str, ...]:
    """Proper nouns that do not merely start the sentence."""
    first = re.match(r"\W*([^\W\d_][\w'’\-]*)", sentence)
    found = names(sentence)
    return found[1:] if first and found and first[1].startswith(found[0]) else found


def holds(kind: Kind, sentence: str, known: frozenset[str] = frozenset()) -> float:
    """How surely a sentence holds an answer of that kind, from 0 to 1.

    `known` are names (lower case) that the question itself says: they are no answer to it.
    """
    bare = plain(sentence)
    form = _FORMS.get(kind)
    if form is not None:
        if kind is Kind.COLOUR:  # a cat called Olive is not olive for it
            bare = " ".join(word for word in bare.split() if _bare(word) not in known)
        return float(bool(form.search(bare)))
    fresh = [name for name in inner_names(bare) if name.lower() not in known]
    if kind is Kind.NAME:
        named = _NAMED.search(bare) and any(name.lower() not in known for name in names(bare))
        return 1.0 if fresh or named else 0.0
    if kind is Kind.PERSON:
        at_start = [name for name in names(bare) if name.lower() not in known]
        return 1.0 if fresh else 0.8 if _PERSON.search(bare) or at_start else 0.0
    if kind is Kind.PLACE:
        return _place(bare, known, bool(fresh))
    return 0.5


def _bare(word: str) -> str:
    return word.strip(".,;:!?()").lower().removesuffix("'s")


def _place(bare: str, known: frozenset[str], fresh: bool) -> float:
    places = (found[1].lower() for found in _PLACE_NAME.finditer(bare))
    if any(place.removesuffix("'s") not in known for place in places):
        return 1.0
    if _PLACE.search(bare):
        return 0.9
    return 0.6 if _LOCATED.search(bare) else 0.4 if fresh else 0.0


def says_name(sentence: str) -> bool:
    """Whether a sentence gives something its name."""
    return bool(_NAMED.search(plain(sentence)))
