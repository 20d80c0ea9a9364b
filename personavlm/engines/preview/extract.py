"""What of a message is worth keeping: the person's own statements about their life.

Kept are first-person statements, statements about the people, animals and things in that life,
corrections, requests to remember and wishes for replies; in the person's own words, so that memory
never says more than they did. Questions and small talk are not kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from personavlm.engines.preview import words
from personavlm.engines.preview.keywords import keywords_of
from personavlm.engines.preview.kinds import RELATIONS, names
from personavlm.engines.preview.person import bare
from personavlm.engines.preview.text import clip, is_question, sentences, stated
from personavlm.memory.encode import CachedEncoder
from personavlm.memory.times import plain
from personavlm.protocol import ImageObject, SemanticDecision, TurnInputs
from personavlm.records import Turn

_LONGEST = 600  # characters of one memory


class Reason(StrEnum):
    """Why something is kept; in the order in which the reasons are tried."""

    ASKED = "The person asked to remember it."
    WISH = "A wish for how to reply."
    HEALTH = "Something the person cannot have or has to mind."
    CORRECTION = "A correction of something said before."
    DISLIKE = "A dislike."
    LIKE = "A preference."
    GOAL = "A goal."
    HABIT = "A habit."
    IDENTITY = "A fact about who the person is."
    RELATION = "Somebody or something in the person's life."
    PLAN = "A plan or an appointment."
    EVENT = "Something that happened in the person's life."


@dataclass(frozen=True, slots=True)
class Kept:
    """A statement worth keeping, and why."""

    text: str
    reason: Reason


_REASONS: tuple[tuple[Reason, re.Pattern[str]], ...] = tuple(
    (reason, re.compile(pattern, re.IGNORECASE))
    for reason, pattern in (
        (Reason.ASKED, r"^(?:please |can you |could you |would you |do )*(?:remember|"
         r"don't forget|note(?: down)?|keep in mind|bear in mind|make a note|save|store)\b|"
         r"\bfor (?:the record|your records)\b"),
        (Reason.WISH, r"\bcall me\b|\b(?:please|always|never|don't|do not|stop|"
         r"try to)\b.*\b(?:answer|reply|replies|answers|respond|emojis?|tone|bullet points?|"
         r"jargon|swear|apologi[sz]e)\b|\bkeep (?:it|your (?:answers|replies)|things|"
         r"them) (?:short|brief|simple|light)\b|\bfrom now on\b|\bi(?:'d| would)? (?:like|prefer|"
         r"want) you to\b|\bspeak to me\b"),
        (Reason.HEALTH, r"\b(?:allerg\w+|intoleran\w+|coeliac|celiac|diabet\w+|asthma|vegan|"
         r"vegetarian|pescatarian|halal|kosher|gluten|epilep\w+|migraines?|medication|"
         r"diagnos\w+)\b|\bi (?:can't|cannot|can not|mustn't|am not allowed to|don't|"
         r"no longer) (?:eat|drink|have)\b"),
        (Reason.CORRECTION, r"^(?:actually|correction|sorry|no,|scratch that|i meant|wait)\b|"
         r"\b(?:not \w+ anymore|no longer|instead of|moved to|changed to|rescheduled|postponed|"
         r"switched|changed my mind|turns out|i was wrong|i misspoke|gone off)\b"),
        (Reason.DISLIKE, r"\bi(?:'m not| am not| really| just)? (?:hate|dislike|loathe|detest|"
         r"can't stand|don't (?:really )?(?:like|enjoy|love)|a fan of)\b|\bnot (?:a fan|keen|into|"
         r"fond)\b|\bmakes me sick\b"),
        (Reason.LIKE, r"\b(?:favou?rite|prefer\w*|obsessed|addicted|hooked)\b|\bi(?:'ve|"
         r" have)? (?:also |really |absolutely |still |always |just |do )?(?:love|loved|like|"
         r"adore|enjoy|enjoyed)\b|\bi'm (?:really |so |totally )?(?:into|keen on|fond of|"
         r"a (?:big |huge )?fan)\b|\bmy go-to\b"),
        (Reason.GOAL, r"\bmy (?:\w+ )?(?:goal|dream|aim|target|resolution|plan) (?:is|for)\b|"
         r"\bi(?:'m| am) "
         r"(?:trying|training|saving|learning|studying|working towards?|aiming|hoping|"
         r"determined)\b|\bi (?:want|hope|plan|intend|aim|would like|'d like) to\b.*\b(?:by|"
         r"before|this year|until|one day|someday)\b|\bi've (?:decided|set myself|signed up)\b"),
        (Reason.HABIT, r"\b(?:every|each) (?:\w+ )?(?:day|morning|afternoon|evening|night|week|"
         r"weekend|month|year|\w+day)s?\b|\bon (?:\w+day)s\b|\busually\b|\balways\b|\b(?:once|"
         r"twice|\w+ times) a\b|\bmost (?:days|mornings|evenings|weekends)\b|\bdaily\b|\bweekly\b"),
        (Reason.IDENTITY, r"\b(?:my name|i'm called|i live|i work|i was born|i grew up|i come from|"
         r"i'm from|my (?:job|birthday|age|surname|address|hometown|profession)|i studied|"
         r"i study|i teach|i'm (?:an?|\d+)\b|i am (?:an?|\d+)\b|i moved|my (?:shoe )?size)\b"),
        (Reason.RELATION, rf"\b(?:my|our) (?:\w+ )?(?:{RELATIONS}|dog|cat|puppy|kitten|pet|ex|"
         rf"in-laws)\b|"
         r"\b(?:called|named)\b"),
        (Reason.PLAN, r"\b(?:will|going to|'ll|tomorrow|next (?:week|month|year|\w+day)|"
         r"on (?:mon|tues|wednes|thurs|fri|satur|sun)day|appointment|deadline|booked|planning|"
         r"flight|meeting|is on|are on|tonight)\b"),
    )
)  # fmt: skip

_FIRST = re.compile(r"\b(?:i|i'm|i've|i'd|i'll|my|me|mine|myself|we|we're|we've|our|us)\b", re.I)
_SMALL = re.compile(
    r"^(?:i'm|i am|we're) (?:\w+ )?(?:fine|good|great|ok|okay|alright|back|here|well|sorry|glad|"
    r"happy to|not bad|not sure|sure|curious|wondering|looking for|just (?:curious|checking|"
    r"kidding|wondering))"
    r"(?:[.,! ]*(?:thanks|thank you)?[.,! ]*$| (?:if|whether|about that|thanks|thank|to hear|now|"
    r"you|how|what|why|for (?:an?|"
    r"some|ideas)).*)|^i (?:see|agree|understand|guess|suppose|get it|don't know|dunno|know|"
    r"hope so|think so|don't think so|have (?:a|one|another) question|need (?:your |"
    r"some )?(?:help|advice)|wonder|was (?:just )?(?:wondering|thinking about it))\b"
    r"(?![^.]*\b(?:my|me|that i)\b).*|^i(?:'d| would) (?:like|love) (?:to know|to hear|some|your|"
    r"a suggestion|to ask).*|^i(?:'ll| will) (?:try|do|check|let you know|keep you posted|"
    r"tell you|be back|think about)\b"
    r"(?: that| it| them| this)?[.! ]*$|^(?:let me|see you|talk (?:to|soon)|good ?(?:night|bye|"
    r"morning)|thanks|thank you|tell me|help me|give me|show me|remind me|it's me|that's me|"
    r"just testing|testing|never ?mind)\b.*|^(?:how|what) (?:a|an|nice|lovely|cool|funny)\b.*",
    re.IGNORECASE,
)
_TO_ASSISTANT = re.compile(r"^(?:you|your|you're|you've|that|it|this|what)\b", re.IGNORECASE)
_PRONOUN = re.compile(
    r"^(?:she|he|they|it|her|his|their|its|she's|he's|they're|it's|that|this|those)\b", re.I
)
_ELLIPSIS = re.compile(
    r"^(?:just |finally |already |also |still )?(?:got|went|finished|started|had|met|saw|bought|"
    r"made|booked|tried|ran|ate|cooked|baked|watched|read|visited|took|spent|signed|found|lost|"
    r"won|paid|moved|planted|painted|walked|feeling|having|going|reading|watching|training|"
    r"learning|loving|slept|woke|came|been|passed|failed|picked|dropped|called|told|gave|sold|"
    r"adopted|\w{3,}ed)\b",
    re.IGNORECASE,
)  # fmt: skip
_WEATHER = re.compile(r"\b(?:weather|raining|sunny|cloudy|windy|snowing)\b", re.IGNORECASE)
_THING = re.compile(rf"^(?:the|a|an|her|his|their|our|both|one of|{RELATIONS})\b", re.IGNORECASE)


def kept_statements(message: str, dialogue: tuple[Turn, ...] = ()) -> tuple[Kept, ...]:
    """The statements of a message that are worth keeping, in their order."""
    kept: list[Kept] = []
    previous: str | None = None  # the last statement, if it was kept
    first_person = bool(_FIRST.search(plain(message)))
    for sentence in sentences(message):
        part = stated(sentence)
        if part and _worth(part, previous is not None, first_person, bool(dialogue)):
            kept.append(Kept(part, _reason(part)))
            previous = part
        elif not is_question(sentence):
            previous = None
    return tuple(kept)


def decide(inputs: TurnInputs, encoder: CachedEncoder) -> SemanticDecision:
    """The semantic memory of one turn: at most one, which may hold several statements."""
    message = inputs.query.text
    kept = kept_statements(message, inputs.dialogue)
    if not kept:
        return SemanticDecision(_why_not(message), keep=False, content="")
    content = clip(_joined(message, kept), _LONGEST)
    objects: tuple[ImageObject, ...] = ()
    if inputs.query.images and (shown := _shown(content)):
        objects = (shown,)
        content = content.replace(shown.name, f"{shown.name} (Image Object: {shown.category})", 1)
    reasons = " ".join(dict.fromkeys(one.reason.value for one in kept))
    before = inputs.dialogue[-1].text if inputs.dialogue and _leans_back(kept[0].text) else ""
    return SemanticDecision(
        reasons, True, content, keywords_of(f"{content} {before}", encoder), objects
    )


def _reason(sentence: str) -> Reason:
    text = plain(sentence)
    return next((reason for reason, form in _REASONS if form.search(text)), Reason.EVENT)


def _worth(sentence: str, follows: bool, first_person: bool, running: bool) -> bool:
    text = bare(sentence)
    asked = _reason(sentence) in (Reason.ASKED, Reason.WISH, Reason.CORRECTION)
    if not text or len(text.split()) < 2 or _SMALL.match(text):
        return False
    if not words.content(text) and not asked:
        return False
    if asked or _FIRST.search(text):
        return True
    if _PRONOUN.match(text):
        return follows or (running and bool(re.search(r"\d", text)))
    if _TO_ASSISTANT.match(text) or _WEATHER.search(text):
        return False
    if _ELLIPSIS.match(text):
        return len(text.split()) >= 3
    if names(text):
        return len(text.split()) >= 3
    long_enough = len(text.split()) >= 5 or bool(re.search(r"\d", text))
    return bool(_THING.match(text)) and (follows or first_person or long_enough)


def _leans_back(sentence: str) -> bool:
    """Whether a statement can only be understood after what was said before it."""
    text = plain(sentence)
    opened = re.sub(
        r"^(?:actually|sorry|no|wait|correction|and|but|so|oh)[, ]+", "", text, flags=re.I
    )
    return bool(_PRONOUN.match(opened)) or len(opened.split()) < 4


def _joined(message: str, kept: tuple[Kept, ...]) -> str:
    """The kept statements; one that starts with a pronoun brings the sentence before it along."""
    every = [stated(sentence) or sentence for sentence in sentences(message)]
    chosen = {one.text for one in kept}
    lines: list[str] = []
    for position, sentence in enumerate(every):
        if sentence not in chosen:
            continue
        before = every[position - 1] if position else ""
        known = before in chosen or before in lines or is_question(before)
        if _PRONOUN.match(plain(sentence)) and before and not known:
            lines.append(before)
        lines.append(sentence)
    return " ".join(" ".join(line.split()) for line in lines)


_SHOWN = re.compile(
    r"\b(?:this is|these are|here's|here is|here are|meet|look at|that's)\s+"
    r"(?:(?:my|our|the|a|an|some)\s+)?(?P<thing>[^.,;!?()]{2,60})",
    re.IGNORECASE,
)
_THING_END = re.compile(
    r"\b(?:that|which|who|from|in|at|on|with|for|after|before|when|i|we|and|of)\b", re.I
)


def _shown(content: str) -> ImageObject | None:
    """What a picture is said to show: "This is my corgi Biscuit" gives "corgi Biscuit", a corgi."""
    found = _SHOWN.search(content)
    if found is None:
        return None
    thing = _THING_END.split(found["thing"], maxsplit=1)[0].strip()
    common = [
        word for word in thing.split() if word[:1].islower() and word.lower() not in words.STOP
    ]
    if not thing or not common:
        return None
    return ImageObject(thing, common[-1])


def _why_not(message: str) -> str:
    if any(is_question(sentence) for sentence in sentences(message)):
        return "Only a question; it tells nothing about the person."
    return "Small talk; nothing that would matter later."


def facts_in(profile: Mapping[str, str]) -> frozenset[str]:
    """The names in a profile, in lower case."""
    return frozenset(name.lower() for value in profile.values() for name in names("x " + value))
