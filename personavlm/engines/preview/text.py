"""Sentences and words of English chat messages, as people really type them."""

from __future__ import annotations

import re

from personavlm.memory.times import plain

_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|prof|vs|etc|approx|no|e\.g|i\.e|a\.m|p\.m)|\b[A-Za-z])\.$",
    re.IGNORECASE,
)
_BREAK = re.compile(r"(?<=[!?…])[\"'”’)]*\s+|(?<=\.)[\"'”’)]*\s+|\s*[\r\n]+\s*")
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")

# A question that follows a statement in one sentence: "I can't eat nuts, so what should I bake?"
_TAIL_QUESTION = re.compile(
    r"(?:\s*[,;:]\s*(?:so|but|and|then)?\s*|\s+(?:so|but)\s+|\s+[-–—]+\s*)"
    r"(?=(?:any\s+(?:ideas?|tips|suggestions|advice)|what|which|who|where|when|why|how|can\s+you|"
    r"could\s+you|do\s+you|would\s+you|should\s+i|shall\s+i|can\s+i|is\s+there|are\s+there|"
    r"did\s+i|is\s+it|is\s+that|does\s+that)\b)",
    re.IGNORECASE,
)


def sentences(text: str) -> tuple[str, ...]:
    """Split a message into sentences; none of them is empty and none is changed inside."""
    pieces: list[str] = []
    start = 0
    for found in _BREAK.finditer(text):
        if found.start() > start and _ABBREVIATION.search(text[start : found.start()]):
            continue
        pieces.append(text[start : found.end()])
        start = found.end()
    pieces.append(text[start:])
    return tuple(piece.strip() for piece in pieces if _WORD.search(piece))


def words(text: str) -> tuple[str, ...]:
    """The words of a text in their order and writing; contractions stay whole."""
    return tuple(_WORD.findall(plain(text)))


def is_question(sentence: str) -> bool:
    """Whether a sentence asks: by its mark, or by how it starts where the mark was left out."""
    bare = plain(sentence)
    if _BIDS.match(bare):
        return False
    marked = bare.rstrip("\"')” ").endswith("?")
    if marked and _EXCLAIMS.match(bare) and not _TAIL_QUESTION.search(bare):
        return False  # "I actually had fun??"
    return marked or bool(_ASKS.match(bare))


# Requests for how to be are asked for in the form of questions.
_BIDS = re.compile(
    r"(?:please )?(?:can|could|would|will) you (?:please |maybe |just )*(?:keep|use|stop|avoid|"
    r"always|never|not|be|call me|make (?:your|it|them)|remember (?:that|my|i)|note that|"
    r"(?:write|answer|reply|speak|talk)(?: to me)? (?:in|with|without|short|shorter|less|more|"
    r"like))\b",
    re.IGNORECASE,
)
_EXCLAIMS = re.compile(
    r"(?:and |but |so )?(?:i|i'm|i've|i'd|i'll|my|we|we're|we've)\b", re.IGNORECASE
)


_ASKS = re.compile(
    r"(?:(?:and|but|so|ok|okay|hey|hi|also)[, ]+)?(?:"
    r"(?:what|which|who|whose|where|when|why|how)(?:'s|'re|'d)?\s+(?:\w+\s+){0,3}?"
    r"(?:is|are|was|were|do|does|did|can|could|should|would|will|have|has|had|am|might)\b"
    r"|(?:what|who|where|when|how)'s\b"
    r"|(?:do|does|did|can|could|would|will|should|shall|is|are|was|were|am|have|has)\s+"
    r"(?:i|you|we|it|they|she|he|there|my|our|the|that|this)\b"
    r"|(?:tell|remind)\s+me\b(?!\s+(?:to|that)\b)"
    r"|any\s+(?:ideas?|tips|suggestions|advice|recommendations)\b"
    r"|(?:please\s+)?(?:suggest|recommend|describe|list|name|summari[sz]e)\b)",
    re.IGNORECASE,
)


# What a statement before a question starts with; "if ..." and "in which month" state nothing.
_TELLS = re.compile(
    r"(?:(?:so|well|ok|okay|hi|hey|and|but|also|oh)[, ]+)*(?:i|i'm|i've|i'd|i'll|my|we|we're|"
    r"we've|our|the|she|he|they|it|it's|this|there|just|today|yesterday|[a-z]+(?:'s)? (?:is|was|"
    r"has|had|loves|hates))\b",
    re.IGNORECASE,
)


def stated(sentence: str) -> str:
    """The part of a sentence that states something: all of it, or what comes before a question."""
    if not is_question(sentence):
        return sentence
    tail = _TAIL_QUESTION.search(sentence)
    if tail is None or len(words(sentence[: tail.start()])) < 3:
        return ""
    head = sentence[: tail.start()].strip()
    return head if _TELLS.match(plain(head)) and not _ASKS.match(plain(head)) else ""


def statements(text: str) -> tuple[str, ...]:
    """What a message states, sentence by sentence, without its questions."""
    return tuple(part for part in map(stated, sentences(text)) if part)


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words."""
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(",;: ") + "…"


def listed(items: tuple[str, ...] | list[str]) -> str:
    """a, b and c."""
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + " and " + items[-1]
