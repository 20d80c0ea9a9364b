"""What a message wants: an answer from memory, advice, nothing but to be heard."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from personavlm.engines.preview import forms, words
from personavlm.engines.preview.kinds import Kind
from personavlm.engines.preview.text import is_question, sentences, statements
from personavlm.engines.preview.words import Word
from personavlm.memory.times import asked_spans, asked_window, mentions, plain
from personavlm.records import Window


class Act(StrEnum):
    """What a message does."""

    ASK = "asks about the person or the past"
    ADVICE = "asks for advice that should suit the person"
    GENERAL = "asks about something else"
    META = "asks about the assistant"
    TELL = "tells something"
    GREET = "greets"
    THANK = "thanks"
    NOD = "says that it was heard"


@dataclass(frozen=True, slots=True)
class Question:
    """A message, understood as far as rules can. For a message that only tells, `text` is all."""

    act: Act
    text: str
    kind: Kind = Kind.ANY
    focus: tuple[Word, ...] = ()
    stub: str = ""  # the question as the beginning of its own answer
    many: bool = False
    present: bool = False  # asks how things are now, so that the newest word counts
    replies: bool = False  # asks what the assistant said
    window: Window | None = None
    spans: tuple[Window, ...] = ()  # times it names, of the past or to come
    told: tuple[str, ...] = ()  # what the message states beside the question
    first: bool = False  # asks about the beginning, so that the oldest word counts
    noun: str = ""  # the stem of what is asked for: "hospital" in "which hospital ...?"
    newest: bool = False  # asks for the latest of several counts
    also: tuple[Question, ...] = ()  # further questions in the same sentence

    @property
    def parts(self) -> tuple[Question, ...]:
        """All the questions of the sentence."""
        return (self, *self.also)

    @property
    def required(self) -> frozenset[str]:
        """Names in the question, which an answer has to be about."""
        return frozenset(word.stem for word in self.focus if word.name)


def understand(text: str, now: datetime, known: frozenset[str] = frozenset()) -> Question:
    """What a message wants. `known` are names (lower case) of the people and things in memory."""
    bare = plain(text)
    parts = sentences(text)
    asked = [part for part in parts if is_question(part)]
    told = statements(text)
    if not asked:
        return _without_question(bare, told, now)
    question = forms.WRAPPER.sub("", plain(asked[-1]), count=1).strip()
    question = question or plain(asked[-1])
    if forms.META.search(plain(asked[-1])) and not re.search(
        r"\b(?:my|i)\b", question, re.IGNORECASE
    ):
        return Question(Act.META, question, told=told)
    advice = _act(plain(asked[-1]), question, known) is Act.ADVICE
    if advice:
        question = bare  # what is said before the question tells what the advice is for
    focus = _focus(question, now)
    made = Question(
        act=Act.ADVICE if advice else _act(plain(asked[-1]), question, known),
        text=question,
        kind=_kind(question),
        focus=focus,
        stub=_stub(question),
        many=bool(forms.MANY.search(question)) or not focus,
        present=bool(forms.PRESENT.search(question)) and not forms.PAST.search(question),
        replies=bool(forms.REPLIES.search(question)),
        window=None if advice else asked_window(asked[-1], now),
        spans=asked_spans(asked[-1], now),
        told=told,
        first=bool(forms.FIRST_TIME.search(question)),
        newest=bool(forms.NEWEST.search(question)),
        noun=_noun(question),
    )
    return _with_parts(made, now) if made.act is Act.ASK else made


def _with_parts(question: Question, now: datetime) -> Question:
    """Split "which town did I go to, and what did I buy there?" into its two questions."""
    pieces = forms.AND_ASKS.split(question.text)
    if len(pieces) == 1:
        return question
    first, *rest = (understand_one(question, piece, now) for piece in pieces[:3])
    also = tuple(_in_context(part, first) for part in rest)
    return replace(first, also=also)


def understand_one(whole: Question, piece: str, now: datetime) -> Question:
    """One of several questions; times are those of the whole sentence."""
    return replace(
        whole,
        text=piece.strip(" ,"),
        kind=_kind(piece.strip(" ,")),
        focus=_focus(piece, now),
        stub=_stub(piece.strip(" ,")),
        noun=_noun(piece.strip(" ,")),
    )


def _in_context(part: Question, first: Question) -> Question:
    """A later question, with what it takes over from the first: "there", "it", a name."""
    own = {word.stem for word in part.focus}
    more = tuple(word for word in first.focus if word.stem not in own)
    if forms.POINTS_BACK.search(part.text):
        return replace(part, focus=(*part.focus, *more), text=f"{part.text} ({first.text})")
    return replace(part, focus=(*part.focus, *(word for word in more if word.name)))


def _without_question(bare: str, told: tuple[str, ...], now: datetime) -> Question:
    short = len(words.content(bare)) <= 2 and len(bare) < 60
    if short and forms.NOD.match(bare):
        return Question(Act.NOD, bare, told=told)
    if short and forms.THANK.match(bare):
        return Question(Act.THANK, bare, told=told)
    if forms.GREET.match(bare) and len(words.content(bare)) <= 1 and len(bare) < 60:
        return Question(Act.GREET, bare, told=told)
    if forms.ADVICE.search(bare) and re.match(
        r"(?:please )?(?:suggest|recommend|help|plan|find|give|pick)", bare, re.I
    ):
        return Question(Act.ADVICE, bare, focus=_focus(bare, now), many=True, told=told)
    return Question(Act.TELL, bare, focus=words.content(bare), told=told)


def _act(whole: str, question: str, known: frozenset[str]) -> Act:
    if forms.REPLIES.search(question) or (
        forms.RECALL.search(whole) and not _strong_advice(question)
    ):
        return Act.ASK
    if forms.ORDER.search(whole):
        return Act.GENERAL
    if forms.ADVICE.search(question):
        return Act.ADVICE
    if forms.GENERAL.search(question) and not forms.MINE.search(question):
        about_known = any(word.lower() in known for word in words_of(question))
        return Act.ASK if about_known else Act.GENERAL
    return Act.ASK


def _strong_advice(question: str) -> bool:
    return bool(
        re.search(r"\bshould (?:i|we)\b|\b(?:suggest|recommend) (?:me|a|an|some)\b", question, re.I)
    )


def words_of(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[\w'’\-]+", text))


def _kind(question: str) -> Kind:
    return next((kind for kind, form in forms.KIND_RE if form.search(question)), Kind.ANY)


_SORT_OF = re.compile(r"\b(?:kind|sort|type)s? of\b", re.IGNORECASE)
_MAKE = re.compile(r"\b(?P<ask>what|which) (?:make|model)\b", re.IGNORECASE)
_SCOPE = re.compile(r"\b(?P<part>part|area|side|end|district) of [A-Z]\w+")


def _focus(question: str, now: datetime) -> tuple[Word, ...]:
    """The content words of a question without its time expressions."""
    bare = _MAKE.sub(r"\g<ask> brand", _SORT_OF.sub(" ", plain(question)))
    bare = _SCOPE.sub(r"\g<part>", bare)  # where it lies need not be said again
    for mention in reversed(mentions(bare, now)):
        bare = bare[: mention.start] + " " + bare[mention.end :]
    return words.content(bare)


_WH = re.compile(
    r"^(?:(?:from|to|with|for|at|in|on|since|by) )?(?:what|which|whose|whom|who|where|when|why|how)"
    r"(?P<is>'s|'re)?\b\s*",
    re.IGNORECASE,
)
_HELPER = re.compile(
    r"\b(?P<aux>is|are|was|were|do|does|did|am|have|has|had|can't|can|could|will|would|"
    r"should)\b\s*",
    re.IGNORECASE,
)


_ASKED_NOUN = re.compile(
    r"\b(?:which|what)(?: (?:kind|sort|type)s? of)?(?: (?!is|are|was|were|do|does|did|am|has|"
    r"have|had|can|could|will|would|should|if|the|my|i)[\w\-']+){0,2}? (?P<noun>[\w\-']+) (?:is|"
    r"are|was|were|do|does|did|am|has|have|had|can|could|will|would|should)\b",
    re.IGNORECASE,
)


def _noun(question: str) -> str:
    found = _ASKED_NOUN.search(question)
    return words.stem(found["noun"]) if found else ""


def _stub(question: str) -> str:
    """ "Where does Lena live?" as "Lena live", "What colour is my bike?" as "my bike is colour"."""
    bare = question.rstrip("?!. ")
    found = _WH.match(bare)
    if found is None:
        return bare
    rest = bare[found.end() :]
    if found["is"]:
        return rest + (" is" if found["is"].endswith("s") else " are")
    helper = _HELPER.search(rest)
    if helper is None:
        return rest
    noun, rest = rest[: helper.start()].strip(), rest[helper.end() :]
    verb = helper["aux"].lower()
    if verb in ("can", "can't", "could", "should", "would", "will"):
        subject, _, action = rest.partition(" ")
        return " ".join(part for part in (subject, verb, action, noun) if part)
    kept = verb if verb in ("is", "are", "was", "were", "am") else ""
    return " ".join(part for part in (rest, kept, noun) if part) or bare
